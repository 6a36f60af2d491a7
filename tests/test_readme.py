"""What the README shows is what happens."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mathkit.cli import app
from tests.conftest import ROOT, run_mathkit

TEXT = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_console_shows_what_is_printed(block: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    steps = re.findall(r"^\$ (.*)\n((?:[^$\n].*\n)*)", block, re.MULTILINE)
    assert steps
    for command, output in steps:
        done = subprocess.run(
            ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=tmp_path, env=environment,
        )  # fmt: skip
        assert done.stdout == output


def test_the_python_example_holds() -> None:
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False).attempted
    assert not doctest.testfile(str(ROOT / "README.md"), module_relative=False).failed


def test_every_command_is_in_the_table_and_no_other() -> None:
    commands = {command.name for command in app.registered_commands}
    assert set(re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE)) == commands


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["-h"]])
def test_the_program_introduces_itself(arguments: list[str]) -> None:
    done = run_mathkit(*arguments)
    assert done.status == 0
    assert b"mathkit" in done.stdout
