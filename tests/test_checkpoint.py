import subprocess
import sys
from pathlib import Path

import pytest

from mathkit.checkpoint import Checkpoint
from mathkit.errors import Unavailable, UsageError


def test_what_was_saved_is_there_for_the_same_run_only(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    first = Checkpoint(folder, {"--seed": 1, "input": "abc"})
    assert first.load("step") is None
    first.save("step", b"done")
    del first
    assert Checkpoint(folder, {"--seed": 1, "input": "abc"}).load("step") == b"done"
    with pytest.raises(UsageError, match="another --seed, --top;"):
        Checkpoint(folder, {"--seed": 2, "input": "abc", "--top": "5"})
    assert not list(folder.glob("*.partial"))


def test_a_step_that_was_torn_was_not_finished(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, {})
    checkpoint.path("step.partial").write_bytes(b"do")
    assert checkpoint.load("step") is None


def test_one_process_at_a_time(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, {})
    code = "import sys, pathlib; from mathkit.checkpoint import Checkpoint; Checkpoint(pathlib.Path(sys.argv[1]), {})"
    other = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(other, capture_output=True, text=True)
    assert Unavailable.__name__ in done.stderr
    assert "another process is writing to it" in done.stderr
    del checkpoint
    assert subprocess.run(other).returncode == 0


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError):
        Checkpoint(tmp_path / "file", {})
    with pytest.raises(UsageError):
        Checkpoint(tmp_path / "no" / "folder", {})
