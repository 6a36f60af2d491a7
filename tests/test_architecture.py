"""The house rules that a machine can check: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mathkit

SOURCE = Path(mathkit.__file__).parent

# A module imports from lower layers and from its own package, never sideways or up.
LAYERS = {
    "errors": 0, "parallel": 0, "records": 0, "spool": 0,
    "jsonl": 1, "archives": 1, "durable": 1, "sites": 1, "text": 1, "prompts": 2, "language": 2,
    "sandbox": 1, "trajectories": 1,
    "checkpoint": 2, "classifier": 2, "dialects": 2, "derivations": 2, "grams": 2, "expressions": 2, "metrics": 2,
    "pages": 2, "backends": 2,
    "answers": 3, "likeness": 3, "overlap": 3, "recipes": 3,
    "rubrics": 3, "selection": 1,
    "stages": 4,
    "cli": 5,
}  # fmt: skip
FACADE = ("__init__", "__main__")
HEAVY = {
    "torch", "transformers", "vllm", "sympy", "scipy", "numpy", "fasttext", "datasketch", "rapidfuzz", "matplotlib",
    "lxml", "charset_normalizer",
}  # fmt: skip

modules = pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Import(names=names):
                yield from (alias.name for alias in names)


@modules
def test_a_module_imports_from_below(path: Path) -> None:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    package = parts[0]
    if package in FACADE:
        return
    for name in imports(ast.parse(path.read_text())):
        if not name.startswith("mathkit."):
            continue
        other = name.split(".")[1]
        if other == package:
            assert package != "stages", f"{path.name} imports another stage"
        else:
            assert LAYERS[other] < LAYERS[package], f"{path.name} imports {name}"
            assert (package, other) != ("stages", "jsonl"), "a stage knows no files"


@modules
def test_only_cli_prints_and_heavy_modules_wait(path: Path) -> None:
    package = path.relative_to(SOURCE).parts[0]
    tree = ast.parse(path.read_text())
    if package != "cli" and path.name not in ("smollm2.py",):
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    if package == "cli":
        top = {name.partition(".")[0] for node in tree.body for name in imports(ast.Module([node], []))}
        assert not top & HEAVY


@modules
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 300
