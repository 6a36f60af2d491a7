"""Taking requests only as an engine has room for them."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_WINDOW = 16  # times the room


class Intake(Generic[T]):
    """Items under way in an engine that finishes them in any order.

    It takes `room` of them at a time, and none that is far ahead of the oldest under way: those that are done wait
    for that one to be written in order, and would fill the memory.
    """

    def __init__(self, items: Iterable[T], room: int) -> None:
        self._coming = enumerate(items)
        self._room = room
        self._taken = 0
        self._under_way: dict[int, T] = {}  # in the order in which they were taken
        self._ended = False

    def __bool__(self) -> bool:
        """Return whether anything is under way."""
        return bool(self._under_way)

    def take(self) -> Iterator[tuple[int, T]]:
        """Yield items with a number each as long as there is room."""
        while not self._ended and len(self._under_way) < self._room:
            oldest = next(iter(self._under_way), self._taken)
            if self._taken - oldest >= _WINDOW * self._room:
                return
            if (one := next(self._coming, None)) is None:
                self._ended = True
                return
            self._under_way[one[0]] = one[1]
            self._taken += 1
            yield one

    def give_back(self, number: int) -> T:
        """Return an item that is done."""
        return self._under_way.pop(number)

    def under_way(self) -> list[int]:
        """Return the numbers of the items that were taken and not given back."""
        return list(self._under_way)
