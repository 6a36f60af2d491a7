import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathkit.grams import tokenize
from mathkit.overlap import Benchmarks
from mathkit.records import Rejected
from mathkit.stages.decontam import add_benchmark, mark_contaminated
from mathkit.text import normalize, plain, symbols, word_spans, words
from tests.conftest import ROOT
from tests.listed import Listed


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
    level: str = "latex",
    size: int = 256,
):
    benchmarks = Benchmarks(ngram=ngram, lcs=lcs, either=either, level=level)
    add_benchmark(benchmarks, "bench", items, units=units)
    return list(mark_contaminated(Listed(records, size), benchmarks, units=units))


def common(one: list[str], other: list[str]) -> int:
    """The longest common subsequence, by the book."""
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for place, its_word in enumerate(other):
            row.append(max(row[-1], before[place + 1], before[place] + (word == its_word)))
        before = row
    return before[-1]


def naive(record: dict, items: list[dict], *, ngram: int, lcs: str, either: bool) -> dict[str, tuple]:
    """Compare a record with every item, word by word: the id of each that it leaks, how, how much, and where."""
    found: dict[str, tuple] = {}
    is_document = "problem" not in record
    text = record["text"] if is_document else record["problem"]
    mine = words(text)
    for item in items:
        theirs = words(item["problem"])
        if len(mine) < ngram or len(theirs) < ngram:
            key, its_key = (symbols(normalize(whole, "latex")) for whole in (text, item["problem"]))
            if key == its_key != [] and max(len(mine), len(theirs)) < ngram:
                found[item["id"]] = ("whole", Fraction(1), 0, len(mine))
            continue
        hits = [
            (i, j)
            for i in range(len(mine) - ngram + 1)
            for j in range(len(theirs) - ngram + 1)
            if mine[i : i + ngram] == theirs[j : j + ngram]
        ]
        size = len(theirs)
        in_window = is_document and len(mine) > 2 * size
        starts = {max(0, i - j - size // 2) for i, j in hits}
        parts = [mine[start : start + 2 * size] for start in starts] if in_window else [mine]
        share = Fraction(max((common(part, theirs) for part in parts), default=0), min(size, len(mine)))
        enough = share >= Fraction(lcs)
        if hits and (either or enough):
            (i, j), length = hits[0], ngram
            while i + length < len(mine) and j + length < size and mine[i + length] == theirs[j + length]:
                length += 1
            found[item["id"]] = ("ngram", share, i, length)
        elif either and enough and not in_window:
            found[item["id"]] = ("lcs", share, 0, len(mine))
    return found


def shown(record: dict, found: dict[str, tuple], *, ngram: int) -> dict | None:
    """The evidence of what `naive` found: the item of the largest share, the first of those that tie."""
    if not found:
        return None
    worst = max(found, key=lambda name: found[name][1])
    matched, share, first, count = found[worst]
    text = record.get("problem", record.get("text"))
    spans = word_spans(text)[first : first + count]
    return {
        "benchmark": "bench",
        "benchmark_id": worst,
        "unit": "problem",
        "level": "latex",
        "matched": matched,
        "ngram": " ".join(words(text)[first : first + ngram]) if matched == "ngram" else None,
        "lcs": round(float(share), 4),
        "span": (spans[0][0], spans[-1][1]) if spans else (0, len(text)),
    }


WORDS = ["a", "b", "c", "dd", "1", "小", "é"]
texts = st.lists(st.sampled_from([*WORDS, *WORDS, "+", r"\left", "other"]), max_size=40).map(" ".join) | st.text(
    "ab 1+小\\", max_size=30
)


@st.composite
def leaking(draw: st.DrawFn) -> tuple[list[dict], list[dict]]:
    """Records of which some hold an item with words changed, and words of their own around it; and the items."""
    items = draw(st.lists(texts, max_size=6))
    records = []
    for number in range(draw(st.integers(0, 6))):
        if items and draw(st.booleans()):
            item = draw(st.sampled_from(items)).split()
            changed = draw(st.sets(st.integers(0, 39), max_size=12))
            kept = [
                draw(st.sampled_from(["other", "a", ""])) if at in changed else word for at, word in enumerate(item)
            ]
            before, after = (["other"] * draw(st.integers(0, 30)) for _ in range(2))
            text = " ".join([*before, *kept, *after])
        else:
            text = draw(texts)
        records.append({"id": f"r{number}", draw(st.sampled_from(["problem", "text"])): text})
    return records, [{"id": f"b{number}", "problem": text} for number, text in enumerate(items)]


def bad_hashes(joined, starts, lengths, *, wide):
    return lengths.astype(np.uint64)


@settings(deadline=None, max_examples=300)
@given(leaking(), st.integers(1, 4), st.sampled_from(["0", "0.5", "0.6", "0.61", "0.8", "1"]), st.booleans())
def test_what_is_found_is_what_comparing_every_pair_finds(
    given: tuple[list[dict], list[dict]], ngram: int, lcs: str, either: bool
) -> None:
    records, items = given
    every = [naive(record, items, ngram=ngram, lcs=lcs, either=either) for record in records]
    expected = [shown(record, found, ngram=ngram) for record, found in zip(records, every, strict=True)]
    outcomes = run(records, items, ngram=ngram, lcs=float(lcs), either=either)
    assert [outcome.evidence if isinstance(outcome, Rejected) else None for outcome in outcomes] == expected
    for outcome, found in zip(outcomes, every, strict=True):
        if found:
            assert outcome.findings[0].numbers == {int(name[1:]) for name in found}

    alike = run(records, items, ngram=ngram, lcs=float(lcs), either=either, level="latex+num")
    assert all(isinstance(outcome, Rejected) for outcome, found in zip(alike, every, strict=True) if found)

    with pytest.MonkeyPatch.context() as patch:  # words of one length have one hash: no hash decides anything
        patch.setattr("mathkit.grams._hash_all", bad_hashes)
        assert run(records, items, ngram=ngram, lcs=float(lcs), either=either) == outcomes

    with pytest.MonkeyPatch.context() as patch:  # nor does how many are compared at a time
        patch.setattr("mathkit.overlap.ngrams._PLACES", 1)
        patch.setattr("mathkit.overlap.similar._CELLS", 1)
        assert run(records, items, ngram=ngram, lcs=float(lcs), either=either, size=2) == outcomes


@given(st.lists(st.text() | texts))
def test_the_words_that_are_screened_are_the_words_that_are_compared(given: list[str]) -> None:
    tokens = tokenize([plain(text) for text in given], operators=False)
    expected = [len(words(text)) for text in given]
    assert np.diff(tokens.bounds).tolist() == expected
    every = tokenize([word for text in given for word in words(text)], operators=False)
    assert tokens.hashes.tolist() == every.hashes.tolist()


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize("ngram", [13, 5])
def test_the_rule_is_applied_to_every_pair_of_real_problems(either: bool, ngram: int) -> None:
    records = [{"id": row["id"], "problem": row["question"]} for row in rows("problems-en.jsonl")[:25]]
    items = [{"id": row["id"], "problem": row["question"]} for row in rows("benchmark-en.jsonl")]
    every = [naive(record, items, ngram=ngram, lcs="0.6", either=either) for record in records]
    outcomes = run(records, items, either=either, ngram=ngram)
    found = [outcome.evidence if isinstance(outcome, Rejected) else None for outcome in outcomes]
    assert found == [shown(record, leaks, ngram=ngram) for record, leaks in zip(records, every, strict=True)]
    assert any(found) and not all(found)


def numbered(*numbers: int) -> dict:
    return {"id": str(numbers), "problem": " ".join(f"word{number}" for number in numbers)}


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize(("size", "shared", "ngram"), [(10, 6, 3), (30, 18, 13), (55, 33, 13)])
def test_exactly_three_fifths_count_and_a_word_less_does_not(size: int, shared: int, ngram: int, either: bool) -> None:
    item = numbered(*range(size))
    apart = {"id": "a", "problem": " ".join(f"word{i} other{i}" for i in range(shared))}
    just = numbered(*range(shared), *range(100, 100 + size - shared))
    less = {"id": "l", "problem": " ".join(f"other{i} word{i}" for i in range(shared - 1)) + " more" * size}
    outcomes = run([just, apart, less], [item], either=either, ngram=ngram)
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [True, either, False]
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


def test_the_window_reaches_half_an_item_beyond_what_the_item_would_take() -> None:
    item = numbered(*range(40))
    far = [1000 + number for number in range(300)]
    stretched = [number for word in range(20) for number in (word, 2000 + word)]  # 20 words more, before the n-gram
    document = {"id": "d", "text": numbered(*far, *stretched, *range(20, 40), *far)["problem"]}
    (outcome,) = run([document], [item])
    assert outcome.evidence["lcs"] == 1.0
    further = {"id": "f", "text": numbered(*far, 0, 3000, *stretched[1:], *range(20, 40), *far)["problem"]}
    (outcome,) = run([further], [item])
    assert outcome.evidence["lcs"] == 39 / 40


def test_a_pair_at_the_bound_is_not_lost_among_rare_words() -> None:
    """Of 30 words 18 are shared, those that many items have; of the others six are rare and six in no item."""
    item = numbered(*range(30))
    common_words = [numbered(*range(29, -1, -1)), numbered(*range(0, 30, 2), *range(1, 30, 2))]
    rare = numbered(*range(100, 130))
    record = numbered(200, 201, 202, *range(9), 100, 101, 102, *range(9, 18), 203, 204, 205, 110, 111, 112)
    items = [item, *common_words, rare]
    (outcome,) = run([record], items, either=True)
    assert (outcome.evidence["benchmark_id"], outcome.evidence["lcs"]) == (item["id"], 0.6)
    (longer,) = run([item], [record, *items[1:]], either=True)  # and the other way round
    assert (longer.evidence["benchmark_id"], longer.evidence["lcs"]) == (record["id"], 0.6)
    padded = numbered(*range(30), 400, 401, 402, 403)
    outcome = run([padded], [record, rare], either=True)[0]
    assert (outcome.evidence["benchmark_id"], outcome.evidence["lcs"]) == (record["id"], 0.6)


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


KRISTA = (
    "Krista put 1 cent into her new bank on a Sunday morning. On Monday, she put 2 cents into her bank. On Tuesday, "
    "she put $4$ cents into her bank, and she continued to double the amount of money she put into her bank each day "
    "for two weeks. On what day of the week did the total amount of money in her bank first exceed "
    "$\\dfrac{4}{2}$ dollars?"
)
PAGE = "Today we look at powers of two, which grow faster than one thinks. " * 12
PLANTED = {
    "verbatim": KRISTA,
    "wrapped": KRISTA.replace(" ", "\n> "),
    "renumbered": KRISTA.replace("1 cent", "3 cents").replace("2 cents", "6 cents").replace("$4$", "$12$"),
    "shouted": KRISTA.upper().replace("\\DFRAC", "\\dfrac"),
    "full width": KRISTA.translate({ordinal: ordinal + 0xFEE0 for ordinal in range(ord("!"), ord("~") + 1)}),
    "restyled": KRISTA.replace("\\dfrac", "\\tfrac").replace("$", "\\(").replace("{", "\\left{"),
    "joined letters": KRISTA.replace("first", "ﬁrst").replace("morning", "mor\u200cning"),
    "cut": KRISTA[: len(KRISTA) * 2 // 3],
    "beginning changed": "A girl, Krista, put 1 cent into a new bank one fine Sunday. " + KRISTA.split(". ", 1)[1],
}


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_leak_is_found_as_a_problem_and_in_a_page(name: str, either: bool) -> None:
    item = {"id": "krista", "problem": KRISTA}
    others = [{"id": number, "problem": numbered(*range(number, number + 20))["problem"]} for number in range(50)]
    problem, page = run(
        [{"id": 1, "problem": PLANTED[name]}, {"id": 2, "text": f"{PAGE}\n\n{PLANTED[name]}\n\n{PAGE}"}],
        [*others, item],
        either=either,
    )
    assert problem.evidence["benchmark_id"] == page.evidence["benchmark_id"] == "krista"
    start, end = page.evidence["span"]
    assert len(PAGE) < start < end <= len(PAGE) + 2 + len(PLANTED[name])
    assert run([{"id": 3, "text": PAGE}, {"id": 4, "problem": PAGE}], [*others, item], either=either) == [
        {"id": 3, "text": PAGE},
        {"id": 4, "problem": PAGE},
    ]


def test_numbers_are_alike_if_asked_and_the_verdict_says_so() -> None:
    item = {
        "id": "b",
        "problem": "There are 12 birds on a tree, 3.5 of them sing x12 and 40 fly. How many do neither? Is it 1?",
    }
    short = {"id": "s", "problem": "What is 3 + 5?"}
    copy = {
        "id": 1,
        "problem": "There are 7 birds on a tree, 20.25 of them sing x9 and ４ fly. How many do neither? Is it 12?",
    }
    other = {"id": 2, "problem": "What is 7 - 2?"}
    same = {"id": 3, "problem": "what is 17 + 2?"}
    assert run([copy, other, same], [item, short]) == [copy, other, same]
    outcomes = run([copy, other, same], [item, short], level="latex+num")
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [True, False, True]
    assert outcomes[0].evidence | {"span": 0} == {
        "benchmark": "bench",
        "benchmark_id": "b",
        "unit": "problem",
        "level": "latex+num",
        "matched": "ngram",
        "ngram": "there are 7 birds on a tree 20 25 of them sing x9",
        "lcs": 1.0,
        "span": 0,
    }
    assert outcomes[0].evidence["span"] == (0, len(copy["problem"]) - 1)


def test_numbers_in_words_of_another_language_are_other_words() -> None:
    item = {"id": "b", "problem": "小明有3个苹果和2个梨一共有几个水果呢"}
    outcomes = run(
        [
            {"id": 1, "problem": item["problem"].replace("3", "三").replace("2", "两")},
            {"id": 2, "problem": "小明有３个苹果和２个梨，一共有几个水果呢？"},
        ],
        [item],
    )
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [False, True]


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
