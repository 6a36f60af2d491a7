import itertools
import random
from typing import Any

import pytest

from mathkit.records import Rejected, new_sample
from mathkit.stages.vote import add_votes, weigh


def samples(*answers: str | None, rewards: list[float | None] | None = None) -> list[dict]:
    given = rewards or [None] * len(answers)
    return [
        {
            **new_sample(f"text {number}, the answer is {answer}" if answer else "I do not know at all."),
            "answer": answer,
            "reward": reward,
        }
        for number, (answer, reward) in enumerate(zip(answers, given, strict=True))
    ]


DEFAULTS: dict[str, Any] = {
    "weights": "none", "reward_map": "sigmoid", "top_k": None, "min_share": 0.0, "as_messages": False, "system": "",
    "jobs": 1,
}  # fmt: skip


def vote(rows: list[dict], **options: Any):
    (outcome,) = add_votes([{"id": "x", "problem": "p", "answer": "4", "samples": rows}], **{**DEFAULTS, **options})
    return outcome


def test_equal_answers_are_one_whatever_the_order() -> None:
    rows = samples("0.5", "1/2", "3", r"\frac{1}{2}", "0.5", None)
    orders = random.Random(0).sample(list(itertools.permutations(rows)), 100)
    records = [{"id": "x", "problem": "p", "answer": "1/2", "samples": list(order)} for order in orders]
    found = [record["vote"] for record in add_votes(records, **DEFAULTS)]  # type: ignore[index]
    assert all(entry["answer"] == "0.5" and entry["votes"] == 4 and entry["share"] == 0.8 for entry in found)
    assert len({str(entry["classes"]) for entry in found}) == 1


def test_classes_do_not_depend_on_the_order_of_the_samples() -> None:
    rows = samples(
        "0.5", "1/2", "50%", "(1,2)", r"\left(1, 2\right)", "x+1", "1+x", r"\int_0^1 2x dx", "1", "1.0", "1, 2",
        r"\{2, 1\}", "x = 1 or x = 2", r"1 \text{ and } 2", "no solution", r"\emptyset", r"\boxed{5 cm}",
        r"\boxed{50 mm}", "0.333333", "1/3",
    )  # fmt: skip
    chance = random.Random(1)
    orders = [chance.sample(rows, len(rows)) for _ in range(60)]
    records = [{"id": "x", "problem": "p", "answer": "1, 2", "samples": order} for order in orders]
    found = [record["vote"] for record in add_votes(records, **DEFAULTS)]  # type: ignore[index]
    assert len({str(entry) for entry in found}) == 1
    assert [entry["votes"] for entry in found[0]["classes"]] == [4, 3, 3, 2, 2, 2, 2, 2]
    assert found[0]["correct"]


def test_no_answer_never_wins() -> None:
    assert vote(samples(None, None, "4"))["vote"]["answer"] == "4"
    nothing = vote(samples(None, None))["vote"]
    assert (nothing["answer"], nothing["votes"], nothing["share"], nothing["correct"]) == (None, 0, 0.0, False)
    assert isinstance(vote(samples(None), min_share=0.1), Rejected)


def test_ties_go_to_the_best_reward_then_to_the_first_and_are_shown() -> None:
    tied = vote(samples("1", "2"))["vote"]
    assert (tied["answer"], tied["tie"], tied["margin"]) == ("1", True, 0.0)
    assert vote(samples("1", "2", rewards=[-1.0, 0.0]))["vote"]["answer"] == "2"
    assert vote(samples("1", "2", rewards=[0.0, -1.0]))["vote"]["answer"] == "1"


def test_weights_of_any_size_decide() -> None:
    won = vote(samples("1", "1", "1", "2", rewards=[-20.0, -20.0, -20.0, -19.5]), weights="reward")["vote"]
    assert (won["answer"], won["tie"]) == ("1", False)
    assert won["share"] > 0.5
    assert vote(samples("1", "1", "2", rewards=[-3.0, -3.0, 3.0]), weights="reward")["vote"]["answer"] == "2"
    assert vote(samples("1", "2", rewards=[-1e9, -1e9]), weights="reward")["vote"]["tie"]


@pytest.mark.parametrize("reward_map", ["sigmoid", "softmax", "rank"])
def test_every_map_rises_with_the_reward_and_stays_finite(reward_map) -> None:
    weights = weigh([-1e6, -1.0, 0.0, 0.5, 1e6], reward_map)
    assert weights == sorted(weights)
    assert all(0 <= weight <= 1 for weight in weights)


def test_the_best_samples_of_the_winner_are_chosen() -> None:
    rows = samples("4", "4", "4", "5", rewards=[0.1, 0.9, 0.5, 2.0])
    assert [sample["chosen"] for sample in vote(rows, top_k=2)["samples"]] == [False, True, True, False]
    examples = vote(rows, top_k=2, as_messages=True)
    assert [record["id"] for record in examples.records] == ["x/1", "x/2"]
    assert examples.records[0]["messages"][-1]["content"].startswith("text 1")


def test_no_text_is_chosen_twice() -> None:
    rows = [new_sample("The answer is 4"), new_sample("The answer is 4"), new_sample("It is #### 4")]
    assert [sample["chosen"] for sample in vote(rows, top_k=2)["samples"]] == [True, False, True]  # type: ignore[arg-type]


def test_a_text_without_an_answer_does_not_vote() -> None:
    rows = [new_sample(text) for text in ("dunno", "I dunno, 7 of 8", "no idea", "5 apples")]
    assert vote(rows)["vote"]["classes"] == [{"answer": "5 apples", "votes": 1, "weight": 1.0}]  # type: ignore[arg-type]


def test_bare_answers_vote_and_truncated_ones_do_not() -> None:
    bare = [new_sample(text) for text in ("5", "5", "6")]
    assert vote(bare)["vote"]["votes"] == 2  # type: ignore[arg-type]
    cut = [{**new_sample("we have 5 of them and then"), "finish_reason": "length"}] * 2
    assert vote([*cut, new_sample("6")])["vote"]["answer"] == "6"  # type: ignore[list-item]


def test_a_sample_without_text_is_no_training_example() -> None:
    row = {**new_sample(""), "answer": "4"}
    assert isinstance(vote([row], as_messages=True), Rejected)
