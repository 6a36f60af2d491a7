import json
import random
from pathlib import Path

import fasttext
import pytest

from mathkit.classifier import Classifier, Training, train
from mathkit.classifier.modelfile import read_model_file
from mathkit.classifier.training import best_threshold
from mathkit.errors import Unavailable, UsageError
from tests.conftest import ROOT

SMALL = Training(
    dim=4, epochs=20, learning_rate=0.5, ngrams=2, minn=0, maxn=0, min_count=1, buckets=100, seed=1
)  # fmt: skip


def texts(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (ROOT / "examples" / "data" / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recall") / "model.bin"
    train(texts("math-seed.jsonl"), texts("general-seed.jsonl"), path, SMALL)
    return path


def test_it_tells_mathematics_from_the_rest_in_both_languages(model: Path) -> None:
    scores = Classifier(model, "math")(
        [
            "Let $f(x) = x^2$. Then $f'(x) = 2x$ and the function has a minimum at $x = 0$.",
            "已知函数 $f(x)=x^2$，求曲线在点 $(1,1)$ 处的切线方程。",
            "The agency published a new website for people who look for a job.",
            "把鸡蛋打散，加入盐，锅中放油，煎至两面金黄。",
            "",
            " ?! ",
        ]
    )
    assert min(scores[:2]) > 0.5 > max(scores[2:])
    assert scores[4:] == [0.0, 0.0]


def test_the_same_seed_gives_the_same_model(model: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.bin"
    train(texts("math-seed.jsonl"), texts("general-seed.jsonl"), again, SMALL)
    assert again.read_bytes() == model.read_bytes()


def test_both_sides_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="each must hold a document"):
        train(["x"], [], tmp_path / "m.bin", SMALL)
    assert not list(tmp_path.iterdir())


def test_fasttext_reads_the_model_and_its_footer_tells_whose_it_is(model: Path, tmp_path: Path) -> None:
    assert sorted(fasttext.load_model(str(model)).get_labels()) == ["__label__general", "__label__math"]
    assert read_model_file(model).footer["words"] == 1
    stranger = tmp_path / "stranger.bin"
    fasttext.load_model(str(model)).save_model(str(stranger))
    assert read_model_file(stranger).footer == {}
    # mathkit's words are cut, those of others end at white space
    text = "Solve $x^2=4$，求方程的解"
    assert Classifier(stranger, "math")([text]) != Classifier(model, "math")([text])
    cut = "solve $ x ^ 0 = 0 $ 求 方 程 的 解"
    assert Classifier(stranger, "math")([cut]) == Classifier(model, "math")([text])


def test_a_model_of_another_cutting_is_refused(model: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.bin"
    later.write_bytes(model.read_bytes().replace(b'"words":1', b'"words":9'))
    with pytest.raises(Unavailable, match="cut texts in another way"):
        Classifier(later, "math")


def test_each_class_is_worth_the_same(tmp_path: Path) -> None:
    few, many = ["ring field group"] * 3, ["cake butter egg"] * 300
    for positives, negatives in ((few, many), (many, few)):
        train(positives, negatives, tmp_path / "m.bin", SMALL)
        one, other = Classifier(tmp_path / "m.bin", "math")([positives[0], negatives[0]])
        assert one == pytest.approx(1 - other, abs=0.01)


def test_buckets_follow_the_size_of_the_training_set(tmp_path: Path) -> None:
    how = {field: getattr(SMALL, field) for field in SMALL.__slots__} | {"buckets": None}
    for words, buckets in ((10, 1024), (3000, 4096)):
        train([" ".join(["group"] * 10)] * (words // 10), ["x"], tmp_path / "m.bin", Training(**how))
        assert read_model_file(tmp_path / "m.bin").buckets == buckets


def test_the_calibrated_threshold_comes_from_documents_that_were_held_out(tmp_path: Path) -> None:
    draw = random.Random(1)
    math = [" ".join(draw.choices(["ring", "field", "the", "of"], k=9)) for _ in range(200)]
    other = [" ".join(draw.choices(["cake", "butter", "the", "of"], k=9)) for _ in range(200)]
    calibration = train(math, other, tmp_path / "m.bin", SMALL, calibrate=True)
    assert calibration
    assert 20 < calibration.documents < 65
    assert calibration.f1 > 0.9
    assert Classifier(tmp_path / "m.bin", "math").threshold == calibration.threshold
    with pytest.raises(UsageError, match="too few documents"):
        train(math[:2], other[:2], tmp_path / "m.bin", SMALL, calibrate=True)


@pytest.mark.parametrize(
    ("scored", "threshold", "f1"),
    [
        ([(0.9, True), (0.2, False)], 0.55, 1.0),
        ([(0.9, True), (0.8, False), (0.7, True), (0.1, False)], 0.4, 0.8),
        ([(0.5, True), (0.5, False)], 0.25, 0.666667),
    ],
)
def test_the_best_threshold(scored: list[tuple[float, bool]], threshold: float, f1: float) -> None:
    found = best_threshold(scored)
    assert (found.threshold, found.f1, found.documents) == (threshold, f1, len(scored))
