import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mathkit.likeness.clusters import Clusters
from mathkit.likeness.index import Index, Likeness
from mathkit.likeness.sketch import jaccard, shingle
from mathkit.records import Rejected
from mathkit.stages.dedup import cluster_duplicates, mark_duplicates
from mathkit.text import normalize
from tests.listed import Listed

WORDS = [f"w{number}" for number in range(5000)]


def index(directory: Path | None = None, **options: Any) -> Index:
    defaults = {"threshold": 0.7, "exact": False, "normalize": "latex", "verify": "exact", "by": ["text"], "seed": 0}
    return Index(Likeness(**{**defaults, **options}), directory)


def text_of(record: dict) -> str:
    return str(record["text"])


def marked(records: list[dict], found: Index | None = None, *, size: int = 7, jobs: int = 1) -> list[Any]:
    return list(mark_duplicates(Listed(records, size, jobs), text_of, found or index()))


def clustered(records: list[dict], found: Index, worth: Callable[[dict], float] | None = None) -> list[Any]:
    return list(cluster_duplicates(Listed(records), text_of, found, worth=worth))


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
    return jaccard(*(shingle([normalize(text_of(record), "latex")])[0] for record in (one, other)))


def true_clusters(records: list[dict], threshold: float) -> list[int]:
    sets = [shingle([normalize(text_of(record), "latex")])[0] for record in records]
    clusters = Clusters()
    clusters.grow(len(records))
    for number, own in enumerate(sets):
        for earlier in range(number):
            if clusters.root(number) != clusters.root(earlier) and jaccard(own, sets[earlier]) >= threshold:
                clusters.join(number, earlier)
    return [clusters.root(number) for number in range(len(records))]


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_clusters_are_those_of_comparing_all_with_all(threshold: float) -> None:
    records = corpus(1)
    found = clustered(records, index(threshold=threshold))
    roots = true_clusters(records, threshold)
    assert [row["dedup"]["cluster"] for row in found] == roots
    assert [row["dedup"]["size"] for row in found] == [roots.count(root) for root in roots]
    for row, root in zip(found, roots, strict=True):
        assert row["dedup"]["similarity"] == round(similarity(row, records[root]), 4)


def test_a_record_leaves_unless_it_is_alike_to_an_earlier_one() -> None:
    records = corpus(3)
    sets = [shingle([normalize(text_of(record), "latex")])[0] for record in records]
    for number, outcome in enumerate(marked(records)):
        similarities = [jaccard(sets[number], earlier) for earlier in sets[:number]]
        assert isinstance(outcome, Rejected) == any(found >= 0.7 for found in similarities)
        if isinstance(outcome, Rejected):
            original = outcome.evidence["duplicate_of"]
            assert outcome.evidence["similarity"] == round(similarities[original], 4)
            assert ("via" in outcome.evidence) == (similarities[original] < 0.7)
            assert similarities[outcome.evidence.get("via", original)] >= 0.7


@pytest.mark.parametrize("verify", ["exact", "estimate"])
def test_the_result_is_the_same_for_any_batches_and_jobs(verify: str) -> None:
    records = corpus(4) + corpus(4)
    expected = marked(records, index(verify=verify), size=1)
    for size, jobs in ((2, 1), (50, 2), (1000, 1), (3, 4)):
        assert marked(records, index(verify=verify), size=size, jobs=jobs) == expected


def test_the_estimate_differs_near_the_threshold_alone() -> None:
    records = corpus(5)
    exactly, nearly = (marked(records, index(verify=verify)) for verify in ("exact", "estimate"))
    for record, one, other in zip(records, exactly, nearly, strict=True):
        if isinstance(one, Rejected) != isinstance(other, Rejected):
            closest = max(similarity(record, earlier) for earlier in records[: record["id"]])
            assert abs(closest - 0.7) < 0.16


def test_problems_of_other_numbers_or_operators_are_kept() -> None:
    texts = [
        "What is 3 + 5?", "What is 7 - 2?", "What is 3 - 5?", "12 / 4", "12 * 4", "x^2 = 4", "x - 2 > 4",
        "Compute 5² + 1", "Compute 52 + 1", "Find f'(2) if f(x) = x^3", "Find f(2) if f(x) = x^3",
        "Simplify the ratio 12:18", "Simplify the ratio 12.18", "Write 1.25 as a fraction", "Write 1 25 as a fraction",
        "Compute (3+5)*2", "Compute 3+(5*2)", "How long is [0, 1)?", "How long is (0, 1]?", "Is a ⊥ b?", "Is a ∥ b?",
        "p ⊕ q", "p ⊗ q", "A⊃B", "A⊄B", "比较 2：3", "比较 2.3",
    ]  # fmt: skip
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    assert marked(records) == records
    assert marked(records, index(exact=True)) == records


def test_a_page_copied_many_times_is_one_cluster_however_it_comes() -> None:
    chance = random.Random(0)
    page = chance.choices(WORDS, k=100)
    records = []
    for number in range(600):
        text = list(page)
        for _ in range(chance.randint(1, 5)):
            text[chance.randrange(100)] = chance.choice(WORDS)
        records.append({"id": number, "text": " ".join(text)})
    expected = clustered(records, index())
    for size in (1, 64, 1000):
        outcomes = cluster_duplicates(Listed(records, size), text_of, index(), worth=None)
        assert list(outcomes) == expected
    assert [row["dedup"]["cluster"] for row in expected] == true_clusters(records, 0.7)


def test_what_a_text_repeats_counts_once() -> None:
    verse = " ".join(WORDS[:60])
    song = [{"id": 1, "text": f"{verse} {verse} {verse}"}, {"id": 2, "text": f"{verse} {verse}"}]
    _, rejected = marked(song, index(threshold=1))
    assert rejected.evidence == {"duplicate_of": 1, "similarity": 1.0}


def test_the_worthiest_of_a_cluster_is_kept() -> None:
    text = " ".join(WORDS[:60])
    records = [{"id": "a", "text": text, "stars": 1}, {"id": "b", "text": text + " more", "stars": 3},
               {"id": "c", "text": text, "stars": 3}, {"id": "d", "text": "other", "stars": 0}]  # fmt: skip
    outcomes = clustered(records, index(), lambda record: record["stars"])
    assert [row["id"] for row in outcomes if not isinstance(row, Rejected)] == ["b", "d"]
    assert [row.evidence["duplicate_of"] for row in outcomes if isinstance(row, Rejected)] == ["b", "b"]


def test_a_threshold_of_one_and_empty_texts() -> None:
    records = [{"id": n, "text": text} for n, text in enumerate(["a b c", "a b c", "", "", "?", "a b d", "?  "])]
    kept = [row["id"] for row in marked(records, index(threshold=1.0)) if not isinstance(row, Rejected)]
    assert kept == [0, 2, 4, 5]


def test_exact_mode_keeps_what_differs_at_its_level() -> None:
    texts = ["A  b", "a b", "A  b", "A b", r"\dfrac12", r"\frac12", "3 + 5", "7 + 2"]
    kept = {
        level: [
            row["text"]
            for row in marked(
                [{"id": n, "text": text} for n, text in enumerate(texts)], index(exact=True, normalize=level)
            )
            if not isinstance(row, Rejected)
        ]
        for level in ("exact", "ws", "latex", "latex+num")
    }
    assert kept["exact"] == ["A  b", "a b", "A b", r"\dfrac12", r"\frac12", "3 + 5", "7 + 2"]
    assert kept["ws"] == ["A  b", "a b", r"\dfrac12", r"\frac12", "3 + 5", "7 + 2"]
    assert kept["latex"] == ["A  b", r"\dfrac12", "3 + 5", "7 + 2"]
    assert kept["latex+num"] == ["A  b", r"\dfrac12", "3 + 5"]
