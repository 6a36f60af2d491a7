"""Folded models against fastText itself: the same probabilities, whatever the options, words and characters."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import fasttext
import numpy as np
import pytest

from mathkit.classifier.folded import FoldedModel, can_fold
from mathkit.classifier.hashing import hash_words, modulo, words_of
from mathkit.classifier.library import LibraryModel
from mathkit.classifier.model import Classifier
from mathkit.classifier.modelfile import read_model_file
from mathkit.errors import Unavailable, UsageError

WORDS = [
    "let",
    "$x$",
    "\\frac{1}{2}",
    "prove",
    "the",
    "of",
    "小明",
    "方程",
    "3}",
    "ρ",
    "naïve",
    "🙂",
    "council",
    "<b>",
    "a",
]
HARD = [
    "", "   ", "</s>", "prove </s> the council", "</s> prove", "__label__math prove the", "the __label__other of",
    "__label__math", "prove\0the\tof\rlet\x0ba\fx", "prove\nthe\nof", "nothing known here", "x" * 3000, "é" * 300,
    "小明方程" * 200, "\u00a0 the", "the\u2028of", "the" * 40 + " of " * 40, "3} ρ", "a", "<b> < > <", " prove ",
]  # fmt: skip

TRAIN = "import fasttext, json, sys; fasttext.train_supervised(**json.loads(sys.argv[1])).save_model(sys.argv[2])"
ZEROED = {"MALLOC_PERTURB_": "255"}  # fastText begins with what the memory held, which may be no number

OPTIONS = [
    {"wordNgrams": 1},
    {"wordNgrams": 2, "bucket": 1 << 12},
    {"wordNgrams": 3, "bucket": 5000},
    {"wordNgrams": 4, "bucket": 999, "minCount": 5},
    {"wordNgrams": 1, "minn": 1, "maxn": 3, "bucket": 300},
    {"wordNgrams": 2, "minn": 2, "maxn": 5, "bucket": 5000, "minCount": 40},
    {"wordNgrams": 2, "minn": 3, "maxn": 3, "bucket": 1 << 12},
    {"minCount": 1000},
    {"wordNgrams": 1, "bucket": 0},
]


def sentence(draw: random.Random) -> str:
    known = draw.choices(WORDS, k=draw.randrange(1, 30))
    return " ".join(word if draw.random() < 0.9 else word + draw.choice("abcé小") for word in known)


def train(folder: Path, *, labels: tuple[str, ...] = ("math", "general"), **options: object) -> Path:
    draw = random.Random(5)
    text = folder / "train.txt"
    lines = []
    for number in range(400):
        label = labels[number % len(labels)]
        lines.append(f"__label__{label} {sentence(draw)} {'$x$ 方程' if label == labels[0] else 'council'}\n")
    text.write_text("".join(lines))
    given = {"input": str(text), "dim": 7, "epoch": 3, "lr": 0.3, "bucket": 1000, "thread": 1, "verbose": 0, **options}
    path = folder / "model.bin"
    subprocess.run([sys.executable, "-c", TRAIN, json.dumps(given), path], check=True, env=os.environ | ZEROED)
    return path


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("labels", [("math", "general"), ("general", "math")], ids=", ".join)
def test_probabilities_are_those_of_fasttext(options: dict, labels: tuple[str, str], tmp_path: Path) -> None:
    file = read_model_file(train(tmp_path, labels=labels, **options))
    assert can_fold(file)
    draw = random.Random(7)
    texts = [text.encode() for text in [*HARD, *(sentence(draw) for _ in range(200))]]
    for label in file.labels:
        found = np.array(FoldedModel(file, label)(texts))
        assert np.abs(found - LibraryModel(file, label)(texts)).max() < 1e-5


def test_a_text_has_one_probability_whatever_stands_beside_it(tmp_path: Path) -> None:
    file = read_model_file(train(tmp_path, wordNgrams=3, minn=2, maxn=4))
    score = FoldedModel(file, "__label__math")
    draw = random.Random(9)
    texts = [text.encode() for text in [*HARD, *(sentence(draw) for _ in range(100))]]
    together = score(texts)
    assert together == [score([text])[0] for text in texts]
    assert together[::-1] == score(texts[::-1])
    assert score([]) == []


@pytest.mark.parametrize("options", [{"loss": "ova"}, {"loss": "hs"}, {"labels": ("math", "code", "news")}], ids=str)
def test_what_cannot_be_folded_goes_through_fasttext(options: dict, tmp_path: Path) -> None:
    path = train(tmp_path, **options)
    assert not can_fold(read_model_file(path))
    model = fasttext.load_model(str(path))
    text = "prove\nthe 小明 council"
    labels, chances = model.predict(text.replace("\n", " "), k=-1)
    expected = min(1.0, dict(zip(labels, chances, strict=True))["__label__math"])
    assert Classifier(path, "math")([text]) == [pytest.approx(expected, abs=1e-5)]


def test_a_quantised_model_goes_through_fasttext_and_is_known_when_it_is_cut(tmp_path: Path) -> None:
    path = train(tmp_path, wordNgrams=2, minn=2, maxn=3)
    model = fasttext.load_model(str(path))
    model.quantize(input=str(tmp_path / "train.txt"), qnorm=True, cutoff=400, retrain=False)
    quantised = tmp_path / "model.ftz"
    model.save_model(str(quantised))
    assert not can_fold(read_model_file(quantised))
    labels, chances = fasttext.load_model(str(quantised)).predict("prove the 小明", k=-1)
    expected = dict(zip(labels, chances, strict=True))["__label__math"]
    assert Classifier(quantised, "math")(["prove the 小明"]) == [pytest.approx(expected, abs=1e-5)]
    data = quantised.read_bytes()
    for end in (len(data) // 2, len(data) - 1):
        quantised.write_bytes(data[:end])
        with pytest.raises(Unavailable):
            read_model_file(quantised)


def test_a_model_that_is_not_whole_is_unavailable(tmp_path: Path) -> None:
    data = train(tmp_path).read_bytes()
    broken = tmp_path / "broken.bin"
    for end in (0, 3, 50, 300, len(data) // 2, len(data) - 1):
        broken.write_bytes(data[:end])
        with pytest.raises(Unavailable):
            Classifier(broken, "math")
    broken.write_bytes(b"x" * 1000)
    with pytest.raises(Unavailable, match="not a fastText model"):
        Classifier(broken, "math")


def test_an_unknown_label_is_said_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has the labels general, math"):
        Classifier(train(tmp_path), "positive")


def test_word_vectors_are_no_classifier(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("a b c d\n" * 50)
    model = fasttext.train_unsupervised(str(text), dim=4, epoch=1, verbose=0, minCount=1, bucket=100)
    model.save_model(str(tmp_path / "vectors.bin"))
    with pytest.raises(Unavailable, match="not one that classifies"):
        Classifier(tmp_path / "vectors.bin", "math")


def test_words_are_those_that_fasttext_reads(tmp_path: Path) -> None:
    model = fasttext.load_model(str(train(tmp_path)))
    for text in ["a b\tc", " prove  the\x0b\fx\0y ", "\u00a0 é\u2028x"]:
        words = words_of([text.encode()])
        assert [words[number].decode() for number in range(len(words.keys))] == model.get_line(text)[0]


def test_keys_of_words_of_any_length_hold_the_hash_of_fasttext() -> None:
    def fnv(word: bytes) -> int:
        found = 2166136261
        for octet in word:
            found = ((found ^ (octet if octet < 128 else octet | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
        return found

    draw = random.Random(3)
    words = [draw.randbytes(draw.choice([0, 1, 2, 7, 8, 9, 40, 20_000])) for _ in range(300)]
    lengths = np.array([len(word) for word in words])
    keys = hash_words(np.frombuffer(b"".join(words), np.int8), np.cumsum(lengths) - lengths, lengths)
    assert [int(key) & 0xFFFFFFFF for key in keys] == [fnv(word) for word in words]
    assert len(set(keys.tolist())) == len(set(words))


@pytest.mark.parametrize("divisor", [1, 2, 1 << 20, 3, 999, 2_000_000, 2**31 - 1])
def test_remainders(divisor: int) -> None:
    numbers = np.array([0, 1, divisor, 2**32 + 1, 2**63 + 5, 2**64 - 1], np.uint64)
    assert modulo(numbers, divisor).tolist() == [number % divisor for number in numbers.tolist()]
