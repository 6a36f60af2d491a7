r"""Recall mathematical documents with a fastText classifier (arXiv 1607.01759; used so in arXiv 2402.03300, 2.1).

fastText splits at white space alone, so the text is cut first, and nothing of the mathematics is thrown away:
LaTeX commands, words, numbers and signs are words, and so is each Chinese character, of which its word n-grams
make the words again.
"""

import heapq
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import fasttext

from mathkit.errors import MathkitError, Unavailable, UsageError
from mathkit.records import Outcome, Record, Rejected
from mathkit.spool import Spool
from mathkit.text import CJK

MATH, GENERAL = "math", "general"
_PREFIX = "__label__"
_MAGIC = 793712314  # fastText's
_WORD = re.compile(rf"\\[a-z]+|[{CJK}]|[^\W\d_{CJK}]+|\d+|[^\s\w]")
_ZEROED_MEMORY = {"MALLOC_PERTURB_": "255"}  # glibc fills what it allocates with the complement of this byte
_TRAIN = "import fasttext, json, sys;fasttext.train_supervised(**json.loads(sys.argv[1])).save_model(sys.argv[2])"

fasttext.FastText.eprint = lambda message: None  # it prints a warning about itself on every load


def classifier_words(text: str) -> str:
    r"""Return a text as the words that the classifier sees, on one line.

    >>> classifier_words("Let $\\frac{1}{23}$ 小明")
    'let $ \\frac { 1 } { 23 } $ 小 明'
    """
    return " ".join(_WORD.findall(text.lower()))


def train(
    positives: Iterable[str],
    negatives: Iterable[str],
    save: Path,
    *,
    dim: int,
    epochs: int,
    learning_rate: float,
    ngrams: int,
    min_count: int,
    buckets: int,
    seed: int,
) -> None:
    """Train a classifier of two labels, math and general, and save it; the same seed gives the same file.

    It runs in a process of its own, so that Ctrl-C ends it, on one thread, for more would make the result a
    matter of chance. fastText leaves nine tenths of its vectors to whatever the memory held before; that process has
    its memory filled with zeros, or small models would differ from run to run or end as NaN.
    """
    lines = [f"{_PREFIX}{MATH} {classifier_words(text)}\n" for text in positives]
    count = len(lines)
    lines += [f"{_PREFIX}{GENERAL} {classifier_words(text)}\n" for text in negatives]
    if not 0 < count < len(lines):
        raise UsageError("--positives and --negatives: each must hold a document")
    random.Random(seed).shuffle(lines)  # it learns from one line after the other
    with tempfile.TemporaryDirectory(prefix="mathkit-") as folder:
        examples, model = Path(folder, "examples.txt"), Path(folder, "model.bin")
        examples.write_text("".join(lines), encoding="utf-8")
        arguments = {
            "input": str(examples), "dim": dim, "epoch": epochs, "lr": learning_rate, "wordNgrams": ngrams,
            "minCount": min_count, "bucket": buckets, "seed": seed, "thread": 1, "verbose": 0,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _TRAIN, json.dumps(arguments), str(model)],
            env=os.environ | _ZEROED_MEMORY, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise MathkitError(f"fastText: {(done.stderr.strip() or 'no message').splitlines()[-1]}")
        partial = save.with_name(save.name + ".partial")
        partial.write_bytes(model.read_bytes())
        partial.replace(save)


class Classifier:
    """A trained fastText model and the label that counts as mathematical."""

    def __init__(self, path: Path, label: str) -> None:
        _check_whole(path)
        try:
            self._model = fasttext.load_model(str(path))
        except (ValueError, RuntimeError, MemoryError) as error:
            raise Unavailable(f"{path}: not a fastText model that can be read: {error}") from None
        self._label = _PREFIX + label
        labels = self._model.get_labels()
        if self._label not in labels:
            known = ", ".join(sorted(name.removeprefix(_PREFIX) for name in labels))
            raise UsageError(f"--label {label}: {path} has the labels {known}")

    def __call__(self, text: str) -> float:
        """Return the probability that a text is mathematical; 0 for a text without words."""
        line = classifier_words(text)
        if not line:
            return 0.0
        labels, probabilities = self._model.predict([line], k=-1)
        chances: dict[str, Any] = dict(zip(labels[0], probabilities[0], strict=True))
        return min(1.0, round(float(chances.get(self._label, 0.0)), 6))


def _check_whole(path: Path) -> None:
    """Raise Unavailable for a file that is no fastText model or ends too soon, which fastText reads for ever.

    The format is that of FastText::loadModel: 2 numbers, 12 arguments and a double, the dictionary, two matrices.
    """
    data = path.read_bytes()
    try:
        magic, version = struct.unpack_from("<ii", data, 0)
        if magic != _MAGIC or not 11 <= version <= 12:
            raise Unavailable(f"{path}: not a fastText model")
        at = 8 + 12 * 4 + 8
        size, _, _, _, pruned = struct.unpack_from("<iiiqq", data, at)
        at += 28
        for _ in range(size):
            at = data.index(b"\0", at) + 1 + 8 + 1  # the word, its count, its kind
        at += 8 * max(pruned, 0)
        if data[at]:  # quantised: .ftz
            return
        rows, columns = struct.unpack_from("<qq", data, at + 1)
        at += 1 + 16 + 4 * rows * columns
        rows, columns = struct.unpack_from("<qq", data, at + 1)
        if at + 1 + 16 + 4 * rows * columns > len(data):
            raise ValueError
    except (struct.error, ValueError, IndexError):
        raise Unavailable(f"{path}: the model file ends too soon") from None


def mark_mathematical(
    records: Iterable[Record],
    text: Callable[[Record], str],
    score: Callable[[str], float],
    *,
    threshold: float,
) -> Iterator[Outcome]:
    """Yield the records whose score reaches the threshold, with `recall`; reject the others."""
    for record in records:
        yield _judged(record, value := score(text(record)), value >= threshold, "below the threshold")


def mark_most_mathematical(
    records: Iterable[Record], text: Callable[[Record], str], score: Callable[[str], float], *, top: str
) -> Iterator[Outcome]:
    """Yield the records of the highest scores, `top` of them (N, or F% of all), in input order.

    The records wait on disk; of equal scores the earlier one is kept.
    """
    spool, scores = Spool(), []
    for record in records:
        spool.append(record)
        scores.append(score(text(record)))
    amount = round(len(scores) * float(top[:-1]) / 100) if top.endswith("%") else int(top)
    best = set(heapq.nsmallest(amount, range(len(scores)), key=lambda number: (-scores[number], number)))
    for number, record in enumerate(spool):
        yield _judged(record, scores[number], number in best, "not among the top")


def _judged(record: Record, score: float, kept: bool, reason: str) -> Outcome:
    if kept:
        return {**record, "recall": {"score": score, "round": 1, "via": "text"}}
    return Rejected(record, reason, {"score": score})
