import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mathkit.errors import Unavailable, UsageError
from tests.conftest import run_mathkit
from tests.stages.test_dedup import corpus, index, marked


def lines(records: list[dict]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def ids(stdout: bytes) -> list:
    return [json.loads(line)["id"] for line in stdout.splitlines()]


@pytest.mark.parametrize("options", [{}, {"verify": "estimate"}, {"exact": True}])
def test_several_runs_find_what_one_run_finds(tmp_path: Path, options: dict) -> None:
    records = corpus(6, 400)
    expected = marked(records, index(**options))
    outcomes = []
    for start in range(0, 400, 100):
        found = index(tmp_path / "index", **options)
        assert found.known == start
        outcomes += marked(records[start : start + 100], found)
        found.save()
        del found
    assert outcomes == expected


def test_many_short_runs_find_what_one_run_finds(tmp_path: Path) -> None:
    records = corpus(9, 120)
    outcomes = []
    for start in range(0, 120, 4):  # each merges what earlier ones saved
        found = index(tmp_path / "index")
        outcomes += marked(records[start : start + 4], found)
        found.save()
        del found
    assert outcomes == marked(records, index())
    assert len(list((tmp_path / "index").glob("run-*"))) < 10


def test_what_was_not_saved_is_forgotten(tmp_path: Path) -> None:
    records = corpus(7)
    found = index(tmp_path / "index")
    marked(records[:100], found)
    found.save()
    marked(records[100:200], found)  # as if killed now
    del found
    again = index(tmp_path / "index")
    assert again.known == 100
    assert marked(records[100:], again) == marked(records)[100:]


def test_only_one_run_writes_at_a_time_and_with_the_same_options(tmp_path: Path) -> None:
    found = index(tmp_path / "index")
    found.save()
    with pytest.raises(Unavailable, match="another process"):
        index(tmp_path / "index")
    del found
    with pytest.raises(UsageError, match=r"made with threshold 0\.7, not 0\.8"):
        index(tmp_path / "index", threshold=0.8)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("")
    with pytest.raises(UsageError, match="no index"):
        index(tmp_path / "other")


@pytest.mark.parametrize(
    "name", ["ids.jsonl", "sketches.u8", "digests.u64", "shingles.u32", "clusters-1.u32", "run-1-0.u64"]
)
def test_a_damaged_index_is_named(tmp_path: Path, name: str) -> None:
    options = ("dedup", "--index", tmp_path / "index")
    run_mathkit(*options, stdin=lines([{"id": 1, "text": "one two three four five six"}]))
    (tmp_path / "index" / name).write_bytes(b"")
    done = run_mathkit(*options, stdin=lines([{"id": 2, "text": "one two three four five six"}]))
    assert done.status == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_killed_in_the_middle_nothing_is_lost_or_counted_twice(tmp_path: Path) -> None:
    records = corpus(8, 3000)
    first, second = lines(records[:1000]), lines(records[1000:])
    whole = ids(run_mathkit("dedup", stdin=first + second).stdout)
    kept = ids(run_mathkit("dedup", "--index", tmp_path / "index", stdin=first).stdout)
    command = [
        sys.executable,
        "-m",
        "mathkit",
        "dedup",
        "--index",
        str(tmp_path / "index"),
        "-o",
        str(tmp_path / "out"),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin
    process.stdin.write(second[: len(second) // 2])
    process.stdin.flush()
    partial = tmp_path / "out.partial"
    deadline = time.monotonic() + 30
    while not (partial.exists() and (tmp_path / "index" / "digests.u64").stat().st_size > 16 * 1000):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = run_mathkit("dedup", "--index", tmp_path / "index", stdin=second)
    assert done.status == 0
    assert kept + ids(done.stdout) == whole
    again = run_mathkit("dedup", "--index", tmp_path / "index", stdin=second)
    assert ids(again.stdout) == []


def test_a_run_that_fails_adds_nothing(tmp_path: Path) -> None:
    record = b'{"id": 1, "text": "one two three"}\n'
    options = ("dedup", "--index", tmp_path / "index")
    assert run_mathkit(*options, stdin=record + b"nonsense\n").status == 65
    assert ids(run_mathkit(*options, stdin=record).stdout) == [1]
    done = run_mathkit(*options, "--rejects", "/dev/stderr", "-q", stdin=b'{"id": 2, "text": "one two three"}\n')
    assert json.loads(done.stderr)["reject"]["duplicate_of"] == 1


@pytest.mark.parametrize("mode", [["--mark"], ["--keep", "longest"]])
def test_an_earlier_run_has_kept_its_records_already(tmp_path: Path, mode: list[str]) -> None:
    text = " ".join(f"word{number}" for number in range(40))
    run_mathkit("dedup", "--index", tmp_path / "index", stdin=lines([{"id": "old", "text": text}]))
    new = lines([{"id": "a", "text": text + " and more"}, {"id": "b", "text": "quite another text that is new"}])
    done = run_mathkit("dedup", "--index", tmp_path / "index", *mode, stdin=new)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if mode == ["--mark"]:
        assert [(row["dedup"]["cluster"], row["dedup"]["size"]) for row in rows] == [("old", 2), ("b", 1)]
    else:
        assert [row["id"] for row in rows] == ["b"]
