import random
from typing import Any

import numpy as np
import pytest
from datasketch import MinHash

from mathkit.records import Rejected
from mathkit.stages.dedup import PERMUTATIONS, Kinds, Signer, cluster_duplicates, jaccard, mark_duplicates, shingles
from mathkit.text import normalize

WORDS = [f"w{number}" for number in range(5000)]


def kinds(**options: Any) -> Kinds:
    defaults = {"threshold": 0.7, "exact": False, "level": "latex", "verify_exactly": False, "seed": 0}
    return Kinds(**{**defaults, **options})


def text_of(record: dict) -> str:
    return str(record["text"])


def corpus(seed: int, count: int = 300) -> list[dict]:
    """Texts of 80 words, every third one an earlier one with some words changed."""
    chance = random.Random(seed)
    texts: list[list[str]] = []
    for number in range(count):
        text = chance.choices(WORDS, k=80) if number % 3 or not texts else list(chance.choice(texts))
        if not number % 3:
            for place in chance.sample(range(len(text)), chance.randint(0, 6)):
                text[place] = chance.choice(WORDS)
        texts.append(text)
    return [{"id": number, "text": " ".join(text)} for number, text in enumerate(texts)]


def similarity(one: dict, other: dict) -> float:
    return jaccard(shingles(normalize(text_of(one), "latex")), shingles(normalize(text_of(other), "latex")))


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_with_exact_verification_the_result_is_that_of_comparing_all_with_all(threshold: float) -> None:
    records = corpus(1)
    kept: list[dict] = []
    dropped: dict[int, tuple[int, float]] = {}
    for outcome in mark_duplicates(records, text_of, kinds(threshold=threshold, verify_exactly=True)):
        if isinstance(outcome, Rejected):
            evidence = outcome.evidence
            dropped[outcome.record["id"]] = evidence["duplicate_of"], evidence["similarity"]
        else:
            kept.append(outcome)
    leaders: list[dict] = []
    for record in records:
        best = max((similarity(record, leader), -leader["id"]) for leader in leaders) if leaders else (0.0, 0)
        if best[0] < threshold:
            leaders.append(record)
        else:
            assert dropped[record["id"]] == (-best[1], round(best[0], 4))
    assert kept == leaders


def test_the_estimate_is_that_of_minhash() -> None:
    chance = random.Random(0)
    sign = Signer(seed=3)
    errors = []
    for _ in range(60):
        shared, alone = chance.randint(0, 300), chance.randint(1, 200)
        values = np.array(chance.sample(range(2**60), shared + 2 * alone), np.uint64)
        one, other = values[: shared + alone], np.concatenate([values[:shared], values[shared + alone :]])
        ours = float((sign(one) == sign(other)).mean())
        theirs = [MinHash(PERMUTATIONS, seed=3), MinHash(PERMUTATIONS, seed=3)]
        for sketch, numbers in zip(theirs, (one, other), strict=True):
            sketch.update_batch([int(number).to_bytes(8, "little") for number in numbers])
        true = shared / (shared + 2 * alone)
        errors.append((ours - true, theirs[0].jaccard(theirs[1]) - true))
    ours_off, theirs_off = np.sqrt((np.array(errors) ** 2).mean(axis=0))
    assert ours_off < 1.3 * theirs_off
    assert abs(np.mean([ours for ours, _ in errors])) < 0.02  # no bias


def test_bands_and_rows_miss_almost_nothing_at_the_threshold() -> None:
    lsh = Kinds(threshold=0.7, exact=False, level="ws", verify_exactly=False, seed=0)
    assert 1 - (1 - 0.7**lsh._rows) ** len(lsh._bands) > 0.98


def test_problems_of_other_numbers_or_operators_are_kept() -> None:
    texts = ["What is 3 + 5?", "What is 7 - 2?", "What is 3 - 5?", "12 / 4", "12 * 4", "x^2 = 4", "x - 2 > 4"]
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    assert list(mark_duplicates(records, text_of, kinds())) == records


def test_marks_agree_with_what_would_be_dropped() -> None:
    records = corpus(2)
    marked = list(cluster_duplicates(records, text_of, kinds(), worth=None))
    kept = [outcome for outcome in mark_duplicates(records, text_of, kinds()) if not isinstance(outcome, Rejected)]
    firsts = [{key: row[key] for key in ("id", "text")} for row in marked if row["dedup"]["cluster"] == row["id"]]  # type: ignore[index]
    assert firsts == kept
    sizes = {row["dedup"]["cluster"]: row["dedup"]["size"] for row in marked}  # type: ignore[index]
    assert sum(sizes.values()) == len(records)


def test_the_worthiest_of_a_cluster_is_kept() -> None:
    text = " ".join(WORDS[:60])
    records = [{"id": "a", "text": text, "stars": 1}, {"id": "b", "text": text + " more", "stars": 3},
               {"id": "c", "text": text, "stars": 3}, {"id": "d", "text": "other", "stars": 0}]  # fmt: skip
    outcomes = list(cluster_duplicates(records, text_of, kinds(), worth=lambda record: record["stars"]))
    assert [row["id"] for row in outcomes if not isinstance(row, Rejected)] == ["b", "d"]
    assert [row.evidence["duplicate_of"] for row in outcomes if isinstance(row, Rejected)] == ["b", "b"]


def test_a_threshold_of_one_and_empty_texts() -> None:
    records = [{"id": n, "text": text} for n, text in enumerate(["a b c", "a b c", "", "", "?", "a b d"])]
    kept = [
        row["id"] for row in mark_duplicates(records, text_of, kinds(threshold=1.0)) if not isinstance(row, Rejected)
    ]
    assert kept == [0, 2, 4, 5]
