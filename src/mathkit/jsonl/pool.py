"""The records of a stream, to be read as often as a command needs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mathkit.errors import MathkitError
from mathkit.jsonl.batches import Line, LineBatches, Parse, Source, Uncounted, raw_batches
from mathkit.records import Record
from mathkit.spool import Spool

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Pool:
    """So many records, the hash of their lines, and a way to read them."""

    count: int
    digest: str
    inputs: Callable[[], Iterable[Source]]
    limit: int  # lines
    parse: Parse
    jobs: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Line]:
        """Yield the records; raise MathkitError where they have become fewer."""
        for lines, _ in self.map(lambda _: None, lambda _: None):
            yield from lines

    def map(self, read: Callable[[Record], A], work: Callable[[list[A]], R]) -> Iterator[tuple[list[Line], R]]:
        """Yield the records of each batch with work([read(record), ...]); raise MathkitError where they are fewer."""
        count = 0
        batches = LineBatches(raw_batches(self.inputs(), self.limit), self.parse, Uncounted(skips=True), self.jobs)
        for lines, result in batches.map(read, work):
            count += len(lines)
            yield lines, result
        if count < self.count:
            raise MathkitError("the input changed while it was read: it has become shorter")


class Spooled:
    """Lines that were put aside."""

    place = "the spool"

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._spool)

    def would_wait(self) -> bool:
        """Return False."""
        return False
