"""Who is alike among very many texts: each new one is put beside those before it, and every match is verified."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mathkit.errors import MathkitError
from mathkit.grams import Hashes, Places, collapse_spaces
from mathkit.likeness.buckets import each, groups
from mathkit.likeness.sketch import (
    NUMBER_BITS,
    VALUES,
    Features,
    Sketcher,
    bands_and_rows,
    digest_features,
    estimate,
    jaccard,
    key_of,
)
from mathkit.likeness.store import Store
from mathkit.text import fold

Flags = NDArray[np.bool_]

_NUMBER = np.uint64(2**NUMBER_BITS - 1)
_MARGIN = 0.16  # four standard errors: a pair whose estimate is further below the threshold is not compared
_MOST_IN_A_BUCKET = 64  # texts, the first that come; a page that is copied a million times would fill its buckets


@dataclass(frozen=True, slots=True)
class Likeness:
    """When texts are alike: at a level of normalisation, if they are equal or their Jaccard similarity is enough.

    The similarity is that of the texts' shingles themselves, or what their sketches make it seem.
    """

    threshold: float
    exact: bool
    verify: str  # "exact" or "estimate"
    normalize: str  # one of text.LEVELS
    by: list[str]
    seed: int


class Placed(NamedTuple):
    """Where a text belongs."""

    number: int  # of the text, counted from 0
    kept: int  # the first text of its cluster as far as is known, perhaps itself
    similarity: float  # to that one
    via: int | None  # the text that it is alike to, if that first one is not


class Index:
    """The texts seen so far. With a directory, those of earlier runs too.

    Memory for each text: 50 bytes, with near duplicates 128 more and 10 to 12 for each of the bands.
    """

    def __init__(self, likeness: Likeness, directory: Path | None = None) -> None:
        self._likeness = likeness
        if likeness.exact:
            settings = {"exact": True, "normalize": likeness.normalize, "by": likeness.by}
        else:
            settings = asdict(likeness)
            self._sketch = Sketcher(likeness.seed, *bands_and_rows(likeness.threshold))
        self._verifies = not likeness.exact and likeness.verify == "exact"
        self._store = Store(
            directory, settings, sketch_width=0 if likeness.exact else VALUES, with_shingles=self._verifies
        )
        self.known = len(self._store)  # texts of earlier runs

    def features(self, texts: Sequence[str]) -> Features:
        """Return what is compared of texts; it changes nothing, so that other processes can do it."""
        if self._likeness.exact:
            return digest_features(self._encoded(texts))
        return self._sketch([fold(text, self._likeness.normalize) for text in texts])

    def _encoded(self, texts: Sequence[str]) -> list[bytes]:
        """Return texts that are the same bytes if they are equal at the level of normalisation."""
        if self._likeness.normalize == "exact":
            return [text.encode("utf-8", "surrogatepass") for text in texts]
        return collapse_spaces([fold(text, self._likeness.normalize) for text in texts])

    def place(self, ids: Sequence[Any], features: Features) -> list[Placed]:
        """Take in some texts and return where each of them belongs."""
        start = len(self._store)
        if start + len(ids) > _NUMBER:
            raise MathkitError(f"more than {int(_NUMBER):,} texts; split them, or make several indexes")
        self._store.append(ids, features)
        twins = self._twins(features, start)
        entries = features.entries
        if (twins >= 0).any():
            entries = entries[twins[(entries & _NUMBER).astype(np.int64)] < 0]
        entries = entries + np.uint64(start)
        owners, alike, fits = self._alike(entries)
        order = np.argsort(owners, kind="stable")
        owners, alike = owners[order], alike[order]
        edges = np.searchsorted(owners, np.arange(start, start + len(ids) + 1)).tolist()
        placed = []
        for offset, twin in enumerate(twins.tolist()):
            number, first, last = start + offset, edges[offset], edges[offset + 1]
            if twin >= 0:
                self._store.clusters.join(number, twin)
                placed.append(self._placed(number, twin, 1.0))
            elif first < last:
                placed.append(self._resolved(number, np.unique(alike[first:last])))
            else:
                placed.append(Placed(number, number, 1.0, None))
        self._store.buckets.add(entries[fits])
        return placed

    def id(self, number: int) -> Any:
        """Return the id of a text."""
        return self._store.id(number)

    def save(self) -> None:
        """Make the texts part of the directory, if there is one."""
        self._store.save()

    def clusters(self) -> NDArray[np.uint32]:
        """Return for each text, those of earlier runs first, the first text of its cluster."""
        return self._store.clusters.roots()

    def similarity(self, one: int, other: int) -> float:
        """Return the similarity of two texts."""
        if self._likeness.exact or one == other:
            return 1.0
        if self._verifies:
            return jaccard(self._store.shingles(one), self._store.shingles(other))
        return float(estimate(self._store.sketches[one], self._store.sketches[[other]])[0])

    def _twins(self, features: Features, start: int) -> Places:
        """Return for each new text the first one of the same digest before it, or -1."""
        _, first, which = np.unique(features.digests[:, 0], return_index=True, return_inverse=True)
        earliest = first[which]
        same = (features.digests[earliest] == features.digests).all(axis=1)
        twins = np.where(same & (earliest < np.arange(len(earliest))), start + earliest, -1)
        keys = key_of(features.digests[:, 0])
        order = np.argsort(keys)
        places, numbers = self._store.buckets.find(keys[order])
        offsets = order[places]
        same = (self._store.digests[numbers.astype(np.int64)] == features.digests[offsets]).all(axis=1)
        twins[offsets[same]] = numbers[same]
        return twins

    def _alike(self, entries: Hashes) -> tuple[Places, Places, Flags]:
        """Return pairs (new text, earlier text) that share a bucket, and which entries find room in theirs.

        What comes later in the same batch finds what came before as if each text had come by itself.
        """
        if self._likeness.exact:
            nothing = np.empty(0, np.int64)
            return nothing, nothing, np.ones(len(entries), bool)
        places, numbers = self._store.buckets.find(entries)
        before = np.bincount(places, minlength=len(entries))
        first, rank = groups(entries)
        later, earlier = each(first, np.minimum(rank, np.maximum(_MOST_IN_A_BUCKET - before, 0)))
        owners = (entries & _NUMBER).astype(np.int64)
        asked = np.concatenate([owners[places], owners[later]])
        found = np.concatenate([numbers.astype(np.int64), owners[earlier]])
        return asked, found, before + rank < _MOST_IN_A_BUCKET

    def _resolved(self, number: int, candidates: Places) -> Placed:
        """Join a text with all that it is verified to be alike to."""
        clusters, threshold = self._store.clusters, self._likeness.threshold
        estimates = estimate(self._store.sketches[number], self._store.sketches[candidates])
        likely = np.flatnonzero(estimates >= threshold - (_MARGIN if self._verifies else 0))
        best, most = number, 0.0
        for place in likely[np.argsort(-estimates[likely], kind="stable")].tolist():
            candidate = int(candidates[place])
            if clusters.root(candidate) == clusters.root(number):
                continue  # joined with it through another one
            similarity = self.similarity(number, candidate) if self._verifies else float(estimates[place])
            if similarity >= threshold:
                clusters.join(number, candidate)
                if similarity > most:
                    best, most = candidate, similarity
        return self._placed(number, best, most)

    def _placed(self, number: int, alike: int, similarity: float) -> Placed:
        kept = self._store.clusters.root(number)
        if kept in (alike, number):
            return Placed(number, kept, similarity if alike != number else 1.0, None)
        to_kept = self.similarity(number, kept)
        is_alike = self._likeness.exact or to_kept >= self._likeness.threshold
        return Placed(number, kept, to_kept, None if is_alike else alike)
