"""A fastText model of two labels with its output layer folded into its inputs.

fastText averages the vectors of a text's words, parts of words and n-grams, and takes the product with a vector for
each label. Of two labels only the difference of these products matters to the softmax, and that is the average of one
number for each word, part and n-gram: the product of its vector with the difference of the labels' vectors. So a model
of 2,000,000 vectors of 256 dimensions becomes 8 MB, and a text costs a sum. The sums are those of fastText, rounded
otherwise: probabilities agree within 1e-5.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mathkit.classifier.hashing import END, Keys, Words, hash_words, modulo, ngram_rows, parts_of_words, words_of
from mathkit.classifier.modelfile import Matrix, ModelFile

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

_BLOCK = 1 << 21  # numbers of a matrix in memory at a time
_PARTS_AT_A_TIME = 1 << 14  # words whose parts are summed at a time
_EXTRA = 1e-5  # fastText takes the logarithm of a probability and this, and reports its exponential
_LABEL_PREFIX = b"__label__"


def can_fold(file: ModelFile) -> bool:
    """Return whether a model is of the kind that can be folded: two labels, softmax, not quantised."""
    return len(file.labels) == 2 and file.loss == "softmax" and file.inputs is not None and file.outputs is not None


class FoldedModel:
    """The probability of one of a model's two labels, for many texts at a time. Threads may share it."""

    def __init__(self, file: ModelFile, label: str) -> None:
        assert file.inputs and file.outputs
        chosen = file.labels.index(label)
        outputs = _rows(file, file.outputs)
        rows = _fold(file, file.inputs, outputs[chosen] - outputs[1 - chosen])
        self._file = file
        self._labels = [name.encode() for name in file.labels if not name.encode().startswith(_LABEL_PREFIX)]
        self._words = _Dictionary(file.words)
        self._buckets = np.ascontiguousarray(rows[len(file.words) :])
        # what each word adds to the sum and to the number of what is averaged; the last is a word that is not there
        self._sums = np.append(rows[: len(file.words)].astype(np.float64), 0.0)
        self._counts = np.append(np.ones(len(file.words), np.int64), 0)
        if self._has_parts:
            for start in range(0, len(file.words), _PARTS_AT_A_TIME):
                some = file.words[start : start + _PARTS_AT_A_TIME]
                sums, counts = self._parts([b"" if word == END else word for word in some])
                self._sums[start : start + len(some)] += sums
                self._counts[start : start + len(some)] += counts

    def __call__(self, texts: Sequence[bytes]) -> list[float]:
        """Return the probability of the label for each text (as fastText's words, UTF-8); 0 where nothing is known."""
        if not texts:
            return []
        if self._may_hide_words(b"\n".join(texts)):
            texts = [self._readable(text) for text in texts]
        return self.of_words(words_of(texts))

    def of_words(self, words: Words) -> list[float]:
        """Return the probability of the label for texts that are cut into words."""
        firsts, sizes = words.bounds[:-1], np.diff(words.bounds)
        sums, counts = self._of_words(words)
        total, count = np.add.reduceat(sums, firsts), np.add.reduceat(counts, firsts)
        if self._file.buckets and self._file.ngrams > 1:
            values = np.empty(len(words.keys), np.float64)
            rows = ngram_rows(words.keys, words.bounds, self._file.ngrams, self._file.buckets)
            for order, (places, beyond) in enumerate(rows, 2):
                values[: len(places)] = self._buckets.take(places.view(np.int64))
                values[len(places) :] = 0
                values[beyond] = 0
                total += np.add.reduceat(values, firsts)
                count += np.maximum(sizes - order + 1, 0)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            chances = 1 / (1 + np.exp(-total / count)) + _EXTRA
        chances[count == 0] = 0
        return [round(chance, 6) for chance in np.minimum(np.nan_to_num(chances), 1).tolist()]

    @property
    def _has_parts(self) -> bool:
        return self._file.maxn > 0 and self._file.buckets > 0

    def _of_words(self, words: Words) -> tuple[Numbers, Counts]:
        """Return what each word adds to the sum and to the number of what is averaged."""
        found = self._words.find(words.keys)
        sums, counts = self._sums.take(found), self._counts.take(found)
        if self._has_parts:
            unknown = np.flatnonzero((found == len(self._file.words)) & (words.keys != _END_KEY))
            _, examples, kinds = np.unique(words.keys[unknown], return_index=True, return_inverse=True)
            for start in range(0, len(examples), _PARTS_AT_A_TIME):
                some = [words[number] for number in unknown[examples[start : start + _PARTS_AT_A_TIME]]]
                theirs = (kinds >= start) & (kinds < start + len(some))
                part_sums, part_counts = self._parts(some)
                sums[unknown[theirs]] = part_sums[kinds[theirs] - start]
                counts[unknown[theirs]] = part_counts[kinds[theirs] - start]
        return sums, counts

    def _parts(self, words: Sequence[bytes]) -> tuple[Numbers, Counts]:
        """Return the sum over the parts of each word, and how many they are; an empty word has none."""
        sums, counts = np.zeros(len(words)), np.zeros(len(words), np.int64)
        present = np.array([number for number, word in enumerate(words) if word], np.int64)
        parts = parts_of_words([words[number] for number in present], self._file.minn, self._file.maxn)
        for owners, hashes in parts:
            values = self._buckets.take(modulo(hashes.astype(np.uint64), self._file.buckets).view(np.int64))
            sums[present] += np.bincount(owners, values, len(present))
            counts[present] += np.bincount(owners, minlength=len(present))
        return sums, counts

    def _may_hide_words(self, text: bytes) -> bool:
        return END in text or any(label in text for label in (_LABEL_PREFIX, *self._labels))

    def _readable(self, text: bytes) -> bytes:
        """Return the part of a text that fastText reads: no labels, and nothing beyond a literal </s>."""
        if not self._may_hide_words(text):
            return text
        words = text.replace(b"\0", b" ").split()
        if END in words:
            words = words[: words.index(END)]
        return b" ".join(word for word in words if not word.startswith(_LABEL_PREFIX) and word not in self._labels)


class _Dictionary:
    """Finds the numbers of words by their keys: open addressing in arrays that are at most half full."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._missing = len(words)
        size = 1 << (2 * len(words)).bit_length()
        self._mask = np.uint64(size - 1)
        self._keys = np.zeros(size, np.uint64)
        self._numbers = np.full(size, self._missing, np.int64)
        keys = _keys_of(words)
        left = np.arange(len(words))
        slots = self._slots(keys)
        while len(left):
            free = left[self._numbers[slots[left]] == self._missing]
            self._numbers[slots[free]] = free  # of several that want one slot, one gets it
            won = free[self._numbers[slots[free]] == free]
            self._keys[slots[won]] = keys[won]
            left = left[self._numbers[slots[left]] != left]
            slots[left] = (slots[left] + 1) & int(self._mask)

    def _slots(self, keys: Keys) -> NDArray[np.int64]:
        return ((keys >> np.uint64(7)) & self._mask).view(np.int64)

    def find(self, keys: Keys) -> NDArray[np.int64]:
        """Return the number of the word with each key, or the number of words where there is none."""
        slots = self._slots(keys)
        found = self._numbers.take(slots)
        left = np.flatnonzero((self._keys.take(slots) != keys) & (found != self._missing))
        while len(left):
            slots[left] = (slots[left] + 1) & int(self._mask)
            found[left] = self._numbers.take(slots[left])
            left = left[(self._keys.take(slots[left]) != keys[left]) & (found[left] != self._missing)]
        return found


def _keys_of(words: Sequence[bytes]) -> Keys:
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    return hash_words(np.frombuffer(b"".join(words), np.int8), np.cumsum(lengths) - lengths, lengths)


_END_KEY = _keys_of([END])[0]


def _rows(file: ModelFile, matrix: Matrix) -> NDArray[np.float32]:
    with file.path.open("rb") as data:
        data.seek(matrix.offset)
        values = np.fromfile(data, "<f4", matrix.rows * matrix.columns)
    return values.reshape(matrix.rows, matrix.columns)


def _fold(file: ModelFile, matrix: Matrix, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the product of each row with the weights; the matrix itself is never in memory as a whole."""
    folded = np.empty(matrix.rows, np.float32)
    step = max(1, _BLOCK // matrix.columns)
    block = np.empty((step, matrix.columns), "<f4")
    with file.path.open("rb", buffering=0) as data:
        data.seek(matrix.offset)
        for start in range(0, matrix.rows, step):
            some = block[: matrix.rows - start]
            octets = some.data.cast("B")
            while len(octets):
                octets = octets[data.readinto(octets) :]
            np.matmul(some, weights, out=folded[start : start + step])
    return folded
