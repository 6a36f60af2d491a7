"""The items that share an n-gram with a text.

The hashes of all n-grams of a batch are looked up in a table of bits, which few pass that no item has; those in the
sorted hashes of the items; and what is found there is compared word by word, so that no hash decides anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mathkit.grams import Hashes, Places, Tokens
from mathkit.overlap.spelling import Spellings, letters_of, word_numbers

_BITS = 16  # of the table for each n-gram, at least: of the n-grams that no item has, one in 16 or fewer pass
_PLACES = 1 << 19  # compared at a time


@dataclass(frozen=True, slots=True)
class Shared:
    """N-grams that are in a text and in an item: the numbers of both, and the words where it begins in both.

    Ordered by the text, the word in the text, the item and the word in the item.
    """

    texts: Places
    items: Places
    here: Places
    there: Places


class NgramIndex:
    """The n-grams of the items; 14 to 16 bytes for each, and 4 for each word."""

    def __init__(self, strings: Sequence[str], word_hashes: Hashes, length: int) -> None:
        self._length = length
        self._letters, self._starts = letters_of(strings)
        grams = Tokens(word_hashes[word_numbers(self._letters)], self._starts).ngrams(length)
        assert len(grams.hashes) < 2**32, "more n-grams than a place has bits for"
        within = np.arange(len(grams.hashes)) - np.repeat(grams.bounds[:-1], np.diff(grams.bounds))
        places = (np.repeat(self._starts[:-1], np.diff(grams.bounds)) + within).astype(np.uint32)
        order = np.argsort(grams.hashes, kind="stable")
        self._hashes, self._places = grams.hashes[order], places[order]
        size = 1 << max(10, (len(order) * _BITS - 1).bit_length())  # bits, a power of two
        self._mask = np.uint64(size - 1)
        self._bits = np.zeros(size >> 3, np.uint8)
        slots = self._hashes & self._mask
        np.bitwise_or.at(self._bits, slots >> np.uint64(3), _bit(slots))

    def shared(self, tokens: Tokens, spellings: Spellings) -> Iterator[Shared]:
        """Yield the shared n-grams of a batch; those of one text come together."""
        grams = tokens.ngrams(self._length)
        found, first, counts = self._look_up(grams.hashes)
        if not len(found):
            return
        texts = np.searchsorted(grams.bounds, found, "right") - 1
        here = found - grams.bounds[texts]
        ends = np.flatnonzero(np.diff(texts, append=-1)) + 1  # one after the last of each text
        done = np.cumsum(counts)[ends - 1]
        start, before = 0, 0
        for end, following, total in zip(ends.tolist(), [*done[1:].tolist(), np.inf], done.tolist(), strict=True):
            if following - before > _PLACES:
                part = slice(start, end)
                yield self._compared(texts[part], here[part], first[part], counts[part], spellings)
                start, before = end, total

    def _look_up(self, hashes: Hashes) -> tuple[Places, Places, Places]:
        """Return which hashes an item has, the first of its rows in the index, and how many these are."""
        slots = hashes & self._mask
        passed = np.flatnonzero(self._bits[slots >> np.uint64(3)] & _bit(slots))
        passing = hashes[passed]
        first = np.searchsorted(self._hashes, passing)
        held = first < len(self._hashes)
        held[held] = self._hashes[first[held]] == passing[held]
        passed, first = passed[held], first[held]
        return passed, first, np.searchsorted(self._hashes, hashes[passed], "right") - first

    def _compared(self, texts: Places, here: Places, first: Places, counts: Places, spellings: Spellings) -> Shared:
        """Return the places of the items where the words are those of the texts, not their hashes alone."""
        numbers, which = np.unique(texts, return_inverse=True)
        letters, starts = letters_of(spellings.of(numbers.tolist()))
        rows = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
        there = self._places[rows].astype(np.int64)
        at = np.repeat(starts[which] + here, counts)
        same = np.ones(len(there), bool)
        for offset in range(self._length):
            same &= letters[at + offset] == self._letters[there + offset]
        there = there[same]
        items = np.searchsorted(self._starts, there, "right") - 1
        return Shared(np.repeat(texts, counts)[same], items, np.repeat(here, counts)[same], there - self._starts[items])


def _bit(slots: Hashes) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    return np.left_shift(np.uint8(1), (slots & np.uint64(7)).astype(np.uint8))
