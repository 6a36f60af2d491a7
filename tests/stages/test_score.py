"""Scores from the probabilities of answers, rewards of samples, and what is kept of both; the models are made up."""

import math
from collections.abc import Iterable, Iterator

import pytest

from mathkit.backends import Choice, Reward, Solution, Weighed
from mathkit.errors import BadRecord, UsageError
from mathkit.records import Failed, Kept, Rejected
from mathkit.rubrics import NAMES, Question, Rubric, read_rubric
from mathkit.selection import balanced, best, bin_of
from mathkit.stages.score import above, as_examples, rate_samples, scorable, score_records

YES_NO = Question({"en": "{text}{response}?", "zh": "{text}{response}吗？"}, ("YES", "NO"), (1.0, 0.0))
GOOD = Rubric("good", "text", False, 100, (YES_NO,))
TWICE = Rubric("twice", "text", True, 100, (YES_NO, Question({"en": "Really? {text}"}, ("A", "B"), (2.0, 0.0))))
CRITIC = Rubric("critic", "samples", False, 100, (YES_NO,))


class Numbers:
    """Takes the first number of a question for the chance of its first answer; "?" alone is too long for it."""

    name = "numbers"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def weigh(self, choices: Iterable[Choice]) -> Iterator[list[tuple[Choice, Weighed]]]:
        for choice in choices:
            question = choice.messages[0]["content"]
            self.asked.append(question)
            digits = "".join(character for character in question if character in ".0123456789")
            if "down" in question:
                weighed = Weighed((), "the server is down")
            elif not digits:
                weighed = Weighed(())
            else:
                chance = float(digits)
                weighed = Weighed((math.log(chance / 2), math.log((1 - chance) / 2)))  # half is for other words
            yield [(choice, weighed)]

    def rate(self, solutions: Iterable[Solution]) -> Iterator[list[tuple[Solution, Reward]]]:
        for solution in solutions:
            text = solution.messages[-1]["content"]
            yield [(solution, Reward(None) if text == "long" else Reward(float(text)))]


def texts(*contents: str) -> list[dict]:
    return [{"id": number, "text": text} for number, text in enumerate(contents)]


def solved(*samples: str, **fields: object) -> dict:
    return {"id": "p", "problem": "1+1", "answer": "2", "samples": [{"text": text} for text in samples], **fields}


def test_a_score_is_the_mean_worth_of_the_answers() -> None:
    (record,) = score_records(texts("0.9"), [GOOD, TWICE], Numbers())
    assert record["score"] == {"good": 0.9, "twice": round(0.9 * 1.8, 4)}
    assert list(record) == ["id", "text", "score"]


def test_scores_of_others_stay_and_one_record_costs_no_other() -> None:
    rows = texts("0.5", "down", "no number", "0.25")
    rows[0]["score"] = {"before": 1}
    found = list(score_records(rows, [GOOD], Numbers()))
    assert found[0]["score"] == {"before": 1, "good": 0.5}
    assert found[1] == Failed(rows[1], "the server is down")
    assert found[2] == Rejected(rows[2], "too long for the model")
    assert found[3]["score"] == {"good": 0.25}


def test_a_record_whose_score_is_something_else_is_said() -> None:
    check = scorable([GOOD], rewards=False)
    check({"text": "a"})
    with pytest.raises(BadRecord, match="score is an array, not an object"):
        check({"text": "a", "score": [True]})
    with pytest.raises(BadRecord):
        scorable([CRITIC], rewards=False)({"text": "no problem"})


def test_the_question_is_put_in_the_language_of_the_text_which_is_cut() -> None:
    model = Numbers()
    list(score_records(texts("0.5" + "长" * 200, "0.5" + " long" * 200), [GOOD], model))
    assert model.asked == ["0.5" + "长" * 97 + "吗？", ("0.5" + " long" * 200)[:100] + "?"]


def test_samples_are_judged_one_by_one_and_those_below_the_floor_are_not_chosen() -> None:
    (record,) = above(score_records([solved("0.9", "0.2", "0.6")], [CRITIC], Numbers()), {"critic": 0.5}, [CRITIC])
    assert record["score"] == {"critic": [0.9, 0.2, 0.6]}
    assert [(sample["chosen"], sample["reason"]) for sample in record["samples"]] == [
        (True, "chosen"), (False, "critic too low"), (True, "chosen"),
    ]  # fmt: skip
    (refused,) = above(score_records([solved("0.1")], [CRITIC], Numbers()), {"critic": 0.5}, [CRITIC])
    assert isinstance(refused, Rejected)
    assert refused.reason == "no sample of enough critic"


def test_a_reward_model_ranks_and_a_critic_judges_what_is_left() -> None:
    model = Numbers()
    rated = rate_samples([solved("0.3", "0.9", "long", "0.9", "0.5")], model, system="s", top=2)
    (record,) = above(score_records(rated, [CRITIC], model), {"critic": 0.5}, [CRITIC])
    assert [sample["reward"] for sample in record["samples"]] == [0.3, 0.9, None, 0.9, 0.5]
    assert [sample["chosen"] for sample in record["samples"]] == [False, True, False, True, False]
    assert record["score"]["critic"] == [None, 0.9, None, 0.9, None]  # nobody asked about the others
    assert model.asked == ["0.9?", "0.9?"]


def test_what_a_critic_was_asked_becomes_training_examples() -> None:
    scored = score_records([solved("0.9", "0.2"), solved(id="none")], [CRITIC], Numbers())
    first, second = as_examples(scored, [CRITIC])
    assert isinstance(first, Kept)
    assert [(row["id"], [turn["content"] for turn in row["messages"]]) for row in first.records] == [
        ("p/critic/0", ["0.9?", "YES"]), ("p/critic/1", ["0.2?", "NO"]),
    ]  # fmt: skip
    assert isinstance(second, Rejected)


def test_the_least_score_and_the_best_share() -> None:
    scored = list(score_records(texts("0.5", "0.9", "0.1", "0.9", "down"), [GOOD], Numbers()))
    kept = [row["id"] for row in above(scored, {"good": 0.5}, [GOOD]) if isinstance(row, dict)]
    assert kept == [0, 1, 3]
    for share, ids in {0: [], 0.25: [1], 0.5: [1, 3], 0.75: [0, 1, 3], 1: [0, 1, 2, 3]}.items():
        found = list(best(scored, share, lambda record: record["score"]["good"], "good"))
        assert [row["id"] for row in found if isinstance(row, dict)] == ids
        assert len(found) == 5


def test_no_bin_has_more_than_the_median() -> None:
    rows = [{"id": number, "level": level} for number, level in enumerate("aaaaaaaabbbc")]
    found = list(balanced(rows, lambda record: bin_of(record["level"]), 1))
    assert [row["level"] for row in found if isinstance(row, dict)] == ["a", "a", "a", "b", "b", "b", "c"]
    again = list(balanced(rows[::-1], lambda record: bin_of(record["level"]), 1))
    assert [row for row in again[::-1] if isinstance(row, dict)] == [row for row in found if isinstance(row, dict)]
    other = list(balanced(rows, lambda record: bin_of(record["level"]), 2))
    assert [row for row in other if isinstance(row, dict)] != [row for row in found if isinstance(row, dict)]


@pytest.mark.parametrize("name", NAMES)
def test_the_rubrics_that_come_with_the_program(name: str) -> None:
    rubric = read_rubric(name)
    for question in rubric.questions:
        assert set(question.prompts) == {"en", "zh"}
        fields = {"text": "T", "problem": "P", "answer": "A", "solution": "S", "response": "R"}
        shown = question.prompt(**fields)
        assert {"text": "T", "problem": "P", "samples": "R"}[rubric.scores] in shown
        assert "{" not in shown
        assert "中" in question.prompt(**{name: value + "中文" for name, value in fields.items()})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scores = 'x'", 'scores is "text", "problem" or "samples"'),
        ("scores = 'text'", "has no"),
        ("scores = 'text'\ncombine = 'sum'", "combine is"),
        ("scores = 'text'\nnonsense = 1", "what is 'nonsense'"),
        ("scores = 'text'\nlongest = 0", "longest"),
        ("scores = 'text'\n[[questions]]\nen = 'a'", "two answers"),
        ("scores = 'text'\n[[questions]]\nen = 'a'\nanswers = {YES = 1, YEAH = 0}", "same character"),
        ("scores = 'text'\n[[questions]]\nen = 'a'\nanswers = {YES = 'x', NO = 0}", "number"),
        ("scores = 'text'\n[[questions]]\nanswers = {YES = 1, NO = 0}", "prompt in en or zh"),
        ("scores =", "not TOML"),
    ],
)
def test_what_is_wrong_with_a_rubric_is_said(text: str, message: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rubric") / "own.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_rubric(str(path))
