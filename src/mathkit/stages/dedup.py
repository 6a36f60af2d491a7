"""Mark near duplicates: MinHash with locality-sensitive hashing, every match verified.

Broder (1997); bands and rows as in Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3, chosen
by datasketch. A text is the set of its 5-grams of words and operators, so "3 + 5" and "7 - 2" differ. Unlike
most tools, a candidate pair counts only when its similarity is verified, and clusters do not chain: each
duplicate is at least `threshold` similar to the first record of its cluster, not to some other member.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from datasketch import MinHashLSH
from numpy.typing import NDArray

from mathkit.records import Outcome, Record, Rejected
from mathkit.spool import Spool
from mathkit.text import normalize, symbols

Hashes = NDArray[np.uint64]

NGRAM = 5
PERMUTATIONS = 128
_MISS_WEIGHT = 0.99  # a candidate too many costs a comparison, one too few is a duplicate missed
_MARGIN = 0.15  # an exact comparison is worth making when the estimate is this near the threshold
_BLOCK = 4096  # shingles hashed at a time
_TOKENS_REMEMBERED = 1_000_000


def mark_duplicates(records: Iterable[Record], text: Callable[[Record], str], kinds: "Kinds") -> Iterator[Outcome]:
    """Yield each record that is the first of its kind at once; reject the others, naming that first.

    Memory holds one entry for each kept record: about 6 KB, or 150 bytes with `exact`.
    """
    ids: list[Any] = []
    for record in records:
        kind, similarity = kinds.place(text(record))
        if kind == len(ids):
            ids.append(record["id"])
            yield record
        else:
            yield _duplicate(record, ids[kind], similarity)


def cluster_duplicates(
    records: Iterable[Record],
    text: Callable[[Record], str],
    kinds: "Kinds",
    *,
    worth: Callable[[Record], float] | None,
) -> Iterator[Outcome]:
    """Yield what becomes of the records once all are known (they wait on disk).

    Without `worth`, every record is kept and annotated with its cluster: the id of the cluster's first record,
    the cluster's size and the record's similarity to that first. With `worth`, the record of the highest worth
    of each cluster is kept, the earliest of those that tie.
    """
    spool, placed = Spool(), []
    for record in records:
        spool.append(record)
        placed.append(kinds.place(text(record)))
    sizes = Counter(kind for kind, _ in placed)
    if worth is None:
        ids: dict[int, Any] = {}
        for record, (kind, similarity) in zip(spool, placed, strict=True):
            cluster = ids.setdefault(kind, record["id"])
            yield {
                **record,
                "dedup": {"cluster": cluster, "size": sizes[kind], "similarity": round(similarity, 4)},
            }
        return

    best: dict[int, tuple[float, int]] = {}
    for number, (record, (kind, _)) in enumerate(zip(spool, placed, strict=True)):
        value = worth(record)
        if kind not in best or value > best[kind][0]:
            best[kind] = value, number
    chosen = {number: kind for kind, (_, number) in best.items()}
    keepers = {
        chosen[number]: (record["id"], text(record))
        for number, record in enumerate(spool)
        if number in chosen and sizes[chosen[number]] > 1
    }
    for number, (record, (kind, _)) in enumerate(zip(spool, placed, strict=True)):
        if number in chosen:
            yield record
        else:
            keeper, its_text = keepers[kind]
            yield _duplicate(record, keeper, kinds.similarity(text(record), its_text))


def _duplicate(record: Record, original: Any, similarity: float) -> Rejected:
    return Rejected(record, "duplicate", {"duplicate_of": original, "similarity": round(similarity, 4)})


def shingles(text: str) -> Hashes:
    """Return the distinct 5-grams of a normalised text as sorted 64-bit hashes.

    A text of fewer words and operators is one shingle; one of none is compared as it stands.

    >>> len(shingles("one two three four five six")), len(shingles("one")), len(shingles("?"))
    (2, 1, 1)
    """
    tokens = symbols(text) or [text]
    hashes = np.fromiter(map(_token_hashes.__getitem__, tokens), np.uint64, len(tokens))
    length = max(1, len(tokens) - NGRAM + 1)
    grams = np.full(length, len(tokens) if length == 1 else NGRAM, np.uint64)
    for offset in range(min(NGRAM, len(tokens))):
        grams = _mix(grams + hashes[offset : offset + length])
    return np.unique(grams)


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return the Jaccard similarity of two sets of distinct hashes.

    >>> jaccard(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
    0.5
    """
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


class Signer:
    """MinHash: `PERMUTATIONS` hash functions, of each the least value over a set of shingles."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self._factors = random.integers(0, 2**63, (PERMUTATIONS, 1), np.uint64) * np.uint64(2) + np.uint64(1)
        self._terms = random.integers(0, 2**64, (PERMUTATIONS, 1), np.uint64)

    def __call__(self, hashes: Hashes) -> NDArray[np.uint32]:
        """Return the signature of a set of hashes; two sets agree in a component with their Jaccard's chance."""
        least = np.full(PERMUTATIONS, 2**64 - 1, np.uint64)
        for start in range(0, len(hashes), _BLOCK):
            values = hashes[start : start + _BLOCK] * self._factors + self._terms
            np.minimum(least, values.min(axis=1), out=least)
        return (least >> np.uint64(32)).astype(np.uint32)


class Kinds:
    """The distinct texts seen so far, numbered from 0, and how to find the one that a new text is like.

    Texts are alike at a level of normalisation, if they are equal (`exact`) or their Jaccard similarity reaches the
    threshold: by the signatures' estimate, or by their 5-grams themselves (`verify_exactly`), which wait on disk.
    """

    def __init__(self, *, threshold: float, exact: bool, level: str, verify_exactly: bool, seed: int) -> None:
        self._threshold = threshold
        self._level = level
        self._exact: dict[bytes, int] | None = {} if exact else None
        if exact:
            return
        lsh = MinHashLSH(min(threshold, 0.99), PERMUTATIONS, weights=(1 - _MISS_WEIGHT, _MISS_WEIGHT))
        self._rows: int = lsh.r
        self._bands: list[defaultdict[bytes, list[int]]] = [defaultdict(list) for _ in range(lsh.b)]
        self._sign = Signer(seed)
        self._signatures = np.empty((1024, PERMUTATIONS), np.uint32)
        self._count = 0
        self._spool = Spool() if verify_exactly else None
        self._positions: list[int] = []

    def place(self, text: str) -> tuple[int, float]:
        """Return the number of the kind a text belongs to and its similarity to the first text of it."""
        text = normalize(text, self._level)
        if self._exact is not None:
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            return self._exact.setdefault(digest, len(self._exact)), 1.0
        hashes = shingles(text)
        signature = self._sign(hashes)
        keys = self._keys(signature)
        candidates = sorted(
            {number for band, key in zip(self._bands, keys, strict=True) for number in band.get(key, ())}
        )
        if candidates:
            number, similarity = self._most_similar(candidates, signature, hashes)
            if similarity >= self._threshold:
                return number, similarity
        return self._add(signature, keys, hashes), 1.0

    def similarity(self, one: str, other: str) -> float:
        """Return the exact similarity of two texts."""
        if self._exact is not None:
            return 1.0
        return jaccard(*(shingles(normalize(text, self._level)) for text in (one, other)))

    def _keys(self, signature: NDArray[np.uint32]) -> list[bytes]:
        data, width = signature.tobytes(), 4 * self._rows
        return [data[start : start + width] for start in range(0, width * len(self._bands), width)]

    def _most_similar(self, candidates: list[int], signature: NDArray[np.uint32], hashes: Hashes) -> tuple[int, float]:
        similarities = (self._signatures[candidates] == signature).mean(axis=1)
        if self._spool is None:
            best = int(similarities.argmax())
            return candidates[best], float(similarities[best])
        near = [
            (jaccard(hashes, self._spool.get(self._positions[number])), -number)
            for number, estimate in zip(candidates, similarities, strict=True)
            if estimate >= self._threshold - _MARGIN
        ]
        similarity, number = max(near, default=(0.0, 0))
        return -number, similarity

    def _add(self, signature: NDArray[np.uint32], keys: list[bytes], hashes: Hashes) -> int:
        number = self._count
        if number == len(self._signatures):
            self._signatures = np.concatenate([self._signatures, np.empty_like(self._signatures)])
        self._signatures[number] = signature
        for band, key in zip(self._bands, keys, strict=True):
            band[key].append(number)
        if self._spool is not None:
            self._positions.append(self._spool.append(hashes))
        self._count += 1
        return number


class _TokenHashes(dict[str, int]):
    """A 64-bit hash for each word, the same in every process; forgets all of them before they grow too many."""

    def __missing__(self, token: str) -> int:
        if len(self) >= _TOKENS_REMEMBERED:
            self.clear()
        data = token.encode("utf-8", "surrogatepass")
        self[token] = found = int.from_bytes(blake2b(data, digest_size=8).digest(), "little")
        return found


_token_hashes = _TokenHashes()


def _mix(hashes: Hashes) -> Hashes:
    """Stir 64-bit hashes so that order matters (the finaliser of splitmix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
