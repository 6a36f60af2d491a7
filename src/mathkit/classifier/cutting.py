"""`classifier_words` of many texts at once, with the hashes that a folded model looks up.

What kind each character is tells where words begin and end; which formulas came before in their stretch of words is
found by sorting. It gives the same words as the loop in `mathkit.classifier.words`.
"""

import re
import sys
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mathkit.classifier.hashing import END, Octets, Places, Words, hash_words
from mathkit.classifier.words import LONGEST_NUMBER, SIGNS, STRETCH
from mathkit.text import CJK

Characters = NDArray[np.uint8] | NDArray[np.uint32]
Flags = NDArray[np.bool_]

_LETTER, _DIGIT, _SINGLE = 1, 2, 4  # what a character makes words with: others of its kind, or by itself
_ALPHA, _LOWER = 8, 16  # a letter of any script; a to z, which make LaTeX commands
_WORD = _LETTER | _DIGIT | _SINGLE
_END = "\0"  # of a text
_BACKSLASH, _ZERO, _NINE = (ord(character) for character in "\\09")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_SCATTER = np.uint64(0x9E3779B97F4A7C15)


def cut(texts: Sequence[str]) -> Words:
    r"""Return the words of texts that the classifier sees, each text ended by END.

    >>> words = cut(["Let $\\pi$, $x$ 小 2024", ""])
    >>> " ".join(words[number].decode() for number in range(len(words.starts))), words.bounds.tolist()
    ('let $ \\pi x 小 000 </s> </s>', [0, 7, 8])
    """
    joined = "".join([text.lower().replace(_END, " ") + _END for text in texts])
    characters, kinds, octets, places = _spelled(joined)
    if len(characters) and characters[(kinds & _DIGIT) != 0].max(initial=0) >= 128:
        characters, kinds, octets, places = _spelled(_OTHER_DIGIT.sub("0", joined))
    starts, ends = _tokens(characters, kinds)
    is_end = characters[starts] == 0
    is_prose = ((kinds[starts] & _ALPHA) != 0) & ((ends - starts > 1) | (characters[starts] >= 128))
    lengths = places[ends] - places[starts]
    is_number = (kinds[starts] & _DIGIT) != 0
    lengths[is_number] = np.minimum(lengths[is_number], LONGEST_NUMBER)
    starts = places[starts]
    starts[is_end], lengths[is_end] = len(octets) - len(END), len(END)
    keys = hash_words(octets, starts, lengths)
    kept = np.flatnonzero(is_prose | is_end | _first_in_stretch(keys, is_prose, is_end))
    bounds = np.concatenate([[0], np.flatnonzero(is_end[kept]) + 1])
    return Words(octets, starts[kept], lengths[kept], keys[kept], bounds)


def _spelled(joined: str) -> tuple[Characters, Octets, Octets, Places]:
    """Return the characters of a text, their kinds, its UTF-8 with all digits 0, and where each character is in it."""
    data = np.frombuffer(joined.encode("utf-8", "surrogatepass") + END, np.int8).copy()
    data[(data >= _ZERO) & (data <= _NINE)] = _ZERO
    if joined.isascii():
        narrow = np.frombuffer(joined.encode(), np.uint8)
        kinds = np.frombuffer(joined.encode().translate(_kinds(wide=False).tobytes()), np.int8)
        return narrow, kinds, data, np.arange(len(narrow) + 1)
    wide = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    begins = (data[: -len(END)] & -64) != -128  # as UTF-8 goes: a character's first byte, not one that continues it
    places = np.append(np.flatnonzero(begins), len(data) - len(END))
    return wide, _kinds(wide=True).take(wide), data, places


def _tokens(characters: Characters, kinds: Octets) -> tuple[Places, Places]:
    """Return where the words begin and end, commands with their backslashes, formulas that came before included."""
    parts = kinds & _WORD
    changes = parts[1:] != parts[:-1]
    begins, finishes = np.ones(len(parts), bool), np.ones(len(parts), bool)
    begins[1:], finishes[:-1] = changes, changes
    single = parts == _SINGLE
    starts = np.flatnonzero((begins & (parts != 0)) | single)
    ends = np.flatnonzero((finishes & (parts != 0)) | single) + 1
    is_lower = (kinds & _LOWER) != 0
    commands = np.flatnonzero((characters[starts - 1] == _BACKSLASH) & is_lower[starts] & (starts > 0))
    if not len(commands):
        return starts, ends
    others = np.flatnonzero(~is_lower)
    stops = others[np.searchsorted(others, starts[commands])]  # after the letters a to z
    split = stops < ends[commands]
    rest_starts, rest_ends = stops[split], ends[commands[split]]
    ends[commands] = stops
    starts[commands] -= 1
    if len(rest_starts):
        starts, ends = np.concatenate([starts, rest_starts]), np.concatenate([ends, rest_ends])
        order = np.argsort(starts, kind="stable")
        starts, ends = starts[order], ends[order]
    return starts, ends


def _first_in_stretch(keys: NDArray[np.uint64], is_prose: Flags, is_end: Flags) -> Flags:
    """Return which words are part of a formula, and the first of their like in their stretch of their text."""
    text: Places = np.cumsum(is_end) - is_end
    before: Places = np.cumsum(is_prose) - is_prose
    first_of_text = np.concatenate([[0], np.flatnonzero(is_end)[:-1] + 1])
    stretch = (before - before[first_of_text][text]) // STRETCH
    formulas = np.flatnonzero(~is_prose & ~is_end)
    place = (text[formulas] << 32 | stretch[formulas]).astype(np.uint64)
    _, first = np.unique(keys[formulas] ^ (place + np.uint64(1)) * _SCATTER, return_index=True)
    found = np.zeros(len(keys), bool)
    found[formulas[first]] = True
    return found


@cache
def _kinds(*, wide: bool) -> Octets:
    """Return the kinds of every character, by its code."""
    every = "".join(map(chr, range(sys.maxunicode + 1 if wide else 256)))
    kinds = np.zeros(len(every), np.int8)
    for pattern, kind in (
        (rf"[^\W\d_{CJK}]+", _LETTER), (r"\d+", _DIGIT), (rf"[{CJK}{SIGNS}{_END}]+", _SINGLE), ("[a-z]+", _LOWER),
    ):  # fmt: skip
        for match in re.finditer(pattern, every):
            kinds[match.start() : match.end()] |= kind
    kinds[np.fromiter(map(str.isalpha, every), bool, len(every))] |= _ALPHA
    return kinds
