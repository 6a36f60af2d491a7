"""The answer tables: add a row to a file of pairs/ or to extract.tsv, and it is a test."""

from pathlib import Path

import pytest

import mathkit

HERE = Path(__file__).parent
UNSOLVED = HERE / "pairs" / "unsolved.tsv"
PAIRS = sorted(set((HERE / "pairs").glob("*.tsv")) - {UNSOLVED})


def rows(path: Path) -> list[list[str]]:
    lines = path.read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith(("# ", "## "))]


def is_right(row: list[str]) -> bool:
    gold, prediction, strict, lenient, *_ = row
    found = [mathkit.grade(prediction.replace("⏎", "\n"), gold, policy).correct for policy in ("strict", "lenient")]
    return found == [strict == "yes", lenient == "yes"]


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_pairs(path: Path) -> None:
    assert not [row for row in rows(path) if not is_right(row)]


def test_what_is_solved_is_not_among_the_unsolved() -> None:
    assert not [row for row in rows(UNSOLVED) if is_right(row)]


def test_no_pair_stands_twice() -> None:
    pairs = [tuple(row[:2]) for path in (*PAIRS, UNSOLVED) for row in rows(path)]
    assert len(pairs) == len(set(pairs)) >= 1000


@pytest.mark.parametrize("row", rows(HERE / "extract.tsv"), ids=lambda row: row[0])
def test_extract(row: list[str]) -> None:
    text, answer, _ = row
    assert (mathkit.extract_answer(text.replace("\\n", "\n")) or "-") == answer


@pytest.mark.parametrize("row", rows(HERE / "disagreements.tsv"), ids=lambda row: f"{row[0]} = {row[1]}")
def test_disagreements_with_math_verify(row: list[str]) -> None:
    gold, prediction, equal, _ = row
    assert mathkit.grade(prediction, gold).correct == (equal == "yes")
