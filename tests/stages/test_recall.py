"""The method of recall on records in memory: thresholds, domains and rounds, with a made-up classifier."""

from collections.abc import Iterable, Sequence

import pytest

from mathkit.records import Outcome, Record, Rejected
from mathkit.stages.recall import Round, Score, Widening, mark_mathematical, recall_in_rounds
from tests.listed import Listed


def text(record: Record) -> str:
    return record["text"]


def number_in(texts: Sequence[str]) -> list[float]:
    return [int(value) / 10 for value in texts]


class Nothing:
    """A journal that remembers nothing."""

    def load(self, number: int) -> None:
        return None

    def save(self, finished: Round) -> None:
        return None


class Memory(Nothing):
    """A journal that remembers everything."""

    def __init__(self) -> None:
        self.rounds: dict[int, Round] = {}

    def load(self, number: int) -> Round | None:
        return self.rounds.get(number)

    def save(self, finished: Round) -> None:
        self.rounds[finished.number] = finished


class WordLearner:
    """Knows a text as mathematical that shares a word with a text it learnt."""

    def __init__(self, *seeds: str) -> None:
        self.seeds = seeds
        self.learnt: list[list[str]] = []
        self.others: list[list[str]] = []

    def __call__(self, number: int, judged: Iterable[tuple[str, bool]]) -> tuple[Score, float]:
        told = list(judged)
        self.learnt.append([line for line, is_math in told if is_math])
        self.others.append([line for line, is_math in told if not is_math])
        known = {word for line in [*self.seeds, *self.learnt[-1]] for word in line.split()}
        return lambda texts: [float(bool(known & set(line.split()))) for line in texts], 0.5


def run(
    pool: list[Record],
    learn: WordLearner,
    *,
    top: str | None = None,
    widening: Widening | None = None,
    rounds: int = 1,
    journal: Nothing | None = None,
) -> tuple[list[Outcome], list[Round]]:
    seen: list[Round] = []
    outcomes = recall_in_rounds(
        Listed(pool), text, learn, top, widening, rounds=rounds, journal=journal or Nothing(), on_round=seen.append
    )
    return list(outcomes), seen


def kept(outcomes: list[Outcome]) -> dict[str, tuple[int, str]]:
    rows = [row for row in outcomes if isinstance(row, dict)]
    return {row["id"]: (row["recall"]["round"], row["recall"]["via"]) for row in rows}


def page(name: str, content: str, url: str | None = None) -> Record:
    return {"id": name, "text": content} | ({"url": url} if url else {})


def test_the_threshold_is_reached_from_below_and_the_best_are_kept_in_order() -> None:
    records = [{"id": number, "text": str(number)} for number in (3, 1, 5, 4, 5)]
    found = mark_mathematical(Listed(records), text, number_in, threshold=0.4)
    assert [row["recall"]["score"] for row in found if not isinstance(row, Rejected)] == [0.5, 0.4, 0.5]

    def learn(number: int, judged: Iterable[tuple[str, bool]]) -> tuple[Score, float]:
        return number_in, 0.5

    for top, ids in {"2": [5, 5], "40%": [5, 5], "3": [5, 4, 5], "0": [], "99": [3, 1, 5, 4, 5], "1": [5]}.items():
        best = recall_in_rounds(
            Listed(records), text, learn, top, None, rounds=1, journal=Nothing(), on_round=lambda found: None
        )
        assert [row["id"] for row in best if not isinstance(row, Rejected)] == ids


@pytest.mark.parametrize("jobs", [1, 3])
def test_records_are_scored_in_batches_and_leave_in_order(jobs: int) -> None:
    records = [{"id": number, "text": str(number % 10)} for number in range(1000)]
    found = list(mark_mathematical(Listed(records, 150, jobs), text, number_in, threshold=0))
    assert [(row["id"], row["recall"]["score"]) for row in found] == [(n, n % 10 / 10) for n in range(1000)]


def test_each_round_learns_from_what_the_one_before_found() -> None:
    pool = [page("a", "cake butter"), page("b", "group ring"), page("c", "ring field"), page("d", "field galois")]
    learn = WordLearner("group")
    outcomes, rounds = run(pool, learn, rounds=5)
    assert kept(outcomes) == {"b": (1, "text"), "c": (2, "text"), "d": (3, "text")}
    assert learn.learnt == [[], ["group ring"], ["group ring", "ring field"], [line["text"] for line in pool[1:]]]
    assert learn.others == [[], ["cake butter"], ["cake butter", "field galois"], ["cake butter"]]
    assert [found.collected for found in rounds] == [1, 2, 3, 3]
    assert [found.overlap for found in rounds] == [None, 0.5, round(2 / 3, 6), 1.0]  # ends where nothing is new


def test_a_page_that_a_later_round_does_not_find_is_lost_again() -> None:
    class Changing(WordLearner):
        def __call__(self, number: int, judged: Iterable[tuple[str, bool]]) -> tuple[Score, float]:
            return lambda texts: [float((number == 1) == (line == "doubtful")) for line in texts], 0.5

    outcomes, _ = run([page("a", "doubtful"), page("b", "good")], Changing(), rounds=2)
    assert kept(outcomes) == {"b": (2, "text")}
    assert [row.reason for row in outcomes if isinstance(row, Rejected)] == ["below the threshold"]


def mixed_site() -> list[Record]:
    """A site with a section of mathematics and one of recipes, of which the text tells a part."""
    pages = [page(f"m{n}", "ring" if n < 2 else "hint", f"https://www.mixed.org/math/{n}") for n in range(8)]
    pages += [page(f"c{n}", "cake", f"https://mixed.org/cooking/{n}") for n in range(8)]
    pages += [page(f"x{n}", "hint", f"https://other.org/math/{n}") for n in range(8)]
    return [*pages, page("n", "hint"), page("t", "hint", "https://tiny.org/math/1"), page("r", "ring", "urn:x")]


def test_a_domain_widens_by_the_sections_of_which_enough_was_found() -> None:
    outcomes, [found] = run(mixed_site(), WordLearner("ring"), widening=Widening(0.1, 5))
    expected = {"m0": (1, "text"), "m1": (1, "text"), "r": (1, "text")} | {f"m{n}": (1, "domain") for n in range(2, 8)}
    assert kept(outcomes) == expected
    assert found.sites == [
        {
            "domain": "mixed.org", "pages": 16, "recalled": 2, "share": 0.125,
            "sections": [
                {"prefix": "/cooking/", "pages": 8, "recalled": 0, "share": 0.0, "counts": False},
                {"prefix": "/math/", "pages": 8, "recalled": 2, "share": 0.25, "counts": True},
            ],
        }
    ]  # fmt: skip


def test_a_domain_counts_by_more_than_the_share_of_enough_pages() -> None:
    assert len(kept(run(mixed_site(), WordLearner("ring"), widening=Widening(0.125, 5))[0])) == 3
    assert len(kept(run(mixed_site(), WordLearner("ring"), widening=Widening(0.1, 17))[0])) == 3


def test_pages_of_a_domain_are_learnt_from_in_the_next_round() -> None:
    outcomes, rounds = run(mixed_site(), WordLearner("ring"), widening=Widening(0.1, 5), rounds=2)
    assert kept(outcomes)["x3"] == (2, "text")  # "hint" was learnt on mixed.org
    assert kept(outcomes)["m7"] == (1, "domain")
    assert not any(name.startswith("c") for name in kept(outcomes))
    assert [found.as_json()["domain"] for found in rounds] == [6, 0]


def test_finished_rounds_are_not_done_again() -> None:
    memory = Memory()
    whole, _ = run(mixed_site(), WordLearner("ring"), widening=Widening(0.1, 5), rounds=3, journal=memory)
    for finished in (1, 2):
        again = Memory()
        again.rounds = {number: memory.rounds[number] for number in range(1, finished + 1)}
        learn = WordLearner("ring")
        outcomes, _ = run(mixed_site(), learn, widening=Widening(0.1, 5), rounds=3, journal=again)
        assert outcomes == whole
        assert len(learn.learnt) == len(memory.rounds) - finished
