"""The tokens of many texts at once as numbers, and their n-grams: what dedup and decontam look at, without a loop.

A batch of texts becomes one array of characters. Where a token begins and ends is seen by comparing the kinds of
neighbours; the hash of a token is made of its characters eight at a time. A token has the same hash in every batch,
process and release of Python, whatever stands beside it.
"""

import ctypes
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mathkit.text import CJK, OPERATORS

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]
Octets = NDArray[np.uint8]

ORDER = np.uint64(0x9E3779B97F4A7C15)  # a factor that tells the earlier of two hashes from the later

_WORD, _SINGLE = 1, 2  # a character of a word; a character that is a token by itself. 0 separates
_GAP = b"\xff"  # no byte of ASCII
_ONE_SPACE = bytes(32 if code < 128 and chr(code).isspace() else code for code in range(256))
_CODECS = ("ascii", "utf-32-le")  # of narrow and of wide characters
_CHUNK = 8  # characters hashed at a time
_LONG = 512  # characters; a longer token is hashed by itself
_PLANE_WEIGHTS = [np.uint64(weight) for weight in (1, 0x9FB21C651E98DF25, 0xD6E8FEB86659FD93)]
_MASKS = np.array([2 ** (8 * count) - 1 for count in range(_CHUNK + 1)], np.uint64)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
with suppress(AttributeError, OSError):  # another C library
    # Arrays of a batch are used for a moment. By default each of them is new pages that are zeroed, and given back.
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 26)
    ctypes.CDLL(None).mallopt(_M_TRIM_THRESHOLD, 1 << 28)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a batch of texts: those of text i are hashes[bounds[i]:bounds[i + 1]]."""

    hashes: Hashes
    bounds: Places

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def owners(self) -> Places:
        """The number of the text that each token is of."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    def ngrams(self, length: int) -> "Tokens":
        """Return the hashes of all n-grams of `length` tokens within each text, in order.

        >>> tokenize(["a b c d", "a b c", "b c d"], operators=False).ngrams(3).bounds.tolist()
        [0, 2, 3, 4]
        """
        counts = np.maximum(np.diff(self.bounds) - length + 1, 0)
        bounds = np.concatenate([[0], np.cumsum(counts)])
        total = len(self.hashes) - length + 1
        if total <= 0:
            return Tokens(np.empty(0, np.uint64), bounds)
        grams = self.hashes[:total].copy()
        for offset in range(1, length):
            grams *= ORDER
            grams += self.hashes[offset : offset + total]
        within = np.ones(total, bool)  # those that begin in one text and end in another are left out
        for end in self.bounds[1:-1].tolist():
            within[max(end - length + 1, 0) : end] = False
        return Tokens(grams[within], bounds)


def tokenize(texts: Sequence[str], *, operators: bool) -> Tokens:
    r"""Return the tokens of texts: `mathkit.text.words` of lower-cased texts, or `symbols` with `operators`.

    The texts are taken as they are: normalise them first.

    >>> tokens = tokenize(["x_1 + 2 = 5?", "2 小明", ""], operators=True)
    >>> tokens.bounds.tolist(), bool(tokens.hashes[3] == tokens.hashes[6])
    ([0, 6, 9, 9], True)
    """
    plain = [number for number, text in enumerate(texts) if text.isascii()]
    if len(plain) == len(texts):
        return _tokenize([text.encode() for text in texts], wide=False, operators=operators)
    others = [number for number, text in enumerate(texts) if not text.isascii()]
    wide = [texts[number].encode("utf-32-le", "surrogatepass") for number in others]
    if not plain:
        return _tokenize(wide, wide=True, operators=operators)
    narrow = [texts[number].encode() for number in plain]
    parts = [_tokenize(narrow, wide=False, operators=operators), _tokenize(wide, wide=True, operators=operators)]
    return _interleaved(parts, [plain, others])


def collapse_spaces(texts: Sequence[str]) -> list[bytes]:
    """Return the UTF-8 of `" ".join(text.split())` of each text.

    >>> collapse_spaces([" a\\n b ", "小  明", ""])
    [b'a b', b'\\xe5\\xb0\\x8f \\xe6\\x98\\x8e', b'']
    """
    plain = _GAP.join([text.encode() if text.isascii() else b"" for text in texts])
    octets = np.frombuffer(plain.translate(_ONE_SPACE), np.uint8)
    is_space = octets == ord(" ")
    kept = np.ones(len(octets), bool)
    np.logical_and(is_space[1:], is_space[:-1], out=kept[1:])
    np.logical_not(kept[1:], out=kept[1:])
    collapsed = octets[kept].tobytes().split(_GAP) if texts else []
    return [
        short.strip(b" ") if text.isascii() else " ".join(text.split()).encode("utf-8", "surrogatepass")
        for text, short in zip(texts, collapsed, strict=True)
    ]


def mix(hashes: Hashes) -> Hashes:
    """Stir 64-bit hashes so that every bit depends on every other (the finaliser of splitmix64); 0 stays 0."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def _interleaved(parts: list[Tokens], numbers: list[list[int]]) -> Tokens:
    """Put the tokens of groups of texts, of which the numbers are given, in the order of the texts."""
    sizes = np.zeros(sum(map(len, numbers)), np.int64)
    for part, own in zip(parts, numbers, strict=True):
        sizes[own] = np.diff(part.bounds)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    hashes = np.empty(bounds[-1], np.uint64)
    for part, own in zip(parts, numbers, strict=True):
        shift = np.repeat(bounds[own] - part.bounds[:-1], np.diff(part.bounds))
        hashes[np.arange(len(part.hashes)) + shift] = part.hashes
    return Tokens(hashes, bounds)


def _tokenize(encoded: list[bytes], *, wide: bool, operators: bool) -> Tokens:
    """Return the tokens of texts in ASCII, or in UTF-32 if `wide`."""
    size = 4 if wide else 1
    gap = bytes(size)  # a character that separates; before the first text, too
    joined = gap.join([b"", *encoded, b""])
    kinds = _kinds(wide=wide, operators=operators)
    if wide:
        found = kinds.take(np.frombuffer(joined, np.uint32))
    else:
        found = np.frombuffer(joined.translate(kinds.tobytes()), np.uint8)
    if operators:
        found = _with_points(joined, found, wide=wide)
    is_word = found == _WORD
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1  # a word begins, and ends, and the next one begins
    starts, ends = edges[::2], edges[1::2]
    singles = np.flatnonzero(found == _SINGLE)
    if len(singles):
        starts = np.sort(np.concatenate([starts, singles]))
        ends = np.sort(np.concatenate([ends, singles + 1]))
    firsts = np.array([0, *accumulate(len(text) // size + 1 for text in encoded)], np.int64) + 1
    bounds = np.searchsorted(starts, firsts)
    return Tokens(_hash_all(joined, starts, ends - starts, wide=wide), bounds)


def _with_points(joined: bytes, kinds: Octets, *, wide: bool) -> Octets:
    """Return the kinds of characters with a decimal point a token of its own: 1.25 is neither 125 nor 1 25."""
    characters = np.frombuffer(joined, np.uint32) if wide else np.frombuffer(joined, np.uint8)
    points = np.flatnonzero(characters == ord("."))  # the first and the last character separate texts
    points = points[_is_digit(characters[points - 1]) & _is_digit(characters[points + 1])]
    if not len(points):
        return kinds
    kinds = kinds.copy()
    kinds[points] = _SINGLE
    return kinds


def _is_digit(characters: NDArray[Any]) -> NDArray[np.bool_]:
    return (characters >= ord("0")) & (characters <= ord("9"))


def _hash_all(joined: bytes, starts: Places, lengths: Places, *, wide: bool) -> Hashes:
    """Return a hash of each token: of its characters' lowest bytes, and of the higher bytes of wide ones.

    A plane of nothing but zeros adds nothing, so that a word of ASCII has one hash at every width.
    """
    size = 4 if wide else 1
    planes = np.frombuffer(joined, np.uint8).reshape(-1, size).T[:3]
    found = np.zeros(len(starts), np.uint64)
    for plane, weight in zip(planes, _PLANE_WEIGHTS, strict=False):
        found += _fold(plane, starts, lengths) * weight
    for number in np.flatnonzero(lengths > _LONG).tolist():
        token = joined[size * starts[number] : size * (starts[number] + lengths[number])]
        text = token.decode(_CODECS[wide], "surrogatepass").encode("utf-8", "surrogatepass")
        found[number] = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
    return found


def _fold(octets: Octets, starts: Places, lengths: Places) -> Hashes:
    """Return a hash of the first _LONG bytes of each token; that of zeros is 0."""
    padded = np.concatenate([octets, np.zeros(_CHUNK, np.uint8)])
    eights = np.ndarray(len(octets) + 1, "<u8", padded, strides=(1,))  # the eight bytes from each place on
    found = mix(eights[starts] & _MASKS[np.minimum(lengths, _CHUNK)])
    for done in range(_CHUNK, _LONG, _CHUNK):
        longer = np.flatnonzero(lengths > done)
        if not len(longer):
            break
        rest = eights[starts[longer] + done] & _MASKS[np.minimum(lengths[longer] - done, _CHUNK)]
        found[longer] = mix(found[longer] * ORDER + rest)
    return found


@cache
def _kinds(*, wide: bool, operators: bool) -> Octets:
    """Return the kind of every character, by its code."""
    codes = np.arange(sys.maxunicode + 1 if wide else 256, dtype="<u4")
    every = codes.tobytes().decode("utf-32-le", "surrogatepass")
    kinds = np.zeros(len(every), np.uint8)
    single = rf"[{CJK}{OPERATORS}]+" if operators else rf"[{CJK}]+"
    for pattern, kind in ((r"[^\W_]+", _WORD), (single, _SINGLE)):
        for match in re.finditer(pattern, every):
            kinds[match.start() : match.end()] = kind
    return kinds
