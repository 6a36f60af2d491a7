"""Which records of a whole input stay: the best, or as many of each kind. All of them wait on disk."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson

from mathkit.records import Failed, Record, Rejected
from mathkit.spool import Spool

Judged = Record | Failed | Rejected  # what is no record passes


def best(records: Iterable[Judged], share: float, score: Callable[[Record], float], name: str) -> Iterator[Judged]:
    """Yield the share of the records with the highest scores, in order; reject the others."""
    spool, scores = Spool(), []
    for record in records:
        spool.append(record)
        scores.append(score(record) if isinstance(record, dict) else -math.inf)
    amount = round(share * sum(value > -math.inf for value in scores))
    taken = set(np.argsort(-np.array(scores), kind="stable")[:amount].tolist())
    for place, record in enumerate(spool):
        if place in taken or not isinstance(record, dict):
            yield record
        else:
            yield Rejected(record, f"not among the best by {name}", {"score": scores[place]})


def balanced(records: Iterable[Judged], bin: Callable[[Record], str], seed: int) -> Iterator[Judged]:
    """Yield no more records of any bin than the median bin has, in order; reject the others.

    Which ones of a full bin stay is decided by their ids and the seed alone.
    """
    spool = Spool()
    bins: defaultdict[str, list[tuple[bytes, int]]] = defaultdict(list)
    for place, record in enumerate(records):
        spool.append(record)
        if isinstance(record, dict):
            ticket = blake2b(orjson.dumps([seed, repr(record["id"])]), digest_size=8).digest()
            bins[bin(record)].append((ticket, place))
    limit = int(np.median([len(members) for members in bins.values()])) if bins else 0
    left = {place: name for name, members in bins.items() for _, place in sorted(members)[limit:]}
    for place, record in enumerate(spool):
        if place in left:
            yield Rejected(record, "its bin is full", {"bin": left[place], "limit": limit})
        else:
            yield record


def bin_of(value: Any) -> str:
    """Return the name of the bin of a value: a number is rounded.

    >>> bin_of(2.6), bin_of("Level 3"), bin_of(None)
    ('3', 'Level 3', 'None')
    """
    return str(round(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
