import json
from functools import cache

import pytest

from mathkit.overlap import Benchmarks
from mathkit.records import Rejected
from mathkit.stages.decontam import add_benchmark, mark_contaminated
from mathkit.text import words
from tests.conftest import ROOT


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (ROOT / "examples" / "data" / name).read_text().splitlines()]


def run(
    records: list[dict],
    items: list[dict],
    *,
    either: bool = False,
    ngram: int = 13,
    lcs: float = 0.6,
    units=("problem",),
    jobs: int = 1,
):
    benchmarks = Benchmarks(ngram=ngram, lcs=lcs, either=either)
    add_benchmark(benchmarks, "bench", items, units=units)
    return list(mark_contaminated(records, benchmarks, units=units, jobs=jobs))


def common(one: list[str], other: list[str]) -> int:
    @cache
    def length(i: int, j: int) -> int:
        if not i or not j:
            return 0
        if one[i - 1] == other[j - 1]:
            return length(i - 1, j - 1) + 1
        return max(length(i - 1, j), length(i, j - 1))

    for i in range(len(one)):  # from the ends, so that the recursion stays shallow
        for j in range(0, len(other), 20):
            length(i, j)
    return length(len(one), len(other))


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize("ngram", [13, 5])
def test_the_rule_is_applied_to_every_pair(either: bool, ngram: int) -> None:
    records, items = rows("problems-en.jsonl")[:25], rows("benchmark-en.jsonl")
    expected = []
    for record in records:
        mine, leaks = words(record["question"]), False
        for item in items:
            theirs = words(item["question"])
            if min(len(mine), len(theirs)) < ngram:
                leaks |= mine == theirs
                continue
            grams = {tuple(theirs[i : i + ngram]) for i in range(len(theirs) - ngram + 1)}
            hit = any(tuple(mine[i : i + ngram]) in grams for i in range(len(mine) - ngram + 1))
            like = 5 * common(mine, theirs) >= 3 * min(len(mine), len(theirs))
            leaks |= (hit or like) if either else (hit and like)
        if leaks:
            expected.append(record["id"])
    found = [
        outcome.record["id"]
        for outcome in run(records, items, either=either, ngram=ngram)
        if isinstance(outcome, Rejected)
    ]
    assert found == expected
    assert expected


def numbered(*numbers: int) -> dict:
    return {"id": str(numbers), "problem": " ".join(f"word{number}" for number in numbers)}


def test_exactly_three_fifths_count_and_a_word_less_does_not() -> None:
    item = numbered(*range(30))
    just = numbered(*range(18), *range(100, 112))
    less = numbered(*range(17), *range(100, 113))
    outcomes = run([just, less], [item])
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [True, False]
    assert outcomes[0].evidence["lcs"] == 0.6


def test_a_long_document_is_compared_around_the_hit() -> None:
    item = numbered(*range(40))
    far = [1000 + number for number in range(300)]
    whole = {"id": "d", "text": numbered(*far, *range(40), *far)["problem"]}
    scattered = [number for word in range(13, 40) for number in (word, *(2000 + 30 * word + i for i in range(29)))]
    in_pieces = {"id": "p", "text": numbered(*range(13), *far, *scattered)["problem"]}
    outcomes = run([whole, in_pieces], [item])
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [True, False]
    text, (start, end) = whole["text"], outcomes[0].evidence["span"]
    assert text[start:end] == item["problem"]
    assert isinstance(run([{**in_pieces, "problem": in_pieces["text"]}], [item])[0], Rejected)  # a problem is a unit


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("What is 15% of 80?", True),
        ("what is $15\\%$ of $80$", True),
        ("What is 15 of 80?", False),
        ("What is 15% of 81?", False),
        ("Tell me: what is 15% of 80?", False),
    ],
)
def test_a_short_text_leaks_as_a_whole(text: str, leaks: bool) -> None:
    (outcome,) = run([{"id": 1, "problem": text}], [{"id": 2, "problem": "What is 15% of 80?"}])
    assert isinstance(outcome, Rejected) == leaks


def test_units_are_never_joined() -> None:
    item = {"id": "b", "problem": numbered(*range(10))["problem"], "solution": numbered(*range(10, 40))["problem"]}
    record = {"id": "r", "problem": numbered(*range(200, 220))["problem"], "solution": item["solution"]}
    assert run([record], [item]) == [record]
    (outcome,) = run([record], [item], units=("problem", "solution"))
    assert outcome.evidence["unit"] == "solution"
    crossed = {"id": "c", "problem": item["solution"], "solution": item["problem"]}
    assert run([crossed], [item], units=("problem", "solution")) == [crossed]


def test_writing_of_any_kind_is_compared_and_its_place_shown() -> None:
    item = "한국어 문제 ＡＢＣ １２３ x² 小明有三个苹果和两个梨一共有几个水果呢"
    decomposed = "앞에 " + "한국어 문제" + " ABC 123 x2 小明有三个苹果和两个梨一共有几个水果呢"
    (outcome,) = run([{"id": 1, "problem": decomposed}], [{"id": 2, "problem": item}])
    start, end = outcome.evidence["span"]
    assert decomposed[start:end].endswith("水果呢")
    assert outcome.evidence["lcs"] == 1.0
