import json
import math

import pytest

from mathkit.errors import BadRecord
from mathkit.metrics import Metric
from mathkit.stages.eval import Evaluation, gradable, grade_samples
from tests.conftest import ROOT


def evaluate(records: list[dict], *names: str, trust_labels: bool = False) -> tuple[dict[str, float], Evaluation]:
    evaluation = Evaluation()
    done = grade_samples(records, evaluation, policy="lenient", trust_labels=trust_labels, compare=True, jobs=2)
    assert len(list(done)) == len(records)
    metrics = [Metric.named(name) for name in names] or evaluation.default_metrics()
    return {name: interval.value for name, interval in evaluation.measure(metrics, seed=0).items()}, evaluation


def problem(*texts: str | None, rewards: list[float] | None = None, answer: str | None = "1") -> dict:
    record = {"id": "x", "question": "q", "answer": answer, "completions": list(texts)}
    return {**record, "rewards": rewards} if rewards else record


def test_the_values_of_the_reference_on_its_own_samples() -> None:
    """Counted by hand from the labels of the nine problems: 53 of 72 right."""
    records = [json.loads(line) for line in (ROOT / "examples/data/sampled.jsonl").read_text().splitlines()]
    right = [sum(record["correct"]) for record in records]
    found, evaluation = evaluate(records, "pass@1", "avg@8", "pass@8", "pass@2", trust_labels=True)
    assert found["pass@1"] == pytest.approx(sum(right) / 72, abs=1e-6) == found["avg@8"]
    assert found["pass@8"] == sum(count > 0 for count in right) / 9
    pairs = [1 - math.comb(8 - count, 2) / math.comb(8, 2) for count in right]
    assert found["pass@2"] == pytest.approx(sum(pairs) / 9, abs=1e-6)
    assert (evaluation.labels, evaluation.differing) == (72, 0)


def test_a_tie_goes_to_the_answer_seen_first() -> None:
    assert evaluate([problem("2", "1", "1", "2")], "maj@4")[0] == {"maj@4": 0.0}
    assert evaluate([problem("1", "2", "2", "1")], "maj@4")[0] == {"maj@4": 1.0}
    assert evaluate([problem("2", "0.5", r"\frac{1}{2}", answer="1/2")], "maj@3", "maj@2")[0] == {
        "maj@3": 1.0,
        "maj@2": 0.0,
    }


def test_what_is_not_there_does_not_vote() -> None:
    assert evaluate([problem(None, None, "1")], "maj@3")[0] == {"maj@3": 1.0}
    assert evaluate([problem(None, None)], "maj@2")[0] == {"maj@2": 0.0}


def test_the_best_reward_of_the_first_k_counts() -> None:
    found, _ = evaluate([problem("2", "1", "2", rewards=[-3, -1, 5])], "rm@1", "rm@2", "rm@3")
    assert found == {"rm@1": 0.0, "rm@2": 1.0, "rm@3": 0.0}


def test_problems_without_an_answer_count_in_no_metric() -> None:
    found, evaluation = evaluate([problem("1"), problem("1", answer=None)], "pass@1")
    assert found == {"pass@1": 1.0}
    assert evaluation.without_answer == 1


def test_the_default_is_what_every_problem_can_give() -> None:
    few, many = problem("1", "1", rewards=[1, 2]), problem("1", "1", "2", rewards=[1, 2, 3])
    assert list(evaluate([few, many])[0]) == ["pass@1", "maj@2", "rm@2", "pass@2"]
    assert list(evaluate([problem("1")])[0]) == ["pass@1"]
    assert evaluate([])[0] == {}


def test_k_is_refused_where_there_are_fewer_samples_or_rewards() -> None:
    need = gradable([Metric("pass", 1), Metric("maj", 3), Metric("rm", 2)])
    with pytest.raises(BadRecord, match="maj@3 needs 3 samples, the record has 2"):
        need(problem("1", "1"))
    with pytest.raises(BadRecord, match=r"samples\[0\] has no reward, which rm@2 needs"):
        need(problem("1", "1", "1"))
    assert need(problem("1", answer=None))  # it counts in no metric


def test_a_wrong_label_is_counted_and_trusted_only_if_asked() -> None:
    record = {**problem("10000", answer="10{,}000"), "correct": [False]}
    found, evaluation = evaluate([record], "pass@1")
    assert (found["pass@1"], evaluation.differing) == (1.0, 1)
    found, evaluation = evaluate([record], "pass@1", trust_labels=True)
    assert (found["pass@1"], evaluation.differing) == (0.0, 1)
