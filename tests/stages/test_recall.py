import json
from pathlib import Path

import pytest

from mathkit.errors import Unavailable, UsageError
from mathkit.records import Rejected
from mathkit.stages.recall import Classifier, mark_mathematical, mark_most_mathematical, train
from tests.conftest import ROOT

SMALL = {"dim": 4, "epochs": 20, "learning_rate": 0.5, "ngrams": 2, "min_count": 1, "buckets": 100, "seed": 1}


def texts(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (ROOT / "examples" / "data" / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recall") / "model.bin"
    train(texts("math-seed.jsonl"), texts("general-seed.jsonl"), path, **SMALL)
    return path


def test_it_tells_mathematics_from_the_rest_in_both_languages(model: Path) -> None:
    score = Classifier(model, "math")
    assert score("Let $f(x) = x^2$. Then $f'(x) = 2x$ and the function has a minimum at $x = 0$.") > 0.5
    assert score("已知函数 $f(x)=x^2$，求曲线在点 $(1,1)$ 处的切线方程。") > 0.5
    assert score("The agency published a new website for people who look for a job.") < 0.5
    assert score("把鸡蛋打散，加入盐，锅中放油，煎至两面金黄。") < 0.5
    assert score("") == 0.0


def test_the_same_seed_gives_the_same_model(model: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.bin"
    train(texts("math-seed.jsonl"), texts("general-seed.jsonl"), again, **SMALL)
    assert again.read_bytes() == model.read_bytes()


def test_a_file_that_is_no_whole_model_is_unavailable(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    broken = tmp_path / "broken.bin"
    for end in (0, 3, 50, 300, len(data) // 2, len(data) - 1):
        broken.write_bytes(data[:end])
        with pytest.raises(Unavailable):
            Classifier(broken, "math")
    broken.write_bytes(b"x" * 1000)
    with pytest.raises(Unavailable, match="not a fastText model"):
        Classifier(broken, "math")


def test_an_unknown_label_is_said_with_those_there_are(model: Path) -> None:
    with pytest.raises(UsageError, match="has the labels general, math"):
        Classifier(model, "positive")


def test_both_sides_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="each must hold a document"):
        train(["x"], [], tmp_path / "m.bin", **SMALL)


def test_the_threshold_is_reached_from_below_and_the_best_are_kept_in_order() -> None:
    records = [{"id": number, "text": str(number)} for number in (3, 1, 5, 4, 5)]

    def score(text: str) -> float:
        return int(text) / 10

    kept = mark_mathematical(records, lambda record: record["text"], score, threshold=0.4)
    assert [row["recall"]["score"] for row in kept if not isinstance(row, Rejected)] == [0.5, 0.4, 0.5]
    for top, ids in {"2": [5, 5], "40%": [5, 5], "3": [5, 4, 5], "0": [], "99": [3, 1, 5, 4, 5], "1": [5]}.items():
        best = mark_most_mathematical(records, lambda record: record["text"], score, top=top)
        assert [row["id"] for row in best if not isinstance(row, Rejected)] == ids
