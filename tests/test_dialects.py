import pytest

from mathkit.dialects import answer_of, has_samples, problem_of, samples_of, solution_of, text_of, with_samples
from mathkit.errors import BadRecord

GSM8K = {"question": "q", "answer": "16-3-4 = <<16-3-4=9>>9\n9*2 = <<9*2=18>>$18\n#### 1,018"}
MATH = {"problem": "q", "solution": r"so \boxed{\frac{1}{2}}", "level": "Level 1"}
NUMINA = {"problem": "q", "solution": "s", "answer": "proof"}
HARNESS = {"question": "q", "gt": "4", "code": ["a", "b"], "pred": ["4", "5"], "score": [True, False],
           "pred_score": [[1.5], [-2]]}  # fmt: skip
SHARED = {"question": "q", "answer": "4", "completions": ["a", None], "correct": [True, False], "rewards": [1, 2.5],
          "models": ["m", None], "sources": ["kept"]}  # fmt: skip
NEMO = {"problem": "q", "expected_answer": 36.0, "generation": "a", "reward_model_score": 0.5}
TRL = {"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
       "completion": [{"role": "assistant", "content": r"\boxed{7}"}]}  # fmt: skip
CHAT = {"messages": [{"role": "user", "content": "first"}, {"role": "assistant", "content": "x"},
                     {"role": "user", "content": "q"}, {"role": "assistant", "content": r"\boxed{7}"}]}  # fmt: skip


@pytest.mark.parametrize("record", [GSM8K, MATH, NUMINA, HARNESS, SHARED, NEMO, TRL, CHAT, {"prompt": "q"}])
def test_the_problem_is_found(record: dict) -> None:
    assert problem_of(record) == "q"


@pytest.mark.parametrize(
    ("record", "answer"),
    [(GSM8K, "1018"), (MATH, r"\frac{1}{2}"), (NUMINA, None), (HARNESS, "4"), (SHARED, "4"), (NEMO, "36.0"), (TRL, "7"),
     (CHAT, "7"), ({"answer": "notfound"}, None), ({"answer": ""}, None), ({"answer": None}, None), ({}, None),
     ({"answer": 12}, "12"), ({"answer": 2**70}, str(2**70))],
)  # fmt: skip
def test_the_answer_is_found(record: dict, answer: str | None) -> None:
    assert answer_of(record) == answer


def test_the_solution_is_found() -> None:
    assert solution_of(GSM8K) == GSM8K["answer"]
    assert solution_of(MATH) == MATH["solution"]
    assert solution_of(TRL) == solution_of(CHAT) == r"\boxed{7}"
    assert solution_of({"answer": "4"}) is None


def test_lists_in_step_become_samples_and_are_replaced_by_them() -> None:
    for record in (HARNESS, SHARED):
        samples = samples_of(record)
        assert [sample["text"] for sample in samples] == ["a", "b" if record is HARNESS else ""]
        assert [sample["correct"] for sample in samples] == [True, False]
    assert [sample["reward"] for sample in samples_of(HARNESS)] == [1.5, -2.0]
    assert [sample["reward"] for sample in samples_of(SHARED)] == [1.0, 2.5]
    assert list(with_samples(SHARED, samples_of(SHARED))) == ["question", "answer", "sources", "samples"]
    assert list(with_samples(HARNESS, [])) == ["question", "gt", "samples"]
    assert list(with_samples(NEMO, samples_of(NEMO))) == ["problem", "expected_answer", "samples"]
    again = with_samples(SHARED, samples_of(SHARED))
    assert samples_of(again) == samples_of(SHARED)


def test_fields_of_other_data_sets_are_no_samples() -> None:
    record = {"problem": "p", "code": "MATH-17", "response": "none yet", "pred": 3, "samples": None}
    assert samples_of(record) == []
    with pytest.raises(BadRecord, match="has no samples"):
        has_samples(record)
    foreign = {"problem": "p", "models": ["m"], "score": [1], "correct": ["x"]}
    assert with_samples(foreign, []) == {**foreign, "samples": []}


def test_unknown_fields_of_a_sample_stay() -> None:
    (sample,) = samples_of({"samples": [{"text": "t", "mine": 1}]})
    assert sample["mine"] == 1  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("read", "record", "message"),
    [
        (problem_of, {}, "no problem"),
        (problem_of, {"problem": 5}, "problem is a number, not a string"),
        (problem_of, {"messages": []}, "messages holds no user message"),
        (problem_of, {"messages": ["x"]}, "something other than"),
        (problem_of, {"prompt": None}, "no problem"),
        (text_of, {"url": "x"}, "no text and no problem"),
        (answer_of, {"answer": ["4"]}, "answer is an array, not a string or a number"),
        (answer_of, {"answer": True}, "answer is a boolean"),
        (has_samples, {"problem": "p"}, "has no samples"),
        (samples_of, {"samples": {}}, "samples is an object, not an array"),
        (samples_of, {"samples": ["x"]}, r"samples\[0\] is a string, not an object"),
        (samples_of, {"samples": [{"text": 1}]}, r"samples\[0\].text is a number, not a string"),
        (samples_of, {"samples": [{"text": "", "reward": "1"}]}, r"samples\[0\].reward is a string, not a number"),
        (samples_of, {"samples": [{"text": "", "correct": 1}]}, r"samples\[0\].correct is a number, not a boolean"),
        (samples_of, {"completions": ["a", "b"], "correct": [True]}, "correct has 1 items, completions has 2"),
        (samples_of, {"completions": "oops"}, "completions is a string, not an array"),
        (samples_of, {"completions": [1]}, r"completions\[0\] is a number"),
        (samples_of, {"completions": ["a"], "rewards": [None, 1]}, "rewards has 2 items"),
    ],
)
def test_what_cannot_be_read_is_said(read, record: dict, message: str) -> None:
    with pytest.raises(BadRecord, match=message):
        read(record)
