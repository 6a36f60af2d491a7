"""What starting costs: no heavy module is loaded before it is needed."""

import subprocess
import sys

import pytest

from mathkit.cli import app

HEAVY = {
    "torch", "transformers", "vllm", "sympy", "scipy", "numpy", "fasttext", "datasketch", "rapidfuzz", "matplotlib",
    "lxml", "charset_normalizer",
}  # fmt: skip
COMMANDS = sorted(command.name for command in app.registered_commands if command.name)


def loaded_by(code: str) -> set[str]:
    report = f"import sys\n{code}\nprint('MODULES', *{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("MODULES")[2].split())


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"from mathkit.cli import app\ntry:\n app({arguments})\nexcept SystemExit as end:\n assert not end.code"
    assert not loaded_by(code) & (HEAVY | {"rich", "pydantic"})


def test_importing_mathkit_loads_nothing_heavy() -> None:
    assert not loaded_by("import mathkit") & (HEAVY | {"typer", "rich"})
    assert not loaded_by("import mathkit\nmathkit.grade('7', '7')") & HEAVY
