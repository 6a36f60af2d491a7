import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mathkit.errors import MathkitError
from mathkit.parallel import Batch, map_batches
from tests.conftest import heed_ctrl_c


def process_of(numbers: list[int]) -> int:
    return os.getpid()


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_batches_come_back_in_order_with_what_was_computed(jobs: int) -> None:
    batches = [Batch([number, number + 1]) for number in range(40)]
    found = list(map_batches(sum, batches, jobs))
    assert found == [(batch, sum(batch)) for batch in batches]


def test_short_inputs_and_pressing_batches_are_computed_here() -> None:
    assert {process for _, process in map_batches(process_of, [Batch([1])], 2)} == {os.getpid()}
    many = list(map_batches(process_of, [Batch([number]) for number in range(30)], 2))
    assert len({process for _, process in many}) > 1
    pressing = Batch([1])
    pressing.pressing = True
    assert {process for _, process in map_batches(process_of, [pressing] * 30, 2)} == {os.getpid()}


def test_a_pressing_batch_is_answered_before_the_next_is_asked_for() -> None:
    asked = []

    def batches():
        for number in range(20):
            asked.append(number)
            batch = Batch([number])
            batch.pressing = number > 6
            yield batch

    for batch, _ in map_batches(sum, batches(), 2):
        if batch[0] > 6:
            assert asked[-1] == batch[0]


def test_an_error_is_raised_where_the_batch_was_asked_for() -> None:
    def fail(numbers: list[int]) -> int:
        if numbers == [17]:
            raise MathkitError("seventeen")
        return 0

    taken = []
    with pytest.raises(MathkitError, match="seventeen"):
        for batch, _ in map_batches(fail, [Batch([number]) for number in range(30)], 2):
            taken += batch
    assert taken == list(range(17))


def test_a_killed_process_ends_the_run_with_a_word(tmp_path: Path) -> None:
    def die(numbers: list[int]) -> int:
        if numbers == [17]:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    with pytest.raises(ChildProcessError, match="was killed"):
        list(map_batches(die, [Batch([number]) for number in range(300)], 2))


def test_an_interrupted_run_leaves_no_traceback(tmp_path: Path) -> None:
    row = json.dumps({"text": " ".join(f"word{number}" for number in range(400))})
    output = tmp_path / "out"
    command = [sys.executable, "-m", "mathkit", "dedup", "-j", "2", "-o", str(output)]
    with (
        subprocess.Popen(["yes", row], stdout=subprocess.PIPE) as rows,
        subprocess.Popen(
            command, stdin=rows.stdout, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c
        ) as process,
    ):
        assert rows.stdout
        rows.stdout.close()
        while not (tmp_path / "out.partial").exists():
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        said = process.stderr.read()
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said


def test_the_processes_end_with_the_one_that_asks(tmp_path: Path) -> None:
    script = """
import os, time
from mathkit.parallel import Batch, map_batches
from tests.conftest import heed_ctrl_c
def work(numbers):
    return os.getpid()
found = map_batches(work, (Batch([n]) for n in range(10**9)), 2)
print(*{next(found)[1] for _ in range(50)}, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    workers = {int(word) for word in process.stdout.readline().split()} - {process.pid}
    assert len(workers) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_line_of_a_slow_pipe_is_answered_before_the_next_comes() -> None:
    command = [sys.executable, "-m", "mathkit", "dedup", "-q", "-j", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for number in range(10):
            line = b'{"id":%d,"text":"number %d"}\n' % (number, number)
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline() == line
        process.stdin.close()
