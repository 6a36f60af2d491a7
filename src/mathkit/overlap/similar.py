"""The items whose longest common subsequence with a text may be long enough, by bounds that lose none.

A common subsequence is no longer than the bag of words that two texts share. Of two bags that share `need` of the
smaller one's `size` words, any choice of size - need + depth words holds at least `depth` shared ones; the rarest
words are chosen, which few items have. This is the prefix filter of similarity joins (Chaudhuri, Ganti and Kaushik
2006; Bayardo, Ma and Srikant 2007) with deeper prefixes (Wang, Li and Feng 2012). A word that is there twice counts as
two: its first and its second occurrence. Words are told apart by hashes; two words of one hash would raise a bound.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mathkit.grams import Places, Tokens

_DEPTH = 4  # a quarter of the words that must be shared are asked for: few candidates, and short lists
_CELLS = 1 << 21  # counts held at a time


class SimilarItems:
    """The bags of the items' words; about 8 bytes a word."""

    def __init__(self, items: Tokens, share: Fraction) -> None:
        self._share = share
        self._sizes = np.diff(items.bounds)
        self._words, classes = np.unique(items.hashes, return_inverse=True)
        owners, words, nth = _bags(items.owners, classes, len(self._words))
        self._most = np.zeros(len(self._words), np.int64)  # times that a word is in one item, at most
        np.maximum.at(self._most, words, nth + 1)
        self._first = np.cumsum(self._most) - self._most
        features = self._first[words] + nth
        frequency = np.bincount(features, minlength=int(self._most.sum()))
        self._ranks = np.empty(len(frequency), np.int64)  # from the rarest
        self._ranks[np.argsort(frequency, kind="stable")] = np.arange(len(frequency))

        ranks = self._ranks[features]
        order = np.argsort(owners * len(self._ranks) + ranks)
        owners, ranks = owners[order], ranks[order]
        need = least_common(self._sizes, share)
        self._depth = _depth(need)
        chosen = np.arange(len(owners)) - items.bounds[owners] < (self._sizes - need + self._depth)[owners]
        self._all = _Lists(ranks, owners, len(self._ranks))
        self._rarest = _Lists(ranks[chosen], owners[chosen], len(self._ranks))

    def pairs(self, texts: Tokens, candidates: Places) -> tuple[Places, Places]:
        """Return all pairs of these texts and items that may share enough words, ordered by text and item."""
        step = max(1, _CELLS // max(1, len(self._sizes)))
        found = [self._pairs(texts, candidates[start : start + step]) for start in range(0, len(candidates), step)] or [
            (np.empty(0, np.int64), np.empty(0, np.int64))
        ]
        return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])

    def _pairs(self, texts: Tokens, numbers: Places) -> tuple[Places, Places]:
        sizes = np.diff(texts.bounds)[numbers]
        starts = np.cumsum(sizes) - sizes
        hashes = texts.hashes[np.arange(sizes.sum()) + np.repeat(texts.bounds[numbers] - starts, sizes)]
        classes = np.minimum(np.searchsorted(self._words, hashes), len(self._words) - 1)
        known = self._words[classes] == hashes
        owners, words, nth = _bags(np.repeat(np.arange(len(numbers)), sizes)[known], classes[known], len(self._words))
        known = nth < self._most[words]
        owners, ranks = owners[known], self._ranks[self._first[words[known]] + nth[known]]
        order = np.argsort(owners * len(self._ranks) + ranks)
        owners, ranks = owners[order], ranks[order]

        counts = np.bincount(owners, minlength=len(numbers))
        need = least_common(sizes, self._share)
        depth = _depth(need)
        unknown = sizes - counts  # the rarest of all, and shared with none
        chosen = (
            np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners] < (sizes - need + depth - unknown)[owners]
        )
        text_is_shorter = sizes[:, None] <= self._sizes
        cells = len(numbers), len(self._sizes)
        of_text = self._all.count(owners[chosen], ranks[chosen], cells) >= depth[:, None]
        of_item = self._rarest.count(owners, ranks, cells) >= self._depth
        rows, items = np.nonzero(np.where(text_is_shorter, of_text, of_item))
        return numbers[rows], items


class _Lists:
    """The items that have each feature."""

    def __init__(self, features: Places, items: Places, count: int) -> None:
        self._items = items[np.argsort(features, kind="stable")].astype(np.int32)
        self._ends = np.cumsum(np.bincount(features, minlength=count))

    def count(self, owners: Places, features: Places, cells: tuple[int, int]) -> NDArray[np.int64]:
        """Return how many of the features of each owner each item has, as a table of owners and items."""
        ends = self._ends[features]
        counts = ends - np.where(features, self._ends[features - 1], 0)
        rows = np.arange(counts.sum()) + np.repeat(ends - np.cumsum(counts), counts)
        found = np.repeat(owners * cells[1], counts) + self._items[rows]
        return np.bincount(found, minlength=cells[0] * cells[1]).reshape(cells)


def least_common(sizes: Places, share: Fraction) -> Places:
    """Return how many words are at least a share of each size, exactly.

    >>> least_common(np.array([10, 30, 31]), Fraction("0.6")).tolist()
    [6, 18, 19]
    """
    distinct, which = np.unique(sizes, return_inverse=True)
    least = [-(-size * share.numerator // share.denominator) for size in distinct.tolist()]
    return np.array(least, np.int64)[which]


def _depth(need: Places) -> Places:
    return np.minimum(need, 1 + need // _DEPTH)


def _bags(owners: Places, words: Places, count: int) -> tuple[Places, Places, Places]:
    """Return the words of each owner in order, and of each whether it is the first (0), second, ... of its kind."""
    keys = np.sort(owners * count + words)
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    nth = np.arange(len(keys)) - np.repeat(starts, np.diff(starts, append=len(keys)))
    return keys // max(1, count), keys % max(1, count), nth
