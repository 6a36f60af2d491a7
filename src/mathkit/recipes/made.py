"""What recipes are about: questions put to a model, and what is made of its replies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from mathkit.prompts import conversation
from mathkit.records import Message, Record, Rejected, Sample

NOT_PARSED = "did not parse"
TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Flaw:
    """A part of a reply of which no record is made, the countable reason, and the evidence."""

    reason: str
    text: str
    evidence: Record = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What a record can be made of: its fields, and what its `synth` says beside recipe, parents and model.

    `problem` is what must be new; None where the problem is its parent's.
    """

    fields: Record
    problem: str | None
    notes: Record = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a record, and the language that is to be answered in."""

    record: Record
    lang: str
    prompt: str
    parents: Sequence[Any]
    notes: Record = field(default_factory=dict)
    again: bool = False  # another question follows from the reply; this one is put once
    flaws: Sequence[Flaw] = ()  # of the reply to an earlier question

    def messages(self, system: str, shots: list[tuple[str, str]]) -> list[Message]:
        """Return the conversation that puts the question."""
        return conversation(self.prompt, system=system, template="{problem}", shots=shots)


class Recipe(Protocol):
    """A way to make new records of known ones."""

    name: ClassVar[str]
    poses: ClassVar[bool]  # whether it makes new problems, not more of the known ones

    def question(self, record: Record) -> Question | Rejected:
        """Return what is asked about a record."""

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return what is made of a reply."""


@runtime_checkable
class TwoStep(Recipe, Protocol):
    """A recipe that asks `again`."""

    def follow(self, asked: Question, reply: Sample) -> Question | Rejected:
        """Return the question that follows from the reply to an earlier one."""


@runtime_checkable
class Learning(Recipe, Protocol):
    """A recipe that knows all the records before it asks about the first."""

    def learn(self, records: Sequence[Record]) -> None:
        """Learn the records."""


def truncated(reply: Sample) -> bool:
    """Return whether the token limit cut a reply off."""
    return reply["finish_reason"] == "length"


def unread(reply: Sample) -> Flaw:
    """Return the flaw of a reply in which nothing was found."""
    if reply["finish_reason"] == "prompt_too_long":
        return Flaw("prompt too long", reply["text"])
    return Flaw(TRUNCATED if truncated(reply) else NOT_PARSED, reply["text"])


def carried(record: Record, *names: str) -> Record:
    """Return what holds of a record and of what is made of it: where it comes from, and fields of these names."""
    return {name: record[name] for name in ("source", "subject", "url", "licence", "license", *names) if name in record}
