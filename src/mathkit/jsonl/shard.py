"""One of several parts of an input, told by the ids: the same ones in every order, file and machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from mathkit.errors import BadRecord
from mathkit.jsonl.batches import Source
from mathkit.jsonl.codec import dump
from mathkit.jsonl.reading import record_of


@dataclass(frozen=True, slots=True)
class Shard:
    """The part `number` (from 1) of `of`."""

    number: int
    of: int

    def holds(self, id: Any) -> bool:
        """Return whether what has this id is in this part.

        >>> [Shard(number, 3).holds("a") for number in (1, 2, 3)].count(True)
        1
        """
        digest = blake2b(dump(id), digest_size=8).digest()
        return int.from_bytes(digest, "little") % self.of == self.number - 1


@dataclass(frozen=True, slots=True)
class ShardLines:
    """The lines of a shard among others; one that holds no record is told by what stands there."""

    lines: Source
    shard: Shard
    renames: Sequence[tuple[str, str]]

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        for line in self.lines:
            try:
                id = record_of(line, self.renames, ())["id"]
            except BadRecord:
                id = line.hex()
            if self.shard.holds(id):
                yield line

    @property
    def place(self) -> str:
        """Where the last line stands."""
        return self.lines.place

    def would_wait(self) -> bool:
        """Return whether the next line is not there yet."""
        return self.lines.would_wait()
