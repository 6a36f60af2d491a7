"""The items whose longest common subsequence with a text may be long enough, by bounds that lose none.

A common subsequence is no longer than the bag of words that two texts share. Of two bags that share `need` of the
smaller one's `size` words, any choice of size - need + depth words holds at least `depth` shared ones; the rarest
words are chosen, which few items have. This is the prefix filter of similarity joins (Chaudhuri, Ganti and Kaushik
2006; Bayardo, Ma and Srikant 2007) with deeper prefixes (Wang, Li and Feng 2012). A word that is there twice counts as
two: its first and its second occurrence. Words are told apart by hashes; two words of one hash would raise a bound.
"""

from fractions import Fraction

import numpy as np

from mathkit.grams import Places, Tokens

_DEPTH = 4  # a quarter of the words that must be shared are asked for: few candidates, and short lists
_CELLS = 1 << 18  # counts held at a time


class SimilarItems:
    """The bags of the items' words, the items in the order of their sizes; about 14 bytes a word."""

    def __init__(self, items: Tokens, share: Fraction) -> None:
        self._share = share
        sizes = np.diff(items.bounds)
        self._order = np.argsort(sizes, kind="stable")
        self._sizes = sizes[self._order]
        places = np.empty(len(sizes), np.int64)
        places[self._order] = np.arange(len(sizes))
        self._words, classes = np.unique(items.hashes, return_inverse=True)
        owners, words, nth = _bags(places[items.owners], classes, len(self._words))
        self._most = np.zeros(len(self._words), np.int64)  # times that a word is in one item, at most
        np.maximum.at(self._most, words, nth + 1)
        self._first = np.cumsum(self._most) - self._most
        features = self._first[words] + nth
        frequency = np.bincount(features, minlength=int(self._most.sum()))
        self._ranks = np.empty(len(frequency), np.int64)  # of the features, from the rarest
        self._ranks[np.argsort(frequency, kind="stable")] = np.arange(len(frequency))

        owners, ranks = self._sorted(owners, self._ranks[features])
        need = least_common(self._sizes, share)
        self._depth = _depth(need)
        starts = np.cumsum(self._sizes) - self._sizes
        chosen = np.arange(len(owners)) - starts[owners] < (self._sizes - need + self._depth)[owners]
        self._all = _Lists(ranks, owners, len(sizes))
        self._rarest = _Lists(ranks[chosen], owners[chosen], len(sizes))

    def pairs(self, texts: Tokens, numbers: Places, smallest: Places) -> tuple[Places, Places]:
        """Return the pairs of texts and items that may share enough words, ordered by text.

        Of the texts those of these numbers are asked for, and for each the items of at least `smallest` words.
        """
        step = max(1, _CELLS // len(self._sizes))
        parts = [slice(start, start + step) for start in range(0, len(numbers), step)]
        found = [self._pairs(texts, numbers[part], smallest[part]) for part in parts]
        nothing = np.empty(0, np.int64)
        return np.concatenate([nothing, *(some for some, _ in found)]), np.concatenate(
            [nothing, *(some for _, some in found)]
        )

    def _pairs(self, texts: Tokens, numbers: Places, smallest: Places) -> tuple[Places, Places]:
        sizes = np.diff(texts.bounds)[numbers]
        need = least_common(sizes, self._share)
        depth = _depth(need)
        owners, ranks = self._features(texts, numbers, sizes)
        known = np.bincount(owners, minlength=len(numbers))  # the others are the rarest of all, and not shared
        nth = np.arange(len(owners)) - (np.cumsum(known) - known)[owners]
        chosen = nth < (known - need + depth)[owners]

        first = np.searchsorted(self._sizes, smallest)[:, None]
        larger = np.maximum(first, np.searchsorted(self._sizes, sizes)[:, None])  # from here on items are no smaller
        of_text = self._all.cells(owners[chosen], ranks[chosen], larger, np.full_like(larger, len(self._sizes)))
        of_item = self._rarest.cells(owners, ranks, first, larger)
        cells = len(numbers), len(self._sizes)
        counts = np.bincount(np.concatenate([of_text, of_item]), minlength=cells[0] * cells[1]).reshape(cells)
        enough = counts >= np.where(np.arange(cells[1]) < larger, self._depth, depth[:, None])
        rows, places = np.nonzero(enough)
        return numbers[rows], self._order[places]

    def _features(self, texts: Tokens, numbers: Places, sizes: Places) -> tuple[Places, Places]:
        """Return the features of texts that some item has, from the rarest, and which text each is of."""
        shift = np.repeat(texts.bounds[numbers] - (np.cumsum(sizes) - sizes), sizes)
        hashes = texts.hashes[np.arange(len(shift)) + shift]
        classes = np.minimum(np.searchsorted(self._words, hashes), len(self._words) - 1)
        known = self._words[classes] == hashes
        owners, words, nth = _bags(np.repeat(np.arange(len(numbers)), sizes)[known], classes[known], len(self._words))
        known = nth < self._most[words]
        return self._sorted(owners[known], self._ranks[self._first[words[known]] + nth[known]])

    def _sorted(self, owners: Places, ranks: Places) -> tuple[Places, Places]:
        keys = np.sort(owners * len(self._ranks) + ranks)
        return keys // len(self._ranks), keys % len(self._ranks)


class _Lists:
    """The items that have each feature, in the order of the items."""

    def __init__(self, features: Places, items: Places, count: int) -> None:
        self._count = count
        self._keys = np.sort(features * count + items)

    def cells(self, owners: Places, features: Places, first: Places, end: Places) -> Places:
        """Return the cells of a table of owners and items, one for each feature of the owner that the item has.

        Of each owner the items from its `first` to before its `end` are asked for.
        """
        start = np.searchsorted(self._keys, features * self._count + first.ravel()[owners])
        counts = np.searchsorted(self._keys, features * self._count + end.ravel()[owners]) - start
        rows = np.arange(counts.sum()) + np.repeat(start - (np.cumsum(counts) - counts), counts)
        cells: Places = np.repeat((owners - features) * self._count, counts) + self._keys[rows]
        return cells


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
