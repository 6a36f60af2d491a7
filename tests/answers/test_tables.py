"""The answer tables: add a row to a file of pairs/ or to extract.tsv, and it is a test."""

from pathlib import Path

import pytest

import mathkit

HERE = Path(__file__).parent
PAIRS = sorted((HERE / "pairs").glob("*.tsv"))


def rows(path: Path) -> list[list[str]]:
    lines = path.read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith(("# ", "## "))]


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_pairs(path: Path) -> None:
    wrong = []
    for gold, prediction, strict, lenient, *_ in rows(path):
        found = [mathkit.grade(prediction.replace("⏎", "\n"), gold, policy) for policy in ("strict", "lenient")]
        if [verdict.correct for verdict in found] != [strict == "yes", lenient == "yes"]:
            wrong.append((gold, prediction, found))
    assert not wrong


@pytest.mark.parametrize("row", rows(HERE / "extract.tsv"), ids=lambda row: row[0])
def test_extract(row: list[str]) -> None:
    text, answer, _ = row
    assert (mathkit.extract_answer(text.replace("\\n", "\n")) or "-") == answer


@pytest.mark.parametrize("row", rows(HERE / "disagreements.tsv"), ids=lambda row: f"{row[0]} = {row[1]}")
def test_disagreements_with_math_verify(row: list[str]) -> None:
    gold, prediction, equal, _ = row
    assert mathkit.grade(prediction, gold).correct == (equal == "yes")
