from typing import Any

from mathkit.records import Kept, Rejected, new_sample
from mathkit.stages.rft_sample import choose_samples, merge_by_id


def problem(*texts: str, name: Any = "x", answer: str | None = "7") -> dict:
    return {"id": name, "problem": "p", "answer": answer, "samples": [new_sample(text) for text in texts]}


def choose(*records: dict, **options: Any) -> list:
    defaults = {
        "distinct": "equations",
        "max_paths": None,
        "band": None,
        "as_messages": False,
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
