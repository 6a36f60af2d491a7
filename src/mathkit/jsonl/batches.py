"""Records in batches. They are parsed where they are worked on, which is in other processes if there are several jobs;
here they stay the lines that they came as, and most of them leave as these.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any, Protocol, TypeVar, cast

from mathkit.errors import BadData, BadRecord
from mathkit.jsonl.codec import dump, parse
from mathkit.parallel import Batch, map_batches
from mathkit.records import Broken, Record

A = TypeVar("A")
R = TypeVar("R")

Parse = Callable[[bytes], Record]  # a line to a record; raises BadRecord

_RECORDS = 512
_BYTES = 1 << 21


class Line:
    """A record as the line that is written of it, parsed when somebody looks into it."""

    __slots__ = ("_record", "data")

    def __init__(self, data: bytes, record: Record | None = None) -> None:
        self.data = data
        self._record = record

    @property
    def record(self) -> Record:
        """The record itself."""
        if self._record is None:
            self._record = parse(self.data)
        return self._record


class Source(Protocol):
    """Lines, of which the last one that was taken can be told."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""

    @property
    def place(self) -> str:
        """Where the last line stands."""

    def would_wait(self) -> bool:
        """Return whether the next line is not there yet."""


class RawBatch(Batch[bytes]):
    """Lines, where each of them stands, and what is wrong behind the last one, if something is."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []
        self.error: BadData | None = None


class Audit(Protocol):
    """Keeps count of what is read."""

    @property
    def skips(self) -> bool:
        """Whether lines that hold no record are passed over; if not, the first of them is the last that is read."""

    def took(self, records: int) -> None:
        """Count so many records."""

    def skip(self, broken: Broken) -> None:
        """Count a line that holds no record."""

    def fail(self, error: BadData) -> None:
        """Take note that no more can be read."""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An audit that counts nothing: a line that holds no record is passed over, or else raised as BadData."""

    skips: bool

    def took(self, records: int) -> None:
        """Do nothing."""

    def skip(self, broken: Broken) -> None:
        """Raise BadData unless such lines are passed over."""
        if not self.skips:
            raise BadData(f"{broken.place}: {broken.detail}")

    def fail(self, error: BadData) -> None:
        """Raise the error."""
        raise error


class LineBatches:
    """The records of lines that can be worked on by some processes."""

    def __init__(self, batches: Iterable[RawBatch], parse: Parse, audit: Audit, jobs: int) -> None:
        self._batches = batches
        self._parse = parse
        self._audit = audit
        self._jobs = jobs

    def map(self, read: Callable[[Record], A], work: Callable[[list[A]], R]) -> Iterator[tuple[list[Line], R]]:
        """Yield the records of each batch with work([read(record), ...]); `read` raises BadRecord for a bad one.

        Both functions run in processes of their own, copies of this one, if there are several jobs and much to do.
        """

        def worked(lines: Sequence[bytes]) -> tuple[_Parsed, R | None]:
            parsed, values = _parsed(lines, self._parse, read, goes_on=self._audit.skips)
            return parsed, work(values) if values else None

        for batch, (parsed, result) in map_batches(worked, self._batches, self._jobs):
            lines = self._audited(batch, parsed)
            if lines:
                yield lines, cast(R, result)
            if parsed.broken and not self._audit.skips:
                return
            if batch.error:
                self._audit.fail(batch.error)
                return

    def _audited(self, batch: RawBatch, parsed: "_Parsed") -> list[Line]:
        """Return the records of a batch, and tell the audit of all that was in it."""
        bad = {number: (reason, detail) for number, reason, detail in parsed.broken}
        found = zip(parsed.written, parsed.records or repeat(None))  # noqa: B905
        lines: list[Line] = []
        counted = 0
        for number, line in enumerate(batch):
            if number not in bad:
                written, record = next(found)
                lines.append(Line(line if written is None else written, record))
                continue
            self._audit.took(len(lines) - counted)
            counted = len(lines)
            self._audit.skip(Broken(batch.places[number], *bad[number], {}, raw(line)))
            if not self._audit.skips:
                break
        self._audit.took(len(lines) - counted)
        return lines


def raw_batches(inputs: Iterable[Source], limit: int | None = None) -> Iterator[RawBatch]:
    """Yield lines, `limit` at most, some hundreds at a time; fewer where the next one is not there yet."""
    batch, size = RawBatch(), 0
    entries = islice(((lines, line) for lines in inputs for line in lines), limit)
    try:
        for lines, line in entries:
            batch.append(line)
            batch.places.append(lines.place)
            batch.pressing = lines.would_wait()
            size += len(line)
            if batch.pressing or len(batch) == _RECORDS or size >= _BYTES:
                yield batch
                batch, size = RawBatch(), 0
    except BadData as error:
        batch.error = error
    if batch or batch.error:
        yield batch


def raw(line: bytes) -> Record:
    """Return a line that is no record as one: as text, or as bytes in hexadecimal where it is no text."""
    line = line.rstrip(b"\r\n")
    try:
        return {"raw": line.decode()}
    except UnicodeDecodeError:
        return {"raw_hex": line.hex()}


@dataclass(slots=True)
class _Parsed:
    """What the lines of a batch hold."""

    records: list[Record] = field(default_factory=list)  # those that were parsed in this process
    written: list[bytes | None] = field(default_factory=list)  # for each record its line, None where it came as that
    broken: list[tuple[int, str, str]] = field(default_factory=list)  # places in the batch, with reason and detail

    def __reduce__(self) -> tuple[Any, ...]:
        return _Parsed, ([], self.written, self.broken)


def _parsed(
    lines: Sequence[bytes], parse: Parse, read: Callable[[Record], A], *, goes_on: bool
) -> tuple[_Parsed, list[A]]:
    """Parse lines and return what is read from their records, too; end at the first that is bad, or go on."""
    found, values = _Parsed(), []
    for number, line in enumerate(lines):
        try:
            record = parse(line)
            values.append(read(record))
        except BadRecord as error:
            found.broken.append((number, error.reason, error.detail))
            if not goes_on:
                break
        else:
            written = dump(record)
            found.records.append(record)
            found.written.append(None if written == line else written)
    return found, values
