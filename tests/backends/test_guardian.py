"""Processes that a library starts for us end when we do, and leave Ctrl-C to us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT, heed_ctrl_c

PROGRAM = """
import multiprocessing, sys, time
from mathkit.backends.guardian import start_guarded

def start():
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,), daemon=True)
    child.start()
    return child.pid

if __name__ == "__main__":
    print(start_guarded(start), flush=True)
    sys.stdin.readline()
"""


@contextmanager
def program(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the program in a process group of its own; yield it, and its child."""
    file = folder / "program.py"
    file.write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
        start_new_session=True, preexec_fn=heed_ctrl_c,
    ) as process:  # fmt: skip
        assert process.stdout
        yield process, int(process.stdout.readline())


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_its_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None], ids=str)
def test_a_child_ends_with_its_parent_however_that_ends(end: signal.Signals | None, tmp_path: Path) -> None:
    with program(tmp_path) as (process, child):
        assert is_alive(child)
        if end:
            os.kill(process.pid, end)
        else:
            process.communicate(b"\n")
        process.wait()
        wait_for_its_end(child)


def test_a_child_does_not_heed_ctrl_c(tmp_path: Path) -> None:
    with program(tmp_path) as (process, child):
        os.kill(child, signal.SIGINT)
        status = Path(f"/proc/{child}/status").read_text()
        pending = next(line for line in status.splitlines() if line.startswith("ShdPnd:"))
        assert int(pending.split()[1], 16) & 1 << signal.SIGINT - 1
        process.communicate(b"\n")
