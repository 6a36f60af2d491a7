"""Ask a model many things at once, and have the answers in the order of the input."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Keyed(Protocol):
    """Something to ask. What has one key has one answer."""

    @property
    def key(self) -> str:
        """The key."""


T = TypeVar("T")
Q = TypeVar("Q", bound=Keyed)
A = TypeVar("A")


@dataclass(slots=True)
class _Waiting(Generic[T, Q, A]):
    item: T
    missing: int
    answers: dict[int, tuple[Q, A]] = field(default_factory=dict)


def in_order(
    answer: Callable[[Iterable[Q]], Iterator[list[tuple[Q, A]]]], items: Iterable[tuple[T, Sequence[Q]]]
) -> Iterator[tuple[T, list[tuple[Q, A]]]]:
    """Yield each item with its questions and their answers.

    `answer` takes questions as it has room for them and yields answers as they are ready, in any order.
    """
    waiting: deque[_Waiting[T, Q, A]] = deque()
    places: dict[str, deque[tuple[_Waiting[T, Q, A], int]]] = {}

    def questions() -> Iterator[Q]:
        for item, asked in items:
            entry: _Waiting[T, Q, A] = _Waiting(item, len(asked))
            waiting.append(entry)
            for number, question in enumerate(asked):
                places.setdefault(question.key, deque()).append((entry, number))
                yield question

    def done() -> Iterator[tuple[T, list[tuple[Q, A]]]]:
        while waiting and not waiting[0].missing:
            entry = waiting.popleft()
            yield entry.item, [entry.answers[number] for number in range(len(entry.answers))]

    for batch in answer(questions()):
        for question, found in batch:
            entry, number = places[question.key].popleft()
            if not places[question.key]:
                del places[question.key]
            entry.answers[number] = question, found
            entry.missing -= 1
        yield from done()
    yield from done()
