"""Recall mathematical documents by the probabilities of a classifier, and by the sites that they are found on.

The loop is that of DeepSeekMath (arXiv 2402.03300, 2.1), which Qwen2.5-Math's recall is an instance of: train, judge
the whole pool, add what was found and the pages of mathematical sites to the positives, train again. A person's choice
of paths is replaced by a count: of a domain that counts, those sections widen of which enough was found
(`mathkit.sites`). Each round judges the pool anew, so that a page that was found by mistake can be lost again.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mathkit.records import Batches, Held, Outcome, Record, Rejected, loaded
from mathkit.sites import Address, Site, address_of, sites_of
from mathkit.spool import Spool

Text = Callable[[Record], str]
Score = Callable[[Sequence[str]], Sequence[float]]

ENOUGH_OVERLAP = 0.98  # of a round's collection with that of the round before

_TEXT, _DOMAIN = 1, 2  # how a page was found; 0: not at all
_BELOW, _NOT_TOP = "below the threshold", "not among the top"
_VIA = {_TEXT: "text", _DOMAIN: "domain"}


@dataclass(frozen=True, slots=True)
class Widening:
    """When a domain, and a section of one, counts as mathematical: more than `share` of at least `least` pages."""

    share: float
    least: int


def _chosen(scores: "array[float]", threshold: float, top: str | None) -> bytearray:
    """Return how each score is chosen (0 or _TEXT): from the threshold on, or the `top` highest of them (N, or F%).

    Of equal scores the earlier one is chosen.
    """
    values = np.frombuffer(scores, np.float64)
    if top is None:
        return bytearray((values >= threshold).astype(np.uint8).tobytes())
    amount = round(len(values) * float(top[:-1]) / 100) if top.endswith("%") else int(top)
    ways = np.zeros(len(values), np.uint8)
    ways[np.argsort(-values, kind="stable")[:amount]] = _TEXT
    return bytearray(ways.tobytes())


@dataclass
class Round:
    """What one round found in the pool: a score and how it was found (0, _TEXT, _DOMAIN) for each record."""

    number: int
    threshold: float
    scores: "array[float]" = field(default_factory=lambda: array("d"))
    ways: bytearray = field(default_factory=bytearray)
    sites: list[dict[str, Any]] = field(default_factory=list)
    overlap: float | None = None  # the share of its collection that the round before had, too

    @property
    def collected(self) -> int:
        """How many pages were found."""
        return len(self.ways) - self.ways.count(0)

    def as_json(self) -> dict[str, Any]:
        """Return the round for a report."""
        return {
            "round": self.number, "threshold": self.threshold, "collected": self.collected,
            "text": self.ways.count(_TEXT), "domain": self.ways.count(_DOMAIN), "overlap": self.overlap,
            "domains": self.sites,
        }  # fmt: skip


class Pool(Batches, Protocol):
    """Records that can be read again."""

    def __iter__(self) -> Iterator[Held]:
        """Yield the records."""


class Journal(Protocol):
    """Remembers finished rounds."""

    def load(self, number: int) -> Round | None:
        """Return a round that was finished before."""

    def save(self, finished: Round) -> None:
        """Keep a finished round."""


class Learn(Protocol):
    """Trains for a round, given texts of the pool and whether the round before found them."""

    def __call__(self, number: int, judged: Iterable[tuple[str, bool]]) -> tuple[Score, float]:
        """Return what scores texts, and the threshold."""


def mark_mathematical(batches: Batches, text: Text, score: Score, *, threshold: float) -> Iterator[Outcome]:
    """Yield the records whose score reaches the threshold, with `recall`; reject the others."""
    for record, value in scored(batches, text, score):
        yield _judged(record, value, _TEXT if value >= threshold else 0, 1, _BELOW)


def one_round(threshold: float, collected: int) -> dict[str, Any]:
    """Return what a report tells of documents that were judged once, each by itself."""
    return {
        "round": 1, "threshold": threshold, "collected": collected, "text": collected, "domain": 0,
        "overlap": None, "domains": [],
    }  # fmt: skip


def scored(batches: Batches, text: Text, score: Score) -> Iterator[tuple[Held, float]]:
    """Yield each record with its score, in order."""
    for records, values in batches.map(text, score):
        yield from zip(records, values, strict=True)


def collect(pool: Pool, text: Text, score: Score, found: Round, top: str | None, widening: Widening | None) -> None:
    """Find what a round finds in a pool, which is read once: by the texts, and by the sites of what they found.

    Memory holds nine bytes a record, and a count for each domain and for each folder of those that count.
    """
    addresses = Spool()

    def read(record: Record) -> tuple[str, Address | None]:
        return text(record), address_of(record) if widening else None

    def work(pages: list[tuple[str, Address | None]]) -> tuple[Sequence[float], list[Address | None]]:
        return score([content for content, _ in pages]), [address for _, address in pages]

    for _, (scores, places) in pool.map(read, work):
        found.scores.extend(scores)
        if widening:
            for address in places:
                addresses.append(address)
    found.ways = _chosen(found.scores, found.threshold, top)
    if widening:
        sites = sites_of(_Pages(addresses, found.ways), share=widening.share, least=widening.least)
        for place, address in enumerate(addresses):
            if not found.ways[place] and address and address[0] in sites and sites[address[0]].holds(address[1]):
                found.ways[place] = _DOMAIN
        ranked: list[Site] = sorted(sites.values(), key=lambda site: (-site.count.found, site.domain))
        found.sites = [site.as_json() for site in ranked]


@dataclass(frozen=True, slots=True)
class _Pages:
    """Where each page of a pool is, and whether its text was found; can be read again."""

    addresses: Spool
    ways: bytearray

    def __iter__(self) -> Iterator[tuple[Address | None, bool]]:
        return ((address, way == _TEXT) for address, way in zip(self.addresses, self.ways, strict=True))


def recall_in_rounds(
    pool: Pool,
    text: Text,
    learn: Learn,
    top: str | None,
    widening: Widening | None,
    *,
    rounds: int,
    journal: Journal,
    on_round: Callable[[Round], None],
) -> Iterator[Outcome]:
    """Yield the records of a pool that the last round found, with `recall`; reject the others. Ends at `rounds`, or
    when a round finds next to nothing (2 %) that the round before did not.

    The pool is read three times a round. Memory holds twenty bytes a record beside what `collect` holds.
    """
    last: Round | None = None
    first, via = bytearray(), bytearray()  # of each record: the round that found it first, and how
    for number in range(1, rounds + 1):
        current = journal.load(number)
        if current is None:
            score, threshold = learn(number, _judged_texts(pool, text, last))
            current = Round(number, threshold)
            collect(pool, text, score, current, top, widening)
            current.overlap = _overlap(current, last)
            journal.save(current)
        on_round(current)
        if last is None:
            first, via = bytearray(len(current.ways)), bytearray(len(current.ways))
        for place, way in enumerate(current.ways):
            if way and not first[place]:
                first[place], via[place] = number, way
        last = current
        if current.overlap is not None and current.overlap >= ENOUGH_OVERLAP:
            break
    assert last
    for place, record in enumerate(pool):
        way = via[place] if last.ways[place] else 0
        yield _judged(record, last.scores[place], way, first[place], _NOT_TOP if top else _BELOW)


def _judged_texts(pool: Pool, text: Text, last: Round | None) -> Iterator[tuple[str, bool]]:
    """Yield what the last round was sure of: what it found, by text or domain, and as much of what is something else.

    Mistakes would teach mistakes; and without the latter the positives would grow and the negatives not, and everything
    new would soon look mathematical. Sure is a score half the way from the least that was chosen to 1, or to 0.
    """
    if last is None or not last.collected:
        return
    ways, scores = np.frombuffer(last.ways, np.uint8), np.frombuffer(last.scores, np.float64)
    least = min(last.threshold, scores[ways == _TEXT].min(initial=1.0))
    found = (ways == _DOMAIN) | ((ways == _TEXT) & (scores >= (1 + least) / 2))
    others = np.flatnonzero((ways == 0) & (scores < least / 2))
    amount = min(len(others), int(found.sum()))
    taken = np.zeros(len(ways), bool)
    taken[others[np.linspace(0, len(others) - 1, amount).astype(np.int64)]] = True  # evenly spread
    for record, is_found, is_taken in zip(pool, found.tolist(), taken.tolist(), strict=True):
        if is_found or is_taken:
            yield text(loaded(record)), is_found


def _overlap(current: Round, last: Round | None) -> float | None:
    if last is None:
        return None
    both = sum(1 for way, before in zip(current.ways, last.ways, strict=True) if way and before)
    return round(both / current.collected, 6) if current.collected else 1.0


def _judged(record: Held, score: float, way: int, number: int, reason: str) -> Outcome:
    if way:
        return {**loaded(record), "recall": {"score": score, "round": number, "via": _VIA[way]}}
    return Rejected(record, reason, {"score": score})
