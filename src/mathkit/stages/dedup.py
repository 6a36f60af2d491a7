"""Mark duplicates and near duplicates: MinHash with locality-sensitive hashing, every match verified.

Broder (1997); what is compared, and how it is found, is in `mathkit.likeness`. A text is the set of its 5-grams of
words and operators, so "3 + 5" and "7 - 2" differ. Clusters are connected components: a record is a duplicate if it
is alike to any member. A record that has left as the first of its kind stays, though a later one joins it to another.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mathkit.likeness.index import Index, Placed
from mathkit.likeness.sketch import Features
from mathkit.records import Batches, Held, Outcome, Record, Rejected, loaded
from mathkit.spool import Spool

Text = Callable[[Record], str]
Worth = Callable[[Record], float]


def mark_duplicates(batches: Batches, text: Text, index: Index) -> Iterator[Outcome]:
    """Yield each record that is the first of its kind at once; reject the others, naming that first."""
    for record, placed, _ in _placed(batches, text, index):
        yield record if placed.kept == placed.number else _duplicate(record, placed, index)


def cluster_duplicates(batches: Batches, text: Text, index: Index, *, worth: Worth | None) -> Iterator[Outcome]:
    """Yield what becomes of the records once all are known (they wait on disk).

    Without `worth`, every record is kept and annotated with its cluster: the id of the cluster's first record,
    the cluster's size and the record's similarity to that first. With `worth`, the record of the highest worth
    of each cluster is kept, the earliest of those that tie; of a cluster that an earlier run knew, none.
    """
    spool = Spool()
    worths = array("d")
    for record, _, its_worth in _placed(batches, text, index, worth):
        spool.append(record)
        worths.append(its_worth)
    clusters = index.clusters()
    if worth:
        yield from _worthiest(spool, worths, clusters, index)
        return
    sizes = np.bincount(clusters)
    for number, record in enumerate(spool, index.known):
        first = int(clusters[number])
        similarity = round(index.similarity(number, first), 4)
        yield {
            **loaded(record),
            "dedup": {"cluster": index.id(first), "size": int(sizes[first]), "similarity": similarity},
        }


def _worthiest(
    records: Iterable[Held], worths: Sequence[float], clusters: NDArray[np.uint32], index: Index
) -> Iterator[Outcome]:
    """Yield of each cluster the record of the highest worth; reject the others."""
    best = np.full(len(clusters), -1)
    best[clusters[: index.known]] = clusters[: index.known]
    for number, worth in enumerate(worths, index.known):
        champion = best[clusters[number]]
        if champion < 0 or (champion >= index.known and worth > worths[champion - index.known]):
            best[clusters[number]] = number
    for number, record in enumerate(records, index.known):
        champion = int(best[clusters[number]])
        if champion == number:
            yield record
        else:
            yield _duplicate(record, Placed(number, champion, index.similarity(number, champion), None), index)


def _placed(
    batches: Batches, text: Text, index: Index, worth: Worth | None = None
) -> Iterator[tuple[Held, Placed, float]]:
    """Yield each record with its place among those before it, and its worth."""

    def read(record: Record) -> tuple[Any, str, float]:
        return record["id"], text(record), worth(record) if worth else 0.0

    def work(found: list[tuple[Any, str, float]]) -> tuple[Sequence[Any], Features, Sequence[float]]:
        ids, texts, worths = zip(*found, strict=True)
        return ids, index.features(texts), worths

    for records, (ids, features, worths) in batches.map(read, work):
        yield from zip(records, index.place(ids, features), worths, strict=True)


def _duplicate(record: Held, placed: Placed, index: Index) -> Rejected:
    evidence: dict[str, Any] = {"duplicate_of": index.id(placed.kept), "similarity": round(placed.similarity, 4)}
    if placed.via is not None:
        evidence["via"] = index.id(placed.via)
    return Rejected(record, "duplicate", evidence)
