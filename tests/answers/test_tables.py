"""The answer tables: add a row to equal.tsv or extract.tsv, and it is a test."""

from pathlib import Path

import pytest

import mathkit

HERE = Path(__file__).parent


def rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("# ")]


@pytest.mark.parametrize("row", rows("equal.tsv"), ids=lambda row: f"{row[0]} = {row[1]}")
def test_equal(row: list[str]) -> None:
    prediction, gold, strict, lenient, _ = row
    found = [mathkit.grade(prediction, gold, policy) for policy in ("strict", "lenient")]
    assert [verdict.correct for verdict in found] == [strict == "yes", lenient == "yes"], found


@pytest.mark.parametrize("row", rows("extract.tsv"), ids=lambda row: row[0])
def test_extract(row: list[str]) -> None:
    text, answer, _ = row
    assert (mathkit.extract_answer(text.replace("\\n", "\n")) or "-") == answer
