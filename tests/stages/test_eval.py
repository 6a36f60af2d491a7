import json
import math
from collections.abc import Sequence

import pytest

from mathkit.answers import Grader
from mathkit.answers.grader import Policy
from mathkit.errors import BadRecord
from mathkit.metrics import Metric, default_metrics, measure, measure_by
from mathkit.stages.eval import Evaluation, gradable, grade_samples
from tests.conftest import ROOT


def graded(
    records: list[dict],
    policy: Policy = "lenient",
    *,
    trust_labels: bool = False,
    group: bool = True,
    both: bool = True,
    breakdown: Sequence[str] = (),
) -> tuple[list[dict], Evaluation]:
    evaluation = Evaluation(breakdown)
    done = list(
        grade_samples(records, evaluation, policy=policy, trust_labels=trust_labels, group=group, both=both, jobs=2)
    )
    assert len(done) == len(records)
    return done, evaluation


def evaluate(records: list[dict], *names: str, trust_labels: bool = False) -> tuple[dict[str, float], Evaluation]:
    _, evaluation = graded(records, trust_labels=trust_labels)
    metrics = [Metric.named(name) for name in names] or default_metrics(evaluation.problems)
    found = measure(evaluation.problems, metrics, seed=0)
    return {name: interval.value for name, interval in found.items()}, evaluation


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
    assert (evaluation.labels, evaluation.labels_that_differ) == (72, 0)


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
    assert (found["pass@1"], evaluation.labels_that_differ) == (1.0, 1)
    found, evaluation = evaluate([record], "pass@1", trust_labels=True)
    assert (found["pass@1"], evaluation.labels_that_differ) == (0.0, 1)


def test_no_samples_are_too_few_but_where_nothing_is_measured() -> None:
    with pytest.raises(BadRecord, match="pass@1 needs 1 sample, the record has 0"):
        gradable([])({"id": "x", "answer": "1", "samples": []})
    assert gradable([])({"id": "x", "samples": []}) == []


ONLY_LENIENT = ["5 cm", "5", "6", "5 cm"]  # of 5


def test_the_other_policy_is_measured_beside_the_chosen_one() -> None:
    record = {"id": "x", "answer": "5", "samples": [{"text": text} for text in ONLY_LENIENT]}
    metrics = [Metric("pass", 1), Metric("maj", 4)]
    for policy, own, other in (("lenient", 0.75, 0.25), ("strict", 0.25, 0.75)):
        done, evaluation = graded([record], policy)
        assert measure(evaluation.problems, metrics, 0)["pass@1"].value == own
        assert measure(evaluation.others, metrics, 0)["pass@1"].value == other
        assert sum(sample["correct"] for sample in done[0]["samples"]) == own * 4
        # strictly "5 cm" has two votes and is wrong; leniently it votes with 5
        majority = {
            "own": measure(evaluation.problems, metrics, 0)["maj@4"].value,
            "other": measure(evaluation.others, metrics, 0)["maj@4"].value,
        }
        assert majority == ({"own": 1, "other": 0} if policy == "lenient" else {"own": 0, "other": 1})
        assert (evaluation.judged_twice, evaluation.verdicts_that_differ) == (4, 2)
        assert evaluation.verdict_examples[0] == {
            "id": "x", "sample": 0, "extracted": "5 cm", "answer": "5",
            "lenient": "equal without units", "strict": evaluation.verdict_examples[0]["strict"],
        }  # fmt: skip


def test_what_is_the_same_under_both_policies_is_kept_once() -> None:
    _, evaluation = graded([problem("1", "2", "0.5", "1/2")])
    assert evaluation.others[0] is evaluation.problems[0]
    assert evaluation.verdicts_that_differ == 0


@pytest.mark.parametrize(
    ("policy", "other", "again"), [("lenient", "strict", ["7", "7 m"]), ("strict", "lenient", ["7 m", "8"])]
)
def test_the_other_policy_is_asked_only_where_it_can_differ(
    policy: Policy, other: Policy, again: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, list[str]] = {"lenient": [], "strict": []}
    equal = Grader.equal

    def counting(self: Grader, prediction: str, answer: str, policy: Policy) -> tuple[bool, str]:
        asked[policy].append(prediction)
        return (False, "timed out") if prediction == "slow" else equal(self, prediction, answer, policy)

    monkeypatch.setattr(Grader, "equal", counting)
    samples = [{"text": "", "answer": answer} for answer in ("7", "8", "7 m", "slow")]
    graded([{"id": "x", "answer": "7", "samples": samples}], policy, group=False)
    assert sorted(asked[policy]) == ["7", "7 m", "8", "slow"]
    assert sorted(asked[other]) == again  # not what took too long once


def test_nobody_asks_for_the_other_policy_unless_told_to() -> None:
    _, evaluation = graded([problem("5 cm", answer="5")], both=False)
    assert (evaluation.judged_twice, evaluation.others[0]) == (0, evaluation.problems[0])


def test_a_trusted_label_counts_under_both_policies() -> None:
    labelled = {**problem("5 cm", "5 cm", answer="5"), "correct": [True, False]}
    _, evaluation = graded([labelled], trust_labels=True)
    assert evaluation.judged_twice == 0
    assert evaluation.others[0] is evaluation.problems[0]
    half = {**labelled, "correct": [True, None]}
    _, evaluation = graded([half], trust_labels=True)
    assert evaluation.judged_twice == evaluation.verdicts_that_differ == 1
    assert evaluation.problems[0].correct == (True, True)
    assert evaluation.others[0].correct == (True, False)


def test_the_breakdown_takes_any_field_and_sorts_numbers() -> None:
    records = [
        {**problem("1"), **fields}
        for fields in (
            {"level": 10, "meta": {"kind": "a"}},
            {"level": 2, "meta.kind": "b"},
            {"level": None, "meta": 5},
            {"meta": {"kind": [1, "é"]}},
            {"level": True},
        )
    ]
    _, evaluation = graded(records, breakdown=["level", "meta.kind"])
    parts = [list(measure_by(evaluation.problems, field, [Metric("pass", 1)], 0)) for field in (0, 1)]
    assert parts == [["(none)", "2", "10", "true"], ["(none)", '[1, "é"]', "a", "b"]]
