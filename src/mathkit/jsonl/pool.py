"""The records of a stream, to be read as often as a command needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mathkit.errors import MathkitError
from mathkit.records import Record


@dataclass(frozen=True, slots=True)
class Pool:
    """So many records, the hash of their lines, and a way to read them."""

    count: int
    digest: str
    reread: Callable[[], Iterator[Record]]

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Record]:
        """Yield the records; raise MathkitError where they have become fewer."""
        number = 0
        for number, record in zip(range(1, self.count + 1), self.reread()):  # noqa: B007, B905
            yield record
        if number < self.count:
            raise MathkitError("the input changed while it was read: it has become shorter")
