"""fastText's hashes of words, of the parts of words and of word n-grams, for a batch of texts at once.

A word's hash is 32-bit FNV-1a over its UTF-8 bytes taken as signed numbers. Here 64 bits are computed whose lower half
is that hash: start and factor agree with FNV's below, and the lower half of a product does not depend on the upper
halves of its factors. The signs reach the lower half alone (else "3}" and "ρ", which have one hash, would agree in all
64 bits), so that 64 bits tell words apart where fastText compares them letter by letter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Places = NDArray[np.int64]
Octets = NDArray[np.int8]

END = b"</s>"  # the word that fastText reads at the end of a line

_START = 0x9E3779B9_811C9DC5  # below: FNV's offset basis
_FACTOR = 0xC2B2AE3D_01000193  # below: FNV's prime
_NGRAM_FACTOR = np.uint64(116049371)
_FEW = 48  # words; the rest of so few, and of
_LONG = 1024  # bytes and more, is hashed in plain Python
_BLOCK = 1 << 20  # first characters of parts of words at a time
_ALL = (1 << 64) - 1

_SEPARATES = bytes(octet in b" \n\r\t\v\f\0" for octet in range(256))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts: those of text i are [bounds[i]:bounds[i + 1]] of each array, END the last."""

    octets: Octets
    starts: Places
    lengths: Places
    keys: Keys
    bounds: Places

    def __getitem__(self, number: int) -> bytes:
        start = self.starts[number]
        return self.octets[start : start + self.lengths[number]].tobytes()


def words_of(texts: Sequence[bytes]) -> Words:
    r"""Return the words of texts, which white space separates as fastText sees it, each text ended by END.

    >>> words = words_of([b"one two", b"", "\u5b57\n two".encode()])
    >>> words.bounds.tolist(), words[4].decode(), bool(words.keys[1] == words.keys[5])
    ([0, 3, 4, 7], '字', True)
    """
    ended = b"".join(part for text in texts for part in (text, b" </s> "))
    octets = np.frombuffer(ended, np.int8)
    separates = np.frombuffer(ended.translate(_SEPARATES), bool)
    edges = np.flatnonzero(separates[1:] != separates[:-1]) + 1
    if not separates[:1].all():
        edges = np.concatenate([[0], edges])
    starts, ends = edges[0::2], edges[1::2]
    sizes = np.fromiter((len(text) + 6 for text in texts), np.int64, len(texts))
    bounds = np.concatenate([[0], np.searchsorted(starts, np.cumsum(sizes))])
    lengths = ends - starts
    return Words(octets, starts, lengths, hash_words(octets, starts, lengths), bounds)


def hash_words(octets: Octets, starts: Places, lengths: Places) -> Keys:
    """Return the 64-bit key of each word; its lower half is fastText's hash.

    >>> import numpy as np
    >>> key = hash_words(np.frombuffer(b"a", np.int8), np.array([0]), np.array([1]))
    >>> f"{int(key[0]) & 0xFFFFFFFF:x}"
    'e40c292c'
    """
    sizes = np.minimum(lengths, _LONG).astype(np.int16)
    order = np.argsort(-sizes, kind="stable")
    found = np.full(len(starts), _START, np.uint64)
    places = starts[order]
    active = len(starts)
    for finished in np.bincount(sizes, minlength=_LONG)[:_LONG].tolist():
        active -= finished  # those of this length
        if active <= _FEW:
            break
        head, place = found[:active], places[:active]
        head ^= octets.take(place).astype(np.uint32)  # with the sign's bits, but in the lower half alone
        head *= np.uint64(_FACTOR)
        place += 1
    ends = starts[order[:active]] + lengths[order[:active]]
    for number in range(active):
        rest = octets[places[number] : ends[number]]
        found[number] = _hash_rest(int(found[number]), rest)
    keys = np.empty_like(found)
    keys[order] = found
    return keys


def _hash_rest(key: int, rest: Octets) -> int:
    for octet in rest.tolist():
        key = ((key ^ (octet & 0xFFFFFFFF)) * _FACTOR) & _ALL
    return key


def ngram_rows(keys: Keys, bounds: Places, length: int, buckets: int) -> Iterator[tuple[NDArray[np.uint64], Places]]:
    """Yield the buckets of the n-grams of 2, 3, ... `length` words, and which of these go beyond their text.

    There is one for each word that it begins with, as far as the batch goes.
    """
    signed = keys.astype(np.uint32).view(np.int32).astype(np.int64).view(np.uint64)
    grams = signed.copy()
    for order in range(2, length + 1):
        grams = grams[:-1]
        grams *= _NGRAM_FACTOR
        grams += signed[order - 1 :]
        beyond = (bounds[1:, None] - np.arange(1, order)).ravel()
        beyond = beyond[(beyond >= 0) & (beyond < len(grams))]
        yield modulo(grams, buckets), beyond


def modulo(numbers: NDArray[np.uint64], divisor: int) -> NDArray[np.uint64]:
    """Return the remainders of a division by one number; numpy divides by a constant faster than it takes remainders.

    >>> import numpy as np
    >>> modulo(np.array([7, 8], np.uint64), 5).tolist(), modulo(np.array([7, 8], np.uint64), 4).tolist()
    ([2, 3], [3, 0])
    """
    if divisor & (divisor - 1) == 0:
        return numbers & np.uint64(divisor - 1)
    return numbers - numbers // np.uint64(divisor) * np.uint64(divisor)


def parts_of_words(words: Sequence[bytes], shortest: int, longest: int) -> Iterator[tuple[Places, NDArray[np.uint32]]]:
    """Yield which word a part of `shortest` to `longest` characters is of, and the part's hash, for all parts.

    Each word counts with `<` before and `>` after it, which are no parts by themselves.
    """
    data = b"".join(b"<" + word + b">" for word in words)
    octets = np.frombuffer(data, np.int8)
    ends = np.cumsum(np.fromiter((len(word) + 2 for word in words), np.int64, len(words)))
    begins_character = (octets.view(np.uint8) & 0xC0) != 0x80
    first = np.flatnonzero(begins_character)
    for block in range(0, len(first), _BLOCK):
        places = first[block : block + _BLOCK]
        owners = np.searchsorted(ends, places, side="right")
        yield from _parts_from(octets, begins_character, places, owners, ends, shortest, longest)


def _parts_from(
    octets: Octets,
    begins_character: NDArray[np.bool_],
    places: Places,
    owners: Places,
    ends: Places,
    shortest: int,
    longest: int,
) -> Iterator[tuple[Places, NDArray[np.uint32]]]:
    """Yield the parts that begin at some places, those of one character first."""
    limits = ends[owners]
    at_edge = (places == 0) | np.isin(places, ends)  # at "<"
    hashes = np.full(len(places), _START & 0xFFFFFFFF, np.uint32)
    for count in range(1, longest + 1):
        going = places < limits
        places, owners, limits = places[going], owners[going], limits[going]
        hashes, at_edge = hashes[going], at_edge[going]
        moving = np.arange(len(places))
        while len(moving):  # a character is one byte and those that continue it
            hashes[moving] = (hashes[moving] ^ octets[places[moving]].astype(np.uint32)) * np.uint32(0x01000193)
            places[moving] += 1
            moving = moving[places[moving] < limits[moving]]
            moving = moving[~begins_character[places[moving]]]
        if count >= shortest:
            whole = ~(at_edge | (places == limits)) if count == 1 else np.ones(len(places), bool)
            yield owners[whole], hashes[whole]
