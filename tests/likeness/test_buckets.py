import random

import numpy as np
import pytest

from mathkit.likeness import buckets
from mathkit.likeness.buckets import Buckets, groups


def entry(key: int, number: int) -> int:
    return (key * 7919 % 2**36) << 28 | number


@pytest.mark.parametrize("keys", [50, 5000, 10**9])
def test_what_shares_a_key_is_found_whatever_was_merged(keys: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "_FREELY_MERGED", 500)
    monkeypatch.setattr(buckets, "_SMALLEST_FILTER", 6)
    chance = random.Random(keys)
    found, known = Buckets(), []
    for batch in range(60):
        new = sorted(entry(chance.randrange(keys), batch * 100 + number) for number in range(chance.randint(0, 80)))
        places, numbers = found.find(np.array(new, np.uint64))
        pairs = sorted(zip(places.tolist(), numbers.tolist(), strict=True))
        assert pairs == sorted(
            (place, old & (2**28 - 1)) for place, one in enumerate(new) for old in known if old >> 28 == one >> 28
        )
        found.add(np.array(new, np.uint64))
        known += new
    assert sum(map(len, found.runs)) == len(known)
    assert len(found.runs) < 20


def test_entries_of_one_key_are_a_group() -> None:
    entries = sorted(entry(key, number) for number, key in enumerate([3, 1, 3, 2, 3, 1]))
    first, rank = groups(np.array(entries, np.uint64))
    assert [entries[place] >> 28 for place in first.tolist()] == [one >> 28 for one in entries]
    assert sorted(rank.tolist()) == [0, 0, 0, 1, 1, 2]
    assert [len(part) for part in groups(np.empty(0, np.uint64))] == [0, 0]
