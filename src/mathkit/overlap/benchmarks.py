"""The items that must not leak, and what a text leaks of them.

Qwen2.5-Math (arXiv 2409.12122, section 4) after Qwen2 (arXiv 2407.10671, section 5.2.6): a text leaks an item when
they share an n-gram and their longest common subsequence is a large share of the shorter one; here either condition
can do, too. Two things are ours: a text shorter than the n-gram leaks an item that it equals as a whole, operators
included; and a document longer than twice the item is compared within a window around the n-gram, for the subsequence
of a long text reaches any share by chance. At the level latex+num all numbers are alike, in everything above: whatever
is found at latex is found, and copies with other numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from mathkit.grams import Places, Tokens, tokenize
from mathkit.overlap.ngrams import NgramIndex, Shared
from mathkit.overlap.similar import SimilarItems, least_common
from mathkit.overlap.spelling import Alphabet, Spellings, letters_of, word_numbers
from mathkit.text import normalize, numbers_alike, plain, symbols

Flags = NDArray[np.bool_]

_LONGER = 2  # a document of more than this many times the item's words is compared in a window


@dataclass(frozen=True, slots=True)
class Item:
    """A problem or a solution of a benchmark; `number` is its record's, from 0."""

    benchmark: str
    number: int
    id: Any


@dataclass(frozen=True, slots=True)
class Leak:
    """What a text has of a benchmark: the item it has most of, how that was found, and all items found."""

    item: Item
    matched: str  # "ngram", "lcs" or "whole"
    lcs: float  # longest common subsequence over the shorter of the two, in words
    run: tuple[int, int] | None  # what the first shared n-gram is part of: its first word and number of words
    numbers: tuple[int, ...]  # of the benchmark's records that the text leaks


@dataclass(frozen=True, slots=True)
class _Match:
    """What a text shares with one item."""

    lcs: float
    hit: tuple[int, int] | None  # the word in the text and in the item where the first shared n-gram begins


_Matches = dict[int, _Match]  # by the place of the item in its shelf


class Benchmarks:
    """The items that must not leak, by their units (problem, solution), which are never compared with each other.

    About 30 bytes a word, 45 with `either`, and up to three times that while they are indexed.
    """

    def __init__(self, *, ngram: int, lcs: float, either: bool, level: str) -> None:
        self.ngram = ngram
        self.level = level  # of mathkit.text: latex or latex+num
        self.ids: dict[str, list[Any]] = {}  # of each benchmark's records
        self._share = Fraction(str(lcs))  # 0.6 is three fifths, so that 18 of 30 words count
        self._either = either
        self._alphabet = Alphabet()
        self._shelves: dict[str, _Shelf] = {}

    def add(self, benchmark: str, identifier: Any, units: dict[str, str]) -> None:
        """Add a record of a benchmark by its texts."""
        ids = self.ids.setdefault(benchmark, [])
        item = Item(benchmark, len(ids), identifier)
        ids.append(identifier)
        for unit, text in units.items():
            shelf = self._shelves.setdefault(unit, _Shelf(self.ngram, self._share, self.level, self._alphabet))
            shelf.add(item, text)

    def index(self) -> None:
        """Make ready for `leaks`, after the last `add`."""
        for shelf in self._shelves.values():
            shelf.index(either=self._either)

    def leaks(self, unit: str, texts: Sequence[str], documents: Sequence[bool]) -> list[list[Leak]]:
        """Return what each of a batch of texts leaks of each benchmark, the most first.

        `documents` says of each whether it is one: whether it may hold more than a problem.
        """
        shelf = self._shelves.get(unit)
        return shelf.leaks(texts, np.array(documents, bool)) if shelf and texts else [[] for _ in texts]


class _Shelf:
    """The items of one unit."""

    def __init__(self, ngram: int, share: Fraction, level: str, alphabet: Alphabet) -> None:
        self._ngram = ngram
        self._level = level
        self._share = share
        self._alphabet = alphabet
        self._items: list[Item] = []
        self._strings: list[str] = []
        self._short: dict[str, list[Item]] = {}  # items of fewer words than the n-gram

    def add(self, item: Item, text: str) -> None:
        spelled = self._alphabet.learn(self._plain(text))
        if len(spelled) >= self._ngram:
            self._items.append(item)
            self._strings.append(spelled)
        elif key := self._whole(text):
            self._short.setdefault(key, []).append(item)

    def index(self, *, either: bool) -> None:
        hashes = self._alphabet.hashes()
        self._either = either
        self._sizes = np.array([len(string) for string in self._strings], np.int64)
        self._ngrams = NgramIndex(self._strings, hashes, self._ngram)
        self._similar: SimilarItems | None = None
        if either and self._items:
            letters, starts = letters_of(self._strings)
            self._similar = SimilarItems(Tokens(hashes[word_numbers(letters)], starts), self._share)

    def leaks(self, texts: Sequence[str], documents: Flags) -> list[list[Leak]]:
        plain_texts = [self._plain(text) for text in texts]
        spellings = Spellings(self._alphabet, plain_texts)
        batch = _Batch(tokenize(plain_texts, operators=False), documents, spellings)
        found: list[list[Leak]] = [[] for _ in texts]
        for number in np.flatnonzero(batch.sizes < self._ngram).tolist() if self._short else ():
            found[number] = _whole_leaks(self._short.get(self._whole(texts[number]), ()))
        similar = self._similar_matches(batch)
        for shared in self._ngrams.shared(batch.tokens, batch.spellings):
            for number, matches in self._shared_matches(batch, shared).items():
                found[number] = self._leaks(similar.pop(number, {}) | matches, batch.spellings[number])
        for number, matches in similar.items():
            found[number] = self._leaks(matches, batch.spellings[number])
        return found

    def _plain(self, text: str) -> str:
        text = plain(text)
        return numbers_alike(text) if self._level == "latex+num" else text

    def _whole(self, text: str) -> str:
        return " ".join(symbols(normalize(text, self._level)))

    def _similar_matches(self, batch: "_Batch") -> dict[int, _Matches]:
        """Return for each text the items whose common subsequence is long enough, n-gram or not."""
        if self._similar is None:
            return {}
        numbers = np.flatnonzero(batch.sizes >= self._ngram)
        smallest = np.where(batch.documents, -(-batch.sizes // _LONGER), 0)  # that need no window
        texts, items = self._similar.pairs(batch.tokens, numbers, smallest[numbers])
        whole = ~self._needs_window(batch, texts, items)
        texts, items = texts[whole], items[whole]
        common = self._common([batch.spellings[text] for text in texts.tolist()], items)
        return self._enough(batch, texts, items, common, [None] * len(texts), either=False)

    def _shared_matches(self, batch: "_Batch", shared: Shared) -> dict[int, _Matches]:
        """Return for each text the items that share an n-gram with it, and enough words or `either`."""
        keys = shared.texts * len(self._items) + shared.items
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))  # of the n-grams of each pair
        ends = np.append(starts[1:], len(order))
        first = order[starts]
        texts, items = shared.texts[first], shared.items[first]

        windowed = self._needs_window(batch, texts, items)
        whole = np.flatnonzero(~windowed)
        common = np.empty(len(texts), np.int64)
        common[whole] = self._common([batch.spellings[text] for text in texts[whole].tolist()], items[whole])
        for pair in np.flatnonzero(windowed).tolist():
            hits = order[starts[pair] : ends[pair]]
            offsets = np.unique(shared.here[hits] - shared.there[hits])
            common[pair] = self._common_in_windows(batch.spellings[int(texts[pair])], int(items[pair]), offsets)
        begins = list(zip(shared.here[first].tolist(), shared.there[first].tolist(), strict=True))
        return self._enough(batch, texts, items, common, begins, either=self._either)

    def _needs_window(self, batch: "_Batch", texts: Places, items: Places) -> Flags:
        return batch.documents[texts] & (batch.sizes[texts] > _LONGER * self._sizes[items])

    def _common(self, strings: Sequence[str], items: Places) -> Places:
        """Return the length of the longest common subsequence of each string and each item, pair by pair."""
        others = [self._strings[item] for item in items.tolist()]
        found = [np.empty(0, np.int64)]
        for string, group in groupby(zip(strings, others, strict=True), itemgetter(0)):
            its_items = [item for _, item in group]
            found.append(cdist([string], its_items, scorer=LCSseq.similarity, dtype=np.int64)[0])
        return np.concatenate(found)

    def _common_in_windows(self, spelled: str, item: int, offsets: Places) -> int:
        """Return the most that a window of a text shares with an item, which would begin at one of the offsets."""
        string = self._strings[item]
        windows = [max(0, offset - len(string) // 2) for offset in offsets.tolist()]
        parts = [spelled[start : start + _LONGER * len(string)] for start in windows]
        return int(cdist([string], parts, scorer=LCSseq.similarity, dtype=np.int64).max())

    def _enough(
        self,
        batch: "_Batch",
        texts: Places,
        items: Places,
        common: Places,
        hits: Sequence[tuple[int, int] | None],
        *,
        either: bool,
    ) -> dict[int, _Matches]:
        """Return the matches of each text among pairs, where the common words suffice or need not."""
        shorter = np.minimum(batch.sizes[texts], self._sizes[items])
        enough = np.flatnonzero(either | (common >= least_common(shorter, self._share))).tolist()
        shares = (common / shorter).tolist()
        numbers, places = texts.tolist(), items.tolist()
        found: dict[int, _Matches] = {}
        for pair in enough:
            found.setdefault(numbers[pair], {})[places[pair]] = _Match(shares[pair], hits[pair])
        return found

    def _leaks(self, matches: _Matches, spelled: str) -> list[Leak]:
        ranked = sorted(matches, key=lambda place: (-matches[place].lcs, place))
        by_benchmark: dict[str, list[int]] = {}
        for place in ranked:
            by_benchmark.setdefault(self._items[place].benchmark, []).append(place)
        return [
            self._leak(places[0], matches[places[0]], spelled, tuple(self._items[place].number for place in places))
            for places in by_benchmark.values()
        ]

    def _leak(self, place: int, match: _Match, spelled: str, numbers: tuple[int, ...]) -> Leak:
        run = None
        if match.hit:
            here, there = match.hit
            string, length = self._strings[place], self._ngram
            while spelled[here + length : here + length + 1] == string[there + length : there + length + 1] != "":
                length += 1
            run = here, length
        return Leak(self._items[place], "ngram" if run else "lcs", match.lcs, run, numbers)


class _Batch:
    """Texts that are compared together."""

    def __init__(self, tokens: Tokens, documents: Flags, spellings: Spellings) -> None:
        self.tokens = tokens
        self.sizes = np.diff(tokens.bounds)
        self.documents = documents
        self.spellings = spellings


def _whole_leaks(items: Sequence[Item]) -> list[Leak]:
    by_benchmark: dict[str, list[Item]] = {}
    for item in items:
        by_benchmark.setdefault(item.benchmark, []).append(item)
    return [Leak(found[0], "whole", 1.0, None, tuple(item.number for item in found)) for found in by_benchmark.values()]
