"""Which earlier numbers share a key with new ones: sorted runs of 64-bit entries, merged as they grow.

An entry is a key in the high bits and a number in the low ones. Sorted runs take 8 bytes an entry and no slack, and
can be read where they lie on disk; a hash table would take twice as much, and twice that while it grows. A filter of
one hash in front of the runs spares most keys, which nobody shares, the search.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mathkit.grams import Hashes, Places
from mathkit.likeness.sketch import NUMBER_BITS

_LEVEL = 4  # a run is merged with the one before it that is less than this many times as long
_FREELY_MERGED = 1 << 22  # entries; beyond, a merge may take an eighth of all at most, for it is held twice
_FILTER_BITS = 16  # at least, for each entry
_SMALLEST_FILTER = 20  # log2 of the bits
_KEY_BITS = 64
_NUMBER = np.uint64(2**NUMBER_BITS - 1)


class Buckets:
    """Entries that can be found by their keys; 10 to 12 bytes each."""

    def __init__(self) -> None:
        self.runs: list[Hashes] = []
        self._count = 0
        self._filter_bits = _SMALLEST_FILTER
        self._filter = np.zeros(1 << self._filter_bits >> 3, np.uint8)

    def add(self, entries: Hashes) -> None:
        """Add entries, ascending."""
        if not len(entries):
            return
        self.runs.append(entries)
        self._count += len(entries)
        if self._count * _FILTER_BITS > 1 << self._filter_bits:
            self._filter_bits = (self._count * _FILTER_BITS).bit_length()
            self._filter = np.empty(0, np.uint8)  # not two of them at once
            self._filter = np.zeros(1 << self._filter_bits >> 3, np.uint8)
            for run in self.runs:
                self._note(run)
        else:
            self._note(entries)
        while len(self.runs) > 1 and self._may_merge(len(self.runs[-2]), len(self.runs[-1])):
            last = self.runs.pop()
            self.runs[-1] = np.sort(np.concatenate([self.runs[-1], last]), kind="stable")  # a merge

    def find(self, entries: Hashes) -> tuple[Places, Hashes]:
        """Return the pairs (place in `entries`, number) of all that have the key of one of the ascending entries."""
        places, bits = self._bits(entries)
        likely = np.flatnonzero(self._filter[places] & bits)
        found = list(self._find(entries[likely]))
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.uint64)
        return likely[np.concatenate([asked for asked, _ in found])], np.concatenate([numbers for _, numbers in found])

    def _find(self, entries: Hashes) -> Iterator[tuple[Places, Hashes]]:
        keys = entries & ~_NUMBER
        for run in self.runs:
            first = np.searchsorted(run, keys)
            hits = np.flatnonzero((run[np.minimum(first, len(run) - 1)] & ~_NUMBER) == keys)
            last = np.searchsorted(run, keys[hits] | _NUMBER, side="right")
            asked, places = each(first[hits], last - first[hits])
            yield hits[asked], run[places] & _NUMBER

    def _may_merge(self, earlier: int, last: int) -> bool:
        return earlier < _LEVEL * last and earlier + last <= max(_FREELY_MERGED, self._count // 8)

    def _note(self, entries: Hashes) -> None:
        for start in range(0, len(entries), 1 << 16):
            places, bits = self._bits(entries[start : start + (1 << 16)])
            first = np.flatnonzero(np.diff(places, prepend=-1))  # they ascend as the entries do
            self._filter[places[first]] |= np.bitwise_or.reduceat(bits, first)

    def _bits(self, entries: Hashes) -> tuple[Places, NDArray[np.uint8]]:
        """Return the place in the filter, and the bit there, of each entry: of the highest bits of its key."""
        slots = entries >> np.uint64(_KEY_BITS - self._filter_bits)
        return (slots >> np.uint64(3)).astype(np.int64), np.left_shift(1, slots & np.uint64(7)).astype(np.uint8)


def groups(entries: Hashes) -> tuple[Places, Places]:
    """Return for each of some ascending entries the place of the first one of its key, and how many are between.

    >>> first, rank = groups(np.array([1 << 28 | 3, 1 << 28 | 5, 2 << 28 | 7], np.uint64))
    >>> first.tolist(), rank.tolist()
    ([0, 0, 2], [0, 1, 0])
    """
    keys = entries & ~_NUMBER
    places = np.arange(len(keys))
    is_other = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=is_other[1:])
    first = np.maximum.accumulate(np.where(is_other, places, 0))
    return first, places - first


def each(first: Places, counts: Places) -> tuple[Places, Places]:
    """Return for each range [first, first + count) its number as often as it is long, and all that is in it.

    >>> [part.tolist() for part in each(np.array([5, 0, 7]), np.array([2, 0, 1]))]
    [[0, 0, 2], [5, 6, 7]]
    """
    asked = np.repeat(np.arange(len(counts)), counts)
    return asked, np.arange(len(asked)) + np.repeat(first - np.cumsum(counts) + counts, counts)
