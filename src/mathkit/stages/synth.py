"""Make new records of known ones with a model, by a recipe, and keep those that are fit and new."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from mathkit.backends.draw import Drawn
from mathkit.dialects import poses_problem, problem_of
from mathkit.language import language_of
from mathkit.overlap.novelty import Novelty, Similarity
from mathkit.parallel import ordered_map
from mathkit.recipes.made import Flaw, Learning, Made, Question, Recipe, TwoStep
from mathkit.records import Failed, Kept, Message, Outcome, Record, Refused, Rejected, Sample
from mathkit.text import normalize, words

_SETTLED = 64  # records in a row about which nothing is asked, after which those before are finished first
_UNSEEN = re.compile(
    r"\b(?:figure|picture|image|diagram|graph|table|chart)s?\s+(?:above|below|shown)\b"
    r"|\b(?:above|below|following|accompanying|in the|the attached)\s+(?:figure|picture|image|diagram)\b"
    r"|如[上下左右]?图|[上下左右]图|图[中示]所示|[上下]表",
    re.IGNORECASE,
)


class Ask(Protocol):
    """Puts conversations to a model and yields the replies in order."""

    def __call__(self, items: Iterable[tuple[Question, list[Message]]], *, once: bool) -> Iterator[Drawn[Question]]:
        """Yield each question with its replies; of one that is put `once` there is one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a new problem must be like."""

    shortest: int  # in words; a Chinese character is one
    longest: int
    similarity: Similarity
    most_similar: float


def synthesize(
    records: Iterable[Record],
    recipe: Recipe,
    ask: Ask,
    *,
    system: str,
    shots: list[tuple[str, str]],
    limits: Limits,
    jobs: int,
) -> Iterator[Outcome]:
    """Yield for each record what is made of it: what is refused of that, then what is kept, or why nothing is.

    The problems of the records are known, those of a recipe that learns them all before the first question.
    """
    fit = _Fit(recipe, limits)
    if isinstance(recipe, Learning):
        records = list(records)
        recipe.learn(records)
        for record in records:
            fit.know(record)
    asking = _Asking(ask, lambda question: question.messages(system, shots))
    steps: Iterator[_Step] = map(recipe.question, records)
    if isinstance(recipe, TwoStep):
        earlier = asking.replies(steps, again=True)
        steps = (recipe.follow(one.question, one.samples[0]) if isinstance(one, _Answered) else one for one in earlier)

    def read(step: _Step) -> tuple[_Step, list[list[Made | Flaw]]]:
        if not isinstance(step, _Answered):
            return step, []
        return step, [recipe.read(step.question, sample) for sample in step.samples]

    for step, found in ordered_map(read, asking.replies(steps, again=False), jobs):
        if isinstance(step, _Answered):
            yield from fit.outcomes(step.question, list(zip(step.samples, found, strict=True)))
        else:
            assert not isinstance(step, Question)
            yield step


@dataclass(frozen=True, slots=True)
class _Answered:
    """A question with its replies."""

    question: Question
    samples: list[Sample]


_Step = Question | _Answered | Rejected | Failed


class _Asking:
    """Asks about the records that there is something to ask about; the others keep their places."""

    def __init__(self, ask: Ask, messages: Callable[[Question], list[Message]]) -> None:
        self._ask = ask
        self._messages = messages

    def replies(self, steps: Iterator[_Step], *, again: bool) -> Iterator[_Step]:
        """Yield steps in order; those questions with their replies after which one asks `again`, or does not."""
        for step in steps:
            if _asks(step, again):
                yield from self._from(step, steps, again)
            else:
                yield step

    def _from(self, first: _Step, steps: Iterator[_Step], again: bool) -> Iterator[_Step]:
        waiting: deque[_Step] = deque()

        def questions() -> Iterator[tuple[Question, list[Message]]]:
            settled = 0
            for step in chain([first], steps):
                waiting.append(step)
                settled = 0 if _asks(step, again) else settled + 1
                if not settled:
                    assert isinstance(step, Question)
                    yield step, self._messages(step)
                elif settled == _SETTLED:
                    return  # what waits is not to grow without end

        for question, samples, failure in self._ask(questions(), once=again):
            while waiting[0] is not question:
                yield waiting.popleft()
            waiting.popleft()
            yield _Answered(question, samples) if failure is None else Failed(question.record, failure)
        yield from waiting


def _asks(step: _Step, again: bool) -> bool:
    return isinstance(step, Question) and step.again == again


class _Fit:
    """Which of what is made is kept."""

    def __init__(self, recipe: Recipe, limits: Limits) -> None:
        self._recipe = recipe.name
        self._poses = recipe.poses
        self._limits = limits
        self._novelty = Novelty(limits.similarity, limits.most_similar)
        self._taken: set[str] | None = set() if isinstance(recipe, Learning) else None  # ids, where all are known

    def know(self, record: Record) -> None:
        """Make the problem of a record of the input known."""
        self._novelty.add(problem_of(record), (record["id"], record.get("subject"), "a seed"))
        if self._taken is not None:
            self._taken.add(str(record["id"]))

    def outcomes(self, question: Question, replies: list[tuple[Sample, list[Made | Flaw]]]) -> Iterator[Outcome]:
        """Yield what is refused and kept of what was made of a record."""
        record = question.record
        if self._taken is None and self._poses and poses_problem(record):
            self.know(record)
        kept: list[Record] = []
        refused = 0
        own: set[str] = set()  # what was made of this record with its parent's problem
        for number, (sample, one) in enumerate(
            [(None, flaw) for flaw in question.flaws] + [(sample, one) for sample, found in replies for one in found]
        ):
            made = self._record(question, number, sample, one)
            flaw = one if isinstance(one, Flaw) else self._flaw(one, question, own)
            if flaw is not None:
                refused += 1
                yield Refused(made, flaw.reason, flaw.evidence)
                continue
            kept.append(made)
            if isinstance(one, Made) and one.problem is not None:
                self._novelty.add(one.problem, (made["id"], record.get("subject"), "another"))
        yield Kept(kept) if kept else Rejected(record, "nothing fit was made", {"refused": refused})

    def _record(self, question: Question, number: int, sample: Sample | None, one: Made | Flaw) -> Record:
        """Return the record that something made becomes, or what a flaw is told of with."""
        name = f"{question.record['id']}/{self._recipe}/{number}"
        if self._taken is not None:
            while name in self._taken:  # it was made of the same parent before, and is input now
                number += 1
                name = f"{question.record['id']}/{self._recipe}/{number}"
            self._taken.add(name)
        synth: Record = {"recipe": self._recipe, "parents": list(question.parents)}
        if sample is not None:
            synth |= {"model": sample["model"], "seed": sample["seed"]}
        if isinstance(one, Flaw):
            return {"id": name, "text": one.text, "lang": question.lang, "synth": synth}
        return {"id": name, **one.fields, "lang": question.lang, "synth": {**synth, **one.notes}}

    def _flaw(self, made: Made, question: Question, own: set[str]) -> Flaw | None:
        text = "\n".join(made.fields[name] for name in ("problem", "solution") if name in made.fields)
        found = language_of(text)
        if found not in (None, question.lang):
            return Flaw("wrong language", text, {"lang": found})
        if made.problem is None:
            key = normalize(text, "ws")
            if key in own:
                return Flaw("the same as another", text)
            own.add(key)
            return None
        size = len(words(made.problem))
        if size < self._limits.shortest:
            return Flaw("too short", text, {"words": size})
        if size > self._limits.longest:
            return Flaw("too long", text, {"words": size})
        if unseen := _UNSEEN.search(made.problem):
            return Flaw("refers to a figure", text, {"figure": unseen[0]})
        if similar := self._novelty.most_similar(made.problem):
            return _too_similar(similar.owner, similar.similarity, question, text)
        return None


def _too_similar(owner: Any, similarity: float, question: Question, text: str) -> Flaw:
    name, subject, what = owner
    evidence = {"similar_to": name, "similarity": similarity, "same_subject": subject == question.record.get("subject")}
    return Flaw(f"too similar to {what}", text, evidence)
