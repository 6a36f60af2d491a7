from collections.abc import Iterable, Iterator
from typing import Any

from mathkit.metrics.paths import Paths
from mathkit.records import Failed, Kept, Rejected, new_sample
from mathkit.stages.rft_sample import choose_samples, draw_for_hard, merge_by_id


def problem(*texts: str, name: Any = "x", answer: str | None = "7") -> dict:
    return {"id": name, "problem": "p", "answer": answer, "samples": [new_sample(text) for text in texts]}


def choose(*records: dict, **options: Any) -> list:
    defaults = {
        "distinct": "equations",
        "max_paths": None,
        "band": None,
        "as_messages": False,
        "reference": False,
        "system": "s",
        "jobs": 1,
    }
    return list(choose_samples((Kept([record]) for record in records), **{**defaults, **options}))


def reasons(record: dict) -> list[str]:
    return [sample["reason"] for sample in record["samples"]]


def test_right_and_different_paths_are_chosen_and_the_others_say_why() -> None:
    record = problem(
        "<<3+4=7>> The answer is 7.", "<<3+4=7>> The answer is 7.", "<<4+3=7>> The answer is 7.", "The answer is 7.",
        "<<3+4=8>> The answer is 7.", "<<>> The answer is 7.", "The answer is 8.", "I do not know this one",
    )  # fmt: skip
    (kept,) = choose(record)
    assert reasons(kept.records[0]) == [
        "chosen", "same derivation", "chosen", "chosen", "wrong arithmetic: 3+4=8", "wrong arithmetic: ",
        "different", "no answer found",
    ]  # fmt: skip
    assert [sample["chosen"] for sample in kept.records[0]["samples"]] == [True, False, True, True] + [False] * 4


def test_at_most_so_many_and_the_most_different() -> None:
    record = problem("aaaa 3+4=7 The answer is 7", "aaab 4+3=7 The answer is 7", "zz 9-2=7 zzzzzz The answer is 7")
    (kept,) = choose(record, max_paths=2)
    assert reasons(kept.records[0]) == ["chosen", "beyond --max-paths", "chosen"]


def test_the_band_keeps_what_is_neither_too_easy_nor_too_hard() -> None:
    records = [problem(*["7"] * right, *["8"] * (8 - right), name=right) for right in range(9)]
    outcomes = choose(*records, band=(2, 5))
    kept = [outcome.records[0]["id"] for outcome in outcomes if isinstance(outcome, Kept)]
    assert kept == [2, 3, 4, 5]
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)} == {"outside the band"}
    assert choose(problem("7", answer=None), band=(0, 8))[0].reason == "no gold answer"


def test_chosen_paths_become_training_examples() -> None:
    (kept,) = choose(problem("<<3+4=7>> #### 7", "no", "<<4+3=7>> #### 7"), as_messages=True)
    assert [record["id"] for record in kept.records] == ["x/0", "x/2"]
    assert [message["role"] for message in kept.records[0]["messages"]] == ["system", "user", "assistant"]
    assert choose(problem("8"), as_messages=True)[0].reason == "no right path"
    assert (
        choose({**problem(), "samples": [{**new_sample(""), "answer": "7"}]}, as_messages=True)[0].reason
        == "no right path"
    )


def test_samples_of_one_problem_are_merged_in_order() -> None:
    records = [
        problem("a"),
        problem("b", name="y"),
        problem("c", answer=None),
        problem("d", name=1),
        problem("e", name="1"),
    ]
    merged = list(merge_by_id([problem("z", answer=None), *records]))
    texts = [[sample["text"] for sample in kept.records[0]["samples"]] for kept in merged]
    assert texts == [["z", "a", "c"], ["b"], ["d"], ["e"]]
    assert [kept.inputs for kept in merged] == [3, 1, 1, 1]
    assert merged[0].records[0]["answer"] == "7"


def test_the_reference_solution_goes_first_and_is_not_compared() -> None:
    record = problem("<<3+4=7>> #### 7", "no") | {"solution": "<<3+4=7>> #### 7"}
    (kept,) = choose(record, as_messages=True, reference=True)
    assert [row["id"] for row in kept.records] == ["x/reference", "x/0"]
    (alone,) = choose(problem("no") | {"solution": "so 7"}, as_messages=True, reference=True)
    assert [row["messages"][-1]["content"] for row in alone.records] == ["so 7"]


def test_of_programs_the_first_of_each_is_chosen_and_the_chosen_lie_far_apart() -> None:
    def program(body: str) -> str:
        return f"```python\n{body}\n```\nThe answer is 7."

    record = problem(
        program("total = 3 + 4\nprint(total)"), program("t = 3 + 4  # sum\nprint(t)"), program("t = 3 + 5\nprint(t)"),
        program("from sympy import *\nx = symbols('x')\nprint(solve(x - 7, x)[0])"),
    )  # fmt: skip
    (kept,) = choose(record, distinct="code")
    assert reasons(kept.records[0]) == ["chosen", "same derivation", "chosen", "chosen"]
    (kept,) = choose(record, distinct="code", max_paths=2)
    assert reasons(kept.records[0]) == ["chosen", "same derivation", "beyond --max-paths", "chosen"]


def test_hard_problems_get_more_samples_and_the_others_none() -> None:
    problems = [
        problem("7", "7", name="easy"), problem("7", "8", name="half"), problem("7", "8", "9", name="hard"),
        problem("8", name="open", answer=None), problem("9", name="lost"),
    ]  # fmt: skip
    asked = []

    def draw(records: Iterable[dict]) -> Iterator[Any]:
        for record in records:
            asked.append(record["id"])
            yield Failed(record, "no answer") if record["id"] == "lost" else (record, [new_sample("7 again")])

    coming: list[Any] = [*(Kept([record]) for record in problems), Failed({"id": "failed"}, "before")]
    found = list(draw_for_hard(coming, draw, jobs=1))
    assert asked == ["hard", "lost"]
    texts = [[sample["text"] for sample in one.records[0]["samples"]] for one in found if isinstance(one, Kept)]
    assert texts == [["7", "7"], ["7", "8"], ["7", "8", "9", "7 again"], ["8"]]
    assert [one.detail for one in found if isinstance(one, Failed)] == ["no answer", "before"]


def test_the_report_counts_distinct_paths_by_samples_and_by_model() -> None:
    record = problem("<<3+4=7>> #### 7", "<<4+3=7>> #### 7", "<<3+4=7>> so #### 7", "#### 8")
    for sample, model in zip(record["samples"], ["a", "a", "b", "b"], strict=True):
        sample["model"] = model
    paths = Paths()
    choose(record, problem("#### 8"), paths=paths)
    told = paths.as_json()
    assert (told["problems"], told["samples"], told["right"], told["chosen"]) == (2, 5, 3, 2)
    assert told["distinct"]["1"] == {"value": 0.75 / 2, "n": 2}  # one of four samples is right three times out of four
    # of three out of four samples one at least has 3+4, and three times out of four the one with 4+3 is there
    assert told["distinct"]["3"] == {"value": 1.75, "n": 1}
    assert told["models"] == {
        "a": {"samples": 2, "right": 2, "distinct": 2, "alone": 1},
        "b": {"samples": 2, "right": 1, "distinct": 1, "alone": 0},
    }


def test_a_program_that_failed_gives_no_answer() -> None:
    record = problem("```python\nraise ValueError(7)\n```\n```output\nValueError: 7\n```\n")
    record["samples"][0]["finish_reason"] = "program_failed"
    (kept,) = choose(record)
    assert (kept.records[0]["samples"][0]["answer"], kept.records[0]["samples"][0]["correct"]) == (None, False)


def test_another_problem_of_the_same_id_is_not_mixed_in() -> None:
    records = [problem("7") | {"problem": text} for text in ("one  plus six", "two plus five", "One plus six")]
    merged = list(merge_by_id(records))
    assert [outcome.record["problem"] for outcome in merged if isinstance(outcome, Rejected)] == ["two plus five"]
    (kept,) = (outcome for outcome in merged if isinstance(outcome, Kept))
    assert (len(kept.records[0]["samples"]), kept.inputs) == (2, 2)
