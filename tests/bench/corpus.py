"""A corpus with planted duplicates, whose true similarities are known.

Words are made of English syllables and drawn by Zipf's law, the commoner the shorter, with punctuation and paragraphs.
A near duplicate is a copy with words replaced, at places drawn at random, until the Jaccard similarity of the two sets
of word 5-grams is next to the target; what it is then is counted and kept. Punctuation and capitals belong to places
and not to words, so that a tool that strips them sees the same similarity as one that splits at white space.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

Words = NDArray[np.int32]

EXACT = 1.0
LEVELS = (EXACT, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
_NGRAM = 5
_VOCABULARY = 50_000
_TABLE = 1 << 22  # steps in which the distribution of words is laid out, to draw from it by one look-up
_SYLLABLES = [
    "a", "be", "ca", "co", "con", "de", "di", "en", "er", "es", "ex", "for", "gra", "ho", "in", "is", "la",
    "le", "li", "ma", "men", "mi", "mo", "na", "ne", "no", "on", "or", "pa", "per", "pla", "po", "pre", "pro",
    "qua", "ra", "re", "ri", "ro", "sa", "se", "si", "so", "sta", "ste", "su", "ta", "te", "ti", "tion", "to",
    "tra", "un", "ver", "vi", "wor",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents of a corpus: their numbers, the level meant, the true similarity of their 5-gram sets."""

    first: int
    second: int
    level: float
    jaccard: float


@dataclass(frozen=True, slots=True)
class Corpus:
    """A file of documents and what is known of them."""

    path: Path
    documents: int
    pairs: list[Pair] = field(repr=False)


class Writer:
    """Draws words and writes them as text."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        spelled = sorted(self._spellings(), key=lambda word: (len(word), word))  # the commonest words are the shortest
        forms = [spelled, [f"{word}," for word in spelled], [f"{word}." for word in spelled]]
        forms += [[f"{word}.\n" for word in spelled], [word.capitalize() for word in spelled]]
        self._forms = np.array([word for form in forms for word in form], dtype=object)
        chances = 1 / (np.arange(_VOCABULARY) + 2.7)
        edges = np.rint(np.cumsum(chances / chances.sum()) * _TABLE).astype(np.int64)
        self._table = np.repeat(np.arange(_VOCABULARY, dtype=np.int32), np.diff(edges, prepend=0))

    def words(self, count: int) -> Words:
        """Return words drawn by their frequency."""
        return self._table[self.random.integers(0, len(self._table), count)]

    def text(self, words: Words, seed: int) -> str:
        """Return words with punctuation; texts of one seed have it at the same places."""
        random = np.random.default_rng(seed)
        ends = random.choice(5, len(words), p=[0.84, 0.08, 0.07, 0.01, 0.0])
        starts = np.roll((ends == 2) | (ends == 3), 1)
        starts[0] = True
        form = np.where(starts & (ends == 0), 4, ends)
        return " ".join(self._forms[form * _VOCABULARY + words].tolist())

    def _spellings(self) -> set[str]:
        spellings: set[str] = set()
        while len(spellings) < _VOCABULARY:
            syllables = self.random.integers(0, len(_SYLLABLES), self.random.integers(1, 5))
            spellings.add("".join(_SYLLABLES[number] for number in syllables))
        return spellings

    def near(self, words: Words, jaccard: float) -> Words:
        """Return a copy with words replaced until the similarity of the 5-grams is about `jaccard`."""
        grams = len(words) - _NGRAM + 1
        wanted = grams * (1 - jaccard) / (1 + jaccard)  # 5-grams of each side that the other has not
        copy, changed = words.copy(), np.zeros(grams, bool)
        for place in self.random.permutation(len(words)).tolist():
            around = changed[max(0, place - _NGRAM + 1) : place + 1]
            added = int((~around).sum())
            if changed.sum() + added / 2 > wanted:
                break
            around[:] = True
            copy[place] = (copy[place] + self.random.integers(1, _VOCABULARY)) % _VOCABULARY
        return copy


def similarity(one: Words, other: Words) -> float:
    """Return the Jaccard similarity of the sets of word 5-grams of two texts."""
    first, second = (
        {tuple(gram) for gram in np.lib.stride_tricks.sliding_window_view(words, _NGRAM).tolist()}
        for words in (one, other)
    )
    return len(first & second) / len(first | second)


def write_corpus(
    path: Path, *, documents: int, pairs: int, size: tuple[int, int], levels: Sequence[float] = LEVELS, seed: int
) -> Corpus:
    """Write `documents` documents of `size` bytes (least, most) with `pairs` planted pairs of each level, shuffled."""
    writer = Writer(seed)
    sample = writer.text(writer.words(10_000), seed)
    least, most = (round(bytes_ * 10_000 / len(sample)) for bytes_ in size)

    def drawn() -> Words:
        return writer.words(int(writer.random.integers(least, most + 1)))

    places = iter(writer.random.permutation(documents).tolist())
    planted: dict[int, tuple[Words, int]] = {}
    truth = []
    for level in levels:
        for _ in range(pairs):
            words, punctuation = drawn(), int(writer.random.integers(2**31))
            copy = words if level == EXACT else writer.near(words, level)
            one, other = sorted((next(places), next(places)))
            planted[one], planted[other] = (words, punctuation), (copy, punctuation)
            truth.append(Pair(one, other, level, similarity(words, copy)))

    def lines() -> Iterator[bytes]:
        for number in range(documents):
            words, punctuation = planted.get(number) or (drawn(), number)
            yield orjson.dumps({"id": str(number), "text": writer.text(words, punctuation)}) + b"\n"

    with path.open("wb") as file:
        file.writelines(lines())
    return Corpus(path, documents, truth)
