"""What many tests need: the program run as a user runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is the change's; MATHKIT_EXPLORE=1 draws others.
settings.register_profile("repeatable", derandomize=not os.environ.get("MATHKIT_EXPLORE"))
settings.load_profile("repeatable")

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "cases"
READ_ARCHIVES = {"extract"}  # the commands whose input is no JSON Lines


@dataclass(frozen=True)
class Run:
    """What a run of the program left."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.stdout.splitlines()]


Program = Callable[..., Run]


def run_mathkit(*arguments: object, stdin: bytes = b"", cwd: Path = ROOT, **environment: str) -> Run:
    done = subprocess.run(
        [sys.executable, "-m", "mathkit", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        timeout=120,
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


@pytest.fixture
def mathkit() -> Program:
    return run_mathkit


def jsonl(*records: dict) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def heed_ctrl_c() -> None:
    """Let a new process heed Ctrl-C though these tests run in the background of a script, where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
