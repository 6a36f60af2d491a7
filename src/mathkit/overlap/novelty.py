"""Which of the texts known so far a new one is too similar to; what is accepted becomes known.

Self-Instruct (arXiv 2212.10560, section 2.2) accepts an instruction whose ROUGE-L with every known one is at most 0.7;
its tokeniser finds nothing in Chinese, so here words are those of mathkit.text. Nothing is estimated: the bounds of
`mathkit.overlap.similar`, for texts that come one at a time, leave out only what cannot be similar enough. Since the
order of words from the rarest changes with every text, only the new text is cut to its rarest words, and all words of
the known ones are listed.
"""

from array import array
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from mathkit.grams import Places
from mathkit.overlap.spelling import Alphabet
from mathkit.text import normalize, plain, symbols

Similarity = Literal["rouge-l", "lcs", "jaccard"]

_DEPTH = 4  # of the words that must be shared a quarter is asked for among the rarest


class Known(NamedTuple):
    """The most similar of the known texts."""

    owner: Any
    similarity: float


class Novelty:
    """The known texts, with who each belongs to.

    rouge-l   the F-measure of the longest common subsequence of words, 2 LCS / (m + n)
    lcs       that subsequence over the longer text, so that a short text does not forbid all that contain its words
    jaccard   of the sets of words

    Memory for each text: some 350 bytes, and with a limit below 1 some 10 to 15 for each of its words.
    """

    def __init__(self, similarity: Similarity, most: float) -> None:
        self._most = Fraction(str(most))
        self._counts = similarity != "jaccard"  # whether a word that comes twice counts twice
        self._need = _NEEDS[similarity]
        self._share = _SHARES[similarity]
        self._alphabet = Alphabet()
        self._strings: list[str] = []
        self._sizes = array("q")
        self._owners: list[Any] = []
        self._same: dict[bytes, int] = {}  # the first text of each digest
        self._lists: dict[str, array[int]] = {}  # of the texts that have each word, for the second time, ...

    def most_similar(self, text: str) -> Known | None:
        """Return the most similar of the known texts, the first of several, if one is too similar; else None.

        Texts that are equal but for spelling, operators included, are too similar whatever the limit.
        """
        if (number := self._same.get(_digest(text))) is not None:
            return Known(self._owners[number], 1.0)
        if self._most >= 1:
            return None
        spelled = self._spelled(text)
        numbers = self._candidates(spelled)
        if not len(numbers):
            return None
        common = self._common(spelled, numbers)
        sizes = np.frombuffer(self._sizes, np.int64)[numbers]
        near = common >= self._need(len(spelled), sizes, self._most)
        if not near.any():
            return None
        shares = self._share(common, len(spelled), sizes)[near]
        best = int(shares.argmax())
        return Known(self._owners[int(numbers[near][best])], round(float(shares[best]), 4))

    def add(self, text: str, owner: Any) -> None:
        """Make a text known."""
        number = len(self._owners)
        self._owners.append(owner)
        self._same.setdefault(_digest(text), number)
        if self._most >= 1:
            return
        spelled = self._spelled(text)
        self._strings.append(spelled)
        self._sizes.append(len(spelled))
        for feature in _features(spelled):
            if feature not in self._lists:
                self._lists[feature] = array("I")
            self._lists[feature].append(number)

    def _spelled(self, text: str) -> str:
        spelled = self._alphabet.learn(plain(text))
        return spelled if self._counts else "".join(dict.fromkeys(spelled))

    def _candidates(self, spelled: str) -> Places:
        """Return the numbers of the known texts that may share enough words."""
        size = len(spelled)
        smallest = next((other for other in range(1, size + 1) if self._need(size, other, self._most) <= other), None)
        if smallest is None:
            return np.empty(0, np.int64)
        need = int(self._need(size, smallest, self._most))
        depth = min(need, 1 + need // _DEPTH)
        lists = sorted((self._lists.get(feature, _NONE) for feature in _features(spelled)), key=len)
        chosen = [np.frombuffer(one, np.uint32) for one in lists[: size - need + depth] if one]
        if not chosen:
            return np.empty(0, np.int64)
        numbers = np.flatnonzero(np.bincount(np.concatenate(chosen), minlength=len(self._sizes)) >= depth)
        sizes = np.frombuffer(self._sizes, np.int64)[numbers]
        feasible: Places = numbers[self._need(size, sizes, self._most) <= np.minimum(size, sizes)]
        return feasible

    def _common(self, spelled: str, numbers: Places) -> Places:
        others = [self._strings[number] for number in numbers.tolist()]
        if self._counts:
            return np.array(cdist([spelled], others, scorer=LCSseq.similarity, dtype=np.int64)[0], np.int64)
        own = set(spelled)
        return np.array([len(own.intersection(other)) for other in others], np.int64)


_NONE = array("I")


def _features(spelled: str) -> list[str]:
    """Return the words of a text, the second of a kind told from the first."""
    seen: Counter[str] = Counter()
    features = []
    for letter in spelled:
        seen[letter] += 1
        features.append(letter * seen[letter] if seen[letter] < _DEPTH else f"{letter}{seen[letter]}")
    return features


def _digest(text: str) -> bytes:
    return blake2b(
        " ".join(symbols(normalize(text, "latex"))).encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()


# How many words two texts of these sizes must share to be more similar than the limit, exactly.
_NEEDS: dict[str, Callable[[int, Any, Fraction], Any]] = {
    "rouge-l": lambda one, other, most: most.numerator * (one + other) // (2 * most.denominator) + 1,
    "lcs": lambda one, other, most: most.numerator * np.maximum(one, other) // most.denominator + 1,
    "jaccard": lambda one, other, most: most.numerator * (one + other) // (most.denominator + most.numerator) + 1,
}
_SHARES: dict[str, Callable[[Places, int, Places], Any]] = {
    "rouge-l": lambda common, one, other: 2 * common / (one + other),
    "lcs": lambda common, one, other: common / np.maximum(one, other),
    "jaccard": lambda common, one, other: common / (one + other - common),
}
