"""Score records by rubrics that a language model answers, and samples by a reward model.

A rubric's score comes from the probabilities of its answers, not from prose (AutoMathText, arXiv 2402.07625). A reward
model ranks the samples of one problem, a critic with the reference in hand then sets the floor: rewards cannot be
compared across problems, critic's scores can.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from mathkit.backends import Choice, Judge, RewardModel, Solution
from mathkit.backends.order import in_order
from mathkit.dialects import answer_of, problem_of, samples_of, scores_of, solution_of, text_of, with_samples
from mathkit.prompts import as_training_example
from mathkit.records import Failed, Kept, Message, Outcome, Record, Rejected
from mathkit.rubrics import Question, Rubric

Scored = Record | Failed | Rejected


def scorable(rubrics: Sequence[Rubric], *, rewards: bool) -> Callable[[Record], object]:
    """Return a Need: what the rubrics, or a reward model, are asked about."""
    kinds = {rubric.scores for rubric in rubrics}

    def check(record: Record) -> object:
        scores_of(record)
        if "text" in kinds:
            text_of(record)
        if kinds & {"problem", "samples"} or rewards:
            problem_of(record)
        if "samples" in kinds or rewards:
            answer_of(record)
            return samples_of(record)
        return None

    return check


def rate_samples(
    records: Iterable[Record], model: RewardModel, *, system: str, top: int | None = None
) -> Iterator[Scored]:
    """Yield each record with the reward of each of its samples; null where the conversation is too long.

    With `top`, so many samples of the highest reward are chosen, the earlier of those that tie.
    """

    def asked() -> Iterator[tuple[Record, list[Solution]]]:
        for record in records:
            problem = problem_of(record)
            conversations = [_conversation(system, problem, sample["text"]) for sample in samples_of(record)]
            yield record, [Solution(_key(model.name, messages), messages) for messages in conversations]

    for record, rated in in_order(model.rate, asked()):
        failure = next((reward.failure for _, reward in rated if reward.failure is not None), None)
        if failure is not None:
            yield Failed(record, failure)
            continue
        samples = samples_of(record)
        for sample, (_, reward) in zip(samples, rated, strict=True):
            sample["reward"] = reward.value
        if top is not None:
            ranked = sorted(range(len(samples)), key=lambda place: -_reward(samples[place]["reward"]))
            for rank, place in enumerate(ranked):
                samples[place]["chosen"] = rank < top
                samples[place]["reason"] = "chosen" if rank < top else "beyond --top-m"
        yield with_samples(record, samples)


def choices_of(record: Record, rubrics: Sequence[Rubric], model: str) -> list[Choice]:
    """Return what a model of that name is asked about a record."""
    return [
        Choice(_key(model, messages, question.answers), messages, question.answers)
        for rubric in rubrics
        for subject in _subjects(record, rubric)
        if subject is not None
        for question in rubric.questions
        for messages in [_messages(question, subject)]
    ]


def score_records(records: Iterable[Scored], rubrics: Sequence[Rubric], model: Judge) -> Iterator[Scored]:
    """Yield each record with its scores; reject what is too long for the model.

    A rubric of samples gives a list in step with them; null for a sample that is not chosen where others are.
    """

    def asked() -> Iterator[tuple[Scored, list[Choice]]]:
        for record in records:
            yield record, choices_of(record, rubrics, model.name) if isinstance(record, dict) else []

    for record, weighed in in_order(model.weigh, asked()):
        if isinstance(record, Failed | Rejected):
            yield record
            continue
        answers = [found for _, found in weighed]
        if failure := next((found.failure for found in answers if found.failure is not None), None):
            yield Failed(record, failure)
        elif not all(found.log_probabilities for found in answers):
            yield Rejected(record, "too long for the model")
        else:
            yield _with_scores(record, rubrics, [found.log_probabilities for found in answers])


def above(records: Iterable[Scored], least: Mapping[str, float], rubrics: Sequence[Rubric]) -> Iterator[Scored]:
    """Reject what has less than the least score of a rubric; of samples choose those that have enough."""
    by_sample = {rubric.name for rubric in rubrics if rubric.scores == "samples"}
    for record in records:
        outcome = record
        for name, floor in least.items():
            if isinstance(outcome, Failed | Rejected):
                break
            score = outcome["score"][name]
            if name in by_sample:
                outcome = _with_chosen(outcome, [value is not None and value >= floor for value in score], name)
            elif score < floor:
                outcome = Rejected(outcome, f"{name} below {floor:g}", {"score": score})
        yield outcome


def as_examples(records: Iterable[Scored], rubrics: Sequence[Rubric]) -> Iterator[Outcome]:
    """Yield what was asked as training examples of a critic: the question, and the answer nearest to the score.

    For rubrics of one question, for which the score is that of the question.
    """
    for record in records:
        if isinstance(record, Failed | Rejected):
            yield record
            continue
        examples = [
            as_training_example(f"{record['id']}/{rubric.name}/{place}", "", question.prompt(**subject), answer)
            for rubric in rubrics
            for question in rubric.questions
            for place, (subject, score) in enumerate(
                zip(_subjects(record, rubric), _scores(record, rubric), strict=True)
            )
            if subject is not None and score is not None
            for answer in [question.nearest(score)]
        ]
        yield Kept(examples) if examples else Rejected(record, "nothing to judge")


def _subjects(record: Record, rubric: Rubric) -> list[dict[str, str] | None]:
    """Return what a rubric judges of a record: one thing, or each sample; None for a sample that was not chosen."""
    if rubric.scores == "text":
        return [{"text": text_of(record)[: rubric.longest]}]
    problem = problem_of(record)[: rubric.longest]
    if rubric.scores == "problem":
        return [{"problem": problem}]
    samples = samples_of(record)
    some_chosen = any(sample["chosen"] for sample in samples)
    reference = {"problem": problem, "answer": answer_of(record) or "", "solution": solution_of(record) or ""}
    return [
        {**reference, "response": sample["text"][: rubric.longest]} if sample["chosen"] or not some_chosen else None
        for sample in samples
    ]


def _with_scores(record: Record, rubrics: Sequence[Rubric], answers: Sequence[Sequence[float]]) -> Record:
    coming = iter(answers)
    scores: dict[str, Any] = {}
    for rubric in rubrics:
        found = [
            None if subject is None else rubric.score([next(coming) for _ in rubric.questions])
            for subject in _subjects(record, rubric)
        ]
        scores[rubric.name] = found if _many(rubric) else found[0]
    return {**record, "score": {**scores_of(record), **scores}}


def _with_chosen(record: Record, enough: Sequence[bool], rubric: str) -> Scored:
    samples = samples_of(record)
    some_chosen = any(sample["chosen"] for sample in samples)
    for sample, passes in zip(samples, enough, strict=True):
        if sample["chosen"] or not some_chosen:
            sample["chosen"], sample["reason"] = passes, "chosen" if passes else f"{rubric} too low"
    done = with_samples(record, samples)
    return done if any(sample["chosen"] for sample in samples) else Rejected(done, f"no sample of enough {rubric}")


def _scores(record: Record, rubric: Rubric) -> list[float | None]:
    found = record["score"][rubric.name]
    return list(found) if _many(rubric) else [found]


def _many(rubric: Rubric) -> bool:
    return rubric.scores == "samples"


def _messages(question: Question, subject: Mapping[str, str]) -> list[Message]:
    return [Message(role="user", content=question.prompt(**subject))]


def _conversation(system: str, problem: str, solution: str) -> list[Message]:
    turns: list[Message] = as_training_example("", system, problem, solution)["messages"]
    return turns


def _reward(value: float | None) -> float:
    return -math.inf if value is None else value


def _key(*asked: object) -> str:
    return blake2b(orjson.dumps(asked), digest_size=16).hexdigest()
