"""Mark records that leak a benchmark: a shared 13-gram, confirmed by the longest common subsequence.

Qwen2.5-Math (arXiv 2409.12122, section 4) after Qwen2 (arXiv 2407.10671, section 5.2.6): both conditions must
hold, the second against the shorter text. Two things are ours: a text shorter than the n-gram is contaminated
when it equals a benchmark item as a whole, operators included; and a document longer than twice the item is
compared within a window around the hit, for the subsequence of a long text reaches any share by chance.

Every word of the benchmarks becomes one character, so that n-grams are substrings, looked up exactly.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from mathkit.dialects import poses_problem, problem_or_text, solution_of
from mathkit.errors import MathkitError
from mathkit.records import Outcome, Record, Rejected
from mathkit.text import normalize, symbols, word_spans, words

_UNKNOWN = "\0"  # every word that no benchmark has
_LONGER = 2  # a document of more than this many times the item's words is compared in a window

UNITS: dict[str, Callable[[Record], str | None]] = {"problem": problem_or_text, "solution": solution_of}


@dataclass(frozen=True, slots=True)
class Item:
    """A problem or a solution of a benchmark."""

    benchmark: str
    id: Any
    unit: str
    word_string: str  # a character for each word


@dataclass(frozen=True, slots=True)
class Match:
    """An item that a text contaminates itself with, and how."""

    item: Item
    lcs: float  # longest common subsequence over the shorter of the two, in words
    hit: tuple[int, int] | None  # the first shared n-gram's run: first word and number of words


class Benchmarks:
    """The items that must not leak, indexed; about 200 bytes a word."""

    def __init__(self, *, ngram: int, lcs: float, either: bool) -> None:
        self._ngram = ngram
        self._share = Fraction(str(lcs))  # 0.6 is three fifths, so that 18 of 30 words count
        self._either = either
        self._letters: dict[str, str] = {}
        self._items: list[Item] = []
        self._places: dict[str, list[tuple[int, int]]] = {}  # n-gram -> (item, position)
        self._short: dict[tuple[str, str], Item] = {}
        self.sizes: dict[str, int] = {}

    def add(self, benchmark: str, record: Record, units: Iterable[str]) -> None:
        """Add a benchmark's record."""
        self.sizes[benchmark] = self.sizes.get(benchmark, 0) + 1
        for unit in units:
            text = UNITS[unit](record)
            if text is None:
                continue
            item = Item(benchmark, record["id"], unit, self._spell(text, learn=True))
            if len(item.word_string) < self._ngram:
                if key := _whole(text):
                    self._short.setdefault((unit, key), item)
                continue
            number = len(self._items)
            self._items.append(item)
            for position in range(len(item.word_string) - self._ngram + 1):
                gram = item.word_string[position : position + self._ngram]
                self._places.setdefault(gram, []).append((number, position))

    def match(self, text: str, unit: str, *, is_document: bool) -> Match | None:
        """Return the item that a text leaks most of, if it leaks any."""
        spelled = self._spell(text, learn=False)
        if len(spelled) < self._ngram:
            item = self._short.get((unit, _whole(text)))
            return Match(item, 1.0, None) if item else None
        hits = self._hits(spelled, unit)
        matches: list[tuple[Fraction, int, tuple[int, int] | None]] = []
        for number, diagonals in hits.items():
            item = self._items[number]
            ratio = self._ratio(spelled, item, diagonals, is_document=is_document)
            if self._either or ratio >= self._share:
                matches.append((ratio, -number, diagonals[0]))
        if self._either:
            matches += [(ratio, -number, None) for number, ratio in self._likes(spelled, unit, is_document=is_document)]
        if not matches:
            return None
        ratio, number, diagonal = max(matches, key=lambda match: match[:2])
        item = self._items[-number]
        return Match(item, float(ratio), diagonal and self._run(spelled, item, diagonal))

    def _hits(self, spelled: str, unit: str) -> dict[int, list[tuple[int, int]]]:
        """Return for each item that shares an n-gram the places of it: (position in the text, in the item)."""
        hits: dict[int, list[tuple[int, int]]] = {}
        start = 0
        for part in spelled.split(_UNKNOWN):  # no n-gram of a benchmark holds an unknown word
            for offset in range(len(part) - self._ngram + 1):
                for number, position in self._places.get(part[offset : offset + self._ngram], ()):
                    if self._items[number].unit == unit:
                        hits.setdefault(number, []).append((start + offset, position))
            start += len(part) + 1
        return hits

    def _ratio(self, spelled: str, item: Item, places: list[tuple[int, int]], *, is_document: bool) -> Fraction:
        """Return the longest common subsequence over the shorter text; in a document, around the hits."""
        size = len(item.word_string)
        shorter = min(size, len(spelled))
        if not is_document or len(spelled) <= _LONGER * size:
            return Fraction(LCSseq.similarity(spelled, item.word_string), shorter)
        starts = {max(0, here - there - size // 2) for here, there in places}
        windows = {spelled[start : start + _LONGER * size] for start in starts}
        return Fraction(max(LCSseq.similarity(window, item.word_string) for window in windows), shorter)

    def _likes(self, spelled: str, unit: str, *, is_document: bool) -> Iterator[tuple[int, Fraction]]:
        """Yield the items whose common subsequence is long enough, n-gram or not: every pair is computed."""
        if not self._items:
            return
        strings = [item.word_string for item in self._items]
        common = cdist([spelled], strings, scorer=LCSseq.similarity, dtype=np.int32)[0]
        shorter = np.minimum([len(string) for string in strings], len(spelled))
        enough = common * self._share.denominator >= shorter * self._share.numerator
        for number in np.flatnonzero(enough).tolist():
            item = self._items[number]
            if item.unit == unit and not (is_document and len(spelled) > _LONGER * len(item.word_string)):
                yield number, Fraction(int(common[number]), int(shorter[number]))

    def _run(self, spelled: str, item: Item, place: tuple[int, int]) -> tuple[int, int]:
        here, there = place
        length = self._ngram
        while spelled[here + length : here + length + 1] == item.word_string[there + length : there + length + 1] != "":
            length += 1
        return here, length

    def _spell(self, text: str, *, learn: bool) -> str:
        if learn:
            for word in words(text):
                if word not in self._letters:
                    self._letters[word] = _letter(len(self._letters))
        return "".join([self._letters.get(word, _UNKNOWN) for word in words(text)])


def mark_contaminated(
    records: Iterable[Record], benchmarks: Benchmarks, *, units: list[str], ngram: int
) -> Iterator[Outcome]:
    """Yield the records that leak no benchmark item; reject the others with the item and the evidence."""
    for record in records:
        best: tuple[Match, str, str] | None = None
        for unit in units:
            text = UNITS[unit](record)
            if text is None:
                continue
            is_document = unit == "problem" and not poses_problem(record)
            match = benchmarks.match(text, unit, is_document=is_document)
            if match and (best is None or match.lcs > best[0].lcs):
                best = match, unit, text
        yield _rejected(record, *best, ngram=ngram) if best else record


def _rejected(record: Record, match: Match, unit: str, text: str, *, ngram: int) -> Rejected:
    spans = word_spans(text)
    first, length = match.hit or (0, len(spans))
    assert first + length <= len(spans), f"word_spans and words differ on {text!r}"
    evidence = {
        "benchmark": match.item.benchmark,
        "benchmark_id": match.item.id,
        "unit": unit,
        "ngram": " ".join(words(text)[first : first + ngram]) if match.hit else None,
        "lcs": round(match.lcs, 4),
        "span": [spans[first][0], spans[first + length - 1][1]] if spans else [0, len(text)],
    }
    return Rejected(record, f"in {match.item.benchmark}", evidence)


def _whole(text: str) -> str:
    return " ".join(symbols(normalize(text, "latex")))


def _letter(number: int) -> str:
    """Return the character that stands for a word; the surrogates are left out, for they are no characters."""
    code = number + 1
    if code >= 0xD800:
        code += 0x800
    if code > 0x10FFFF:
        raise MathkitError("--against: the benchmarks have more than 1,111,000 different words; split them")
    return chr(code)
