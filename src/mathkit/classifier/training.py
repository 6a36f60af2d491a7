"""Training of a fastText classifier of two labels, math and general; nothing of the texts stays in memory."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mathkit import __version__
from mathkit.classifier.folded import FoldedModel
from mathkit.classifier.model import LABEL_PREFIX
from mathkit.classifier.modelfile import read_model_file, write_footer
from mathkit.classifier.words import VERSION, classifier_words
from mathkit.durable import replacing
from mathkit.errors import MathkitError, UsageError

MATH, GENERAL = "math", "general"

_ZEROED_MEMORY = {"MALLOC_PERTURB_": "255"}  # glibc fills what it allocates with the complement of this byte
_TRAIN = "import fasttext, json, sys;fasttext.train_supervised(**json.loads(sys.argv[1])).save_model(sys.argv[2])"
_HELD_OUT = 0.1  # of the documents, where the threshold is to be calibrated
_WORDS_LEARNT = 300  # of a document, from its beginning
_PIECE = 60  # words learnt at a time
_STEPS, _LEAST_EPOCHS, _MOST_EPOCHS = 160_000, 2, 100
_LINES_AT_A_TIME = 1 << 20  # bytes
_MOST_BUCKETS, _LEAST_BUCKETS = 2_000_000, 1 << 10


@dataclass(frozen=True, slots=True)
class Training:
    """How a classifier is trained; the names are fastText's, but for those of its options."""

    dim: int
    epochs: int | None  # None: as many as make 160,000 steps, 2 to 100
    learning_rate: float
    ngrams: int  # of words, the longest
    minn: int  # of a word's characters, the shortest
    maxn: int  # and the longest; 0 for none
    min_count: int
    buckets: int | None  # None: as many as there are words, up to 2,000,000
    seed: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The threshold that is best on documents that were held out, and how good it is there."""

    threshold: float
    f1: float
    documents: int


def train(
    positives: Iterable[str],
    negatives: Iterable[str],
    save: Path,
    how: Training,
    *,
    judged: Iterable[tuple[str, bool]] = (),
    calibrate: bool = False,
) -> Calibration | None:
    """Train a classifier and save it; the same texts, options and seed give the same file.

    `judged` are texts of the pool and whether recall found them; they are never held out. Each class is worth the same:
    the documents of the smaller one are learnt several times. fastText runs in a process of its own, so that Ctrl-C
    ends it, on one thread, for more would make the result a matter of chance. It leaves nine tenths of its vectors to
    whatever the memory held before; that process has its memory filled with zeros, or small models would differ from
    run to run or end as NaN.
    """
    with tempfile.TemporaryDirectory(prefix="mathkit-") as name:
        folder = Path(name)
        with (folder / "texts").open("w+b") as texts, (folder / "held-out").open("w+b") as held_out:
            written = _Written(texts, held_out if calibrate else None, random.Random(how.seed))
            written.add(MATH, positives)
            written.add(GENERAL, negatives)
            for text, is_math in judged:
                written.add(MATH if is_math else GENERAL, [text], hold_out=False)
            if not all(written.places.values()):
                raise UsageError("--positives and --negatives: each must hold a document")
            with (folder / "examples").open("wb") as examples:
                for place in written.balanced():
                    texts.seek(place)
                    examples.write(texts.readline())
            _run_fasttext(folder / "examples", folder / "model", how, written)
            calibration = _calibrate(folder / "model", held_out) if calibrate else None
        footer = {"mathkit": __version__, "words": VERSION}
        if calibration:
            footer["threshold"] = calibration.threshold
        with replacing(save) as file, (folder / "model").open("rb") as model:
            shutil.copyfileobj(model, file)
            write_footer(file, footer)
    return calibration


class _Written:
    """The texts of both classes, as fastText reads them, in a file, and where each of them begins."""

    def __init__(self, texts: IO[bytes], held_out: IO[bytes] | None, draw: random.Random) -> None:
        self._texts = texts
        self._held_out = held_out
        self._draw = draw
        self.places = {MATH: array("q"), GENERAL: array("q")}
        self.words = 0

    def add(self, label: str, texts: Iterable[str], *, hold_out: bool = True) -> None:
        """Write texts of one class; a tenth of them is held out if asked for."""
        for text in texts:
            words = classifier_words(text)
            if self._held_out and hold_out and self._draw.random() < _HELD_OUT:
                self._held_out.write(_line(label, words))
                continue
            for piece in pieces(words[:_WORDS_LEARNT]):
                self.places[label].append(self._texts.tell())
                self._texts.write(_line(label, piece))
                self.words += len(piece)

    @property
    def count(self) -> int:
        """The number of examples to learn from, as many of each class."""
        return len(self.places) * max(map(len, self.places.values()))

    def balanced(self) -> "array[int]":
        """Return the places of the examples, in the order of learning."""
        order = array("q")
        for places in self.places.values():
            order.extend(places[number % len(places)] for number in range(self.count // len(self.places)))
        self._draw.shuffle(order)
        return order


def _line(label: str, words: Sequence[str]) -> bytes:
    return f"{LABEL_PREFIX}{label} {' '.join(words)}\n".encode()


def pieces(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield words in pieces of about 60, so that a long document teaches more than a short one.

    >>> [len(piece) for piece in pieces(range(200))], [len(piece) for piece in pieces(range(80))]
    ([66, 67, 67], [80])
    """
    count = max(1, round(len(words) / _PIECE))
    for number in range(count):
        yield words[len(words) * number // count : len(words) * (number + 1) // count]


def _run_fasttext(examples: Path, model: Path, how: Training, written: _Written) -> None:
    buckets = min(max(1 << written.words.bit_length(), _LEAST_BUCKETS), _MOST_BUCKETS)
    epochs = min(max(_STEPS // written.count, _LEAST_EPOCHS), _MOST_EPOCHS)
    arguments = {
        "input": str(examples), "dim": how.dim, "epoch": how.epochs or epochs, "lr": how.learning_rate,
        "wordNgrams": how.ngrams, "minn": how.minn, "maxn": how.maxn, "minCount": how.min_count,
        "bucket": how.buckets or buckets, "seed": how.seed, "thread": 1, "verbose": 0,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN, json.dumps(arguments), str(model)],
        env=os.environ | _ZEROED_MEMORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise MathkitError(f"fastText: {(done.stderr.strip() or 'no message').splitlines()[-1]}")


def _calibrate(model: Path, held_out: IO[bytes]) -> Calibration:
    """Return the threshold of the best F1 on held-out lines: the middle of where it is best."""
    held_out.seek(0)
    file = read_model_file(model)
    chances = FoldedModel(file, LABEL_PREFIX + MATH)
    scored: list[tuple[float, bool]] = []
    while lines := held_out.readlines(_LINES_AT_A_TIME):
        texts = [line.partition(b" ")[2] for line in lines]
        labels = [line.startswith(f"{LABEL_PREFIX}{MATH} ".encode()) for line in lines]
        scored += zip(chances(texts), labels, strict=True)
    if not 0 < sum(is_math for _, is_math in scored) < len(scored):
        raise UsageError("--threshold auto: too few documents to hold out a tenth of; give a number")
    return best_threshold(scored)


def best_threshold(scored: Iterable[tuple[float, bool]]) -> Calibration:
    """Return the threshold of the best F1, given scores and whether they should reach it.

    >>> best_threshold([(0.9, True), (0.7, True), (0.4, False), (0.1, False)])
    Calibration(threshold=0.55, f1=1.0, documents=4)
    """
    rows = sorted(scored, reverse=True)
    positives = sum(is_math for _, is_math in rows)
    right, best = 0, (-1.0, 1.0)
    for count, (score, is_math) in enumerate(rows, 1):
        right += is_math
        below = rows[count][0] if count < len(rows) else 0.0
        if below < score:
            best = max(best, (2 * right / (count + positives), (score + below) / 2))
    return Calibration(round(best[1], 6), round(best[0], 6), len(rows))
