"""Golden runs of the command line: tests/cases/COMMAND/NAME/ holds what goes in and what came out.

cmd       the arguments, as in a shell; files are found in the case's folder
stdin     standard input (or none)
stdout    what must come out, and stderr, and status

`make golden` records them anew; the difference is the review. Every command has the cases of REQUIRED, one that reads
archives those of REQUIRED_OF_ARCHIVES.
"""

import os
import shlex
from pathlib import Path

import pytest

from mathkit.cli import app
from tests.conftest import CASES, READ_ARCHIVES, run_mathkit

REQUIRED = ("normal", "empty", "missing-field", "not-json")
REQUIRED_OF_ARCHIVES = ("normal", "empty", "broken-record", "no-archive")
COMMANDS = sorted(command.name for command in app.registered_commands if command.name)
FOLDERS = sorted(folder.parent for folder in CASES.glob("*/*/cmd"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_golden(folder: Path) -> None:
    stdin = folder / "stdin"
    run = run_mathkit(
        folder.parent.name,
        *shlex.split((folder / "cmd").read_text()),
        stdin=stdin.read_bytes() if stdin.exists() else b"",
        cwd=folder,
    )
    found = {"stdout": run.stdout, "stderr": run.stderr.encode(), "status": f"{run.status}\n".encode()}
    if os.environ.get("MATHKIT_GOLDEN") == "record":
        for name, data in found.items():
            (folder / name).write_bytes(data)
    assert found == {name: (folder / name).read_bytes() for name in found}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_required_cases(command: str) -> None:
    required = REQUIRED_OF_ARCHIVES if command in READ_ARCHIVES else REQUIRED
    assert {folder.name for folder in FOLDERS if folder.parent.name == command} >= set(required)


def test_every_case_belongs_to_a_command() -> None:
    assert {folder.parent.name for folder in FOLDERS} <= set(COMMANDS)
