"""The data dictionary: what a record holds, and what a stage can say about it.

A record is a plain dict as JSON gives it, so unknown fields pass through untouched and in order. What mathkit
writes is typed below; what other tools write is read by `mathkit.dialects`.

document            id, text, url?, title?, lang?, source?
problem             id, problem, answer?, solution?, source?, lang?, level?, subject?
problem + samples   samples: list[Sample]
training example    id, messages: [{role, content}], weight?
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol, TypedDict, TypeVar

import orjson

Record = dict[str, Any]

A = TypeVar("A")
R = TypeVar("R")


PROGRAM_FAILED = "program_failed"  # why a sample ends: its program raised, took too long or printed nothing


class Sample(TypedDict):
    """One sampled solution of a problem."""

    text: str  # the completion as the model wrote it
    answer: str | None  # the final answer found in it
    correct: bool | None  # None without a gold answer
    reason: str | None  # why it was graded or chosen so
    reward: float | None  # None until scored
    model: str | None
    seed: int | None
    finish_reason: str | None  # "stop", "length" when the token limit cut it off, PROGRAM_FAILED
    tokens: int | None  # tokens generated
    chosen: bool | None  # None until a command chooses


def new_sample(text: str) -> Sample:
    """Return a sample of which only the text is known."""
    return Sample(
        text=text,
        answer=None,
        correct=None,
        reason=None,
        reward=None,
        model=None,
        seed=None,
        finish_reason=None,
        tokens=None,
        chosen=None,
    )


class Message(TypedDict):
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What `inputs` input records became: any number of output records."""

    records: list[Record]
    inputs: int = 1


class Deferred(Protocol):
    """A record that is parsed when somebody looks into it."""

    @property
    def record(self) -> Record:
        """The record itself."""


Held = Record | Deferred


def loaded(held: Held) -> Record:
    """Return a record to look into."""
    return held if isinstance(held, dict) else held.record


class Batches(Protocol):
    """Records in batches on which several processes can work."""

    def map(self, read: Callable[[Record], A], work: Callable[[list[A]], R]) -> Iterator[tuple[Sequence[Held], R]]:
        """Yield the records of each batch with work([read(record), ...]); `read` raises BadRecord for a bad one."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record (made of `inputs` input records) that is not passed on, the countable reason, and the evidence."""

    record: Held
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    inputs: int = 1


@dataclass(frozen=True, slots=True)
class Failed:
    """A record (made of `inputs` input records) that something went wrong with for now; another run may do better."""

    record: Held
    detail: str
    inputs: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """Something made of an input record that is not passed on; what becomes of that record is told apart from it."""

    record: Record
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """Something in the input that is no record: where it is, the countable reason, what is wrong, what is known."""

    place: str  # FILE:LINE, or FILE:OFFSET
    reason: str
    detail: str
    evidence: Record
    record: Record


# What a stage says about an input record, or about something made of one. A bare record is short for Kept([record]).
Outcome = Held | Kept | Rejected | Failed | Refused

_CONTENT = ("problem", "question", "prompt", "text")


def content_id(record: Record) -> str:
    """Return a stable id for a record that has none: a hash of its problem or text, else of all of it.

    The same problem gets the same id whatever else a tool has added to it or in which order its fields stand.

    >>> content_id({"problem": "1+1"}) == content_id({"score": 3, "problem": "1+1"})
    True
    """
    content = {name: record[name] for name in _CONTENT if name in record} or record
    try:
        data = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        data = repr(sorted(content.items(), key=lambda item: item[0])).encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=8).hexdigest()
