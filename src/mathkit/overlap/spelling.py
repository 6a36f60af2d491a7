"""Texts as strings of one character a word, so that n-grams are substrings and rapidfuzz compares words."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mathkit.errors import MathkitError
from mathkit.grams import Hashes, Places, tokenize
from mathkit.text import plain_words

Letters = NDArray[np.uint32]

UNKNOWN = "\0"  # every word that no item has
_SURROGATES = 0xD800, 0x800  # the first of the codes that are no characters, and how many they are
_MOST = 0x10FFFF - _SURROGATES[1]


class Alphabet:
    """A character for every word of the items."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def learn(self, plain: str) -> str:
        """Return a plain text spelled; words that are new get a character."""
        words = plain_words(plain)
        for word in words:
            if word not in self._letters:
                self._letters[word] = _letter(len(self._letters))
        return "".join([self._letters[word] for word in words])

    def spell(self, plain: str) -> str:
        """Return a plain text spelled, with UNKNOWN for the words of no item."""
        return "".join([self._letters.get(word, UNKNOWN) for word in plain_words(plain)])

    def hashes(self) -> Hashes:
        """Return the hash (of `mathkit.grams`) of every word, in the order they were learnt."""
        return tokenize(list(self._letters), operators=False).hashes


def letters_of(spelled: Sequence[str]) -> tuple[Letters, Places]:
    """Return the characters of strings one after another, and where each string begins (and the last ends).

    >>> letters_of(["ab", "", "c"])[1].tolist()
    [0, 2, 2, 3]
    """
    letters = np.frombuffer("".join(spelled).encode("utf-32-le"), np.uint32)
    return letters, np.concatenate([[0], np.cumsum([len(string) for string in spelled], dtype=np.int64)])


def word_numbers(letters: Letters) -> Places:
    """Return the numbers, from 0, of the words that known letters stand for."""
    numbers = letters.astype(np.int64) - 1
    numbers[numbers >= _SURROGATES[0]] -= _SURROGATES[1]
    return numbers


def _letter(number: int) -> str:
    code = number + 1
    if code >= _SURROGATES[0]:
        code += _SURROGATES[1]
    if number >= _MOST:
        raise MathkitError(f"the texts to compare with have more than {_MOST:,} different words; split them")
    return chr(code)


class Spellings(dict[int, str]):
    """The spelled texts of a batch by their numbers, each spelled when it is first asked for."""

    def __init__(self, alphabet: Alphabet, plain: Sequence[str]) -> None:
        super().__init__()
        self._alphabet = alphabet
        self._plain = plain

    def __missing__(self, number: int) -> str:
        self[number] = spelled = self._alphabet.spell(self._plain[number])
        return spelled

    def of(self, numbers: Iterable[int]) -> list[str]:
        """Return the spelled texts of these numbers."""
        return [self[number] for number in numbers]
