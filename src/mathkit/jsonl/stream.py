"""The stream of a command: records in, what the stage says of each out, and the count of both.

What is read equals what is kept plus what is rejected, counted in input records and checked at the end.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

from mathkit.errors import BadData, BadRecord, UsageError
from mathkit.jsonl.codec import dump, parse
from mathkit.jsonl.files import STANDARD, check_readable, open_raw
from mathkit.jsonl.lines import Lines
from mathkit.jsonl.pool import Pool
from mathkit.jsonl.sink import Sink
from mathkit.parallel import Batch
from mathkit.records import Broken, Kept, Outcome, Record, Rejected, content_id
from mathkit.spool import Spool

Need = Callable[[Record], object]  # reads what a command needs from a record, or raises BadRecord

T = TypeVar("T")

_BATCH_RECORDS = 512
_BATCH_BYTES = 1 << 21


@dataclass
class Tally:
    """How many input records were read, kept and rejected (and why), and how many records written."""

    read: int = 0
    kept: int = 0
    rejected: int = 0
    written: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass
class Stream:
    """Reads the records of a command's input and writes what becomes of them.

    Used as a context manager: the output gets its name when the block ends without an error. After a bad line
    the stage sees the end of its input, so that all before it is written; `write` then raises BadData.
    """

    command: str
    files: Sequence[str] = ()
    output: str | None = None
    rejects: str | None = None
    skip_bad_lines: bool = False
    limit: int | None = None
    renames: Sequence[tuple[str, str]] = ()  # (new, old)
    jobs: int = 1
    seed: int = 0
    quiet: bool = False
    on_record: Callable[[Tally], None] = lambda tally: None
    on_bad_line: Callable[[str], None] = lambda message: None

    def __post_init__(self) -> None:
        self.tally = Tally()
        self._error: BadData | None = None
        self._lines = Lines(STANDARD)
        self._finally: list[Callable[[], None]] = []
        self._output: Sink | None = None
        self._rejects: Sink | None = None

    def __enter__(self) -> Self:
        check_readable(list(self.files))
        for option, path in (("--output", self.output), ("--rejects", self.rejects)):
            if path is not None and path != STANDARD and (not path or not Path(path).absolute().parent.is_dir()):
                raise UsageError(f"{option} {path!r}: no such directory")
        if self.rejects is not None and _place(self.rejects) == _place(self.output or STANDARD):
            raise UsageError(f"--rejects {self.rejects}: the records go there")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sinks = [sink for sink in (self._rejects, self._output) if sink]
        if kind:
            for sink in sinks:
                sink.abandon()
            return
        tally = self.tally
        assert tally.read == tally.kept + tally.rejected, f"{self.command} lost count of its records: {tally}"
        for sink in sinks:
            sink.commit()
        for action in self._finally:
            action()

    def finally_do(self, action: Callable[[], None]) -> None:
        """Do something after the output is committed, and only then."""
        self._finally.append(action)

    def read(self, *needs: Need) -> Iterator[Record]:
        """Yield the input's records, each with an id and with what `needs` read from it."""

        def entries(path: str) -> Iterator[Record | Broken]:
            self._lines = Lines(path)
            return _records(self._lines, self.renames, needs)

        return self._entries(entries)

    def batches(self, *needs: Need) -> Iterator[Batch[Record]]:
        """Yield the input's records, some hundreds at a time; fewer where the next one is not there yet."""
        batch: Batch[Record] = Batch()
        size = 0
        for record in self.read(*needs):
            batch.append(record)
            batch.pressing = self._lines.would_wait()
            size += self._lines.length
            if batch.pressing or len(batch) == _BATCH_RECORDS or size >= _BATCH_BYTES:
                yield batch
                batch, size = Batch(), 0
        if batch:
            yield batch

    def pool(self, *needs: Need) -> Pool:
        """Read all the input's records, and return them so that they can be read again.

        Files are opened again; where there is a pipe among them, the records wait on disk.
        """
        self._open_sinks()  # bad lines are rejected now
        files = self.files if all(path != STANDARD and Path(path).is_file() for path in self.files) else ()
        spool = None if files else Spool()
        count, digest = 0, blake2b(digest_size=16)
        for record in self.read(*needs):
            count += 1
            digest.update(dump(record))
            if spool:
                spool.append(record)
        return Pool(count, digest.hexdigest(), spool.__iter__ if spool else lambda: self._again(files, needs))

    def _again(self, files: Sequence[str], needs: Sequence[Need]) -> Iterator[Record]:
        """Yield the records of files once more, without the bad lines, which were told of before."""
        for path in files:
            for entry in _records(Lines(path), self.renames, needs):
                if not isinstance(entry, Broken):
                    yield entry

    def read_with(self, reader: Callable[[str, IO[bytes]], Iterator[T | Broken]]) -> Iterator[T]:
        """Yield what a reader of another format finds in each file, of which it gets the name and the bytes.

        It yields Broken for what it cannot read and goes on, or raises BadData if it cannot.
        """

        def entries(path: str) -> Iterator[T | Broken]:
            with open_raw(path) as file:
                yield from reader(path, file)

        return self._entries(entries)

    def _entries(self, entries: Callable[[str], Iterator[T | Broken]]) -> Iterator[T]:
        """Count and yield the entries of each file; those that are broken end the run or are rejected."""
        try:
            for path in self.files or [STANDARD]:
                if not self._room():
                    return
                with closing(entries(path)) as found:  # type: ignore[type-var]
                    for entry in found:
                        self.tally.read += 1
                        if not isinstance(entry, Broken):
                            yield entry
                        elif not self._skip(entry):
                            return
                        self.on_record(self.tally)
                        if not self._room():
                            return
        except BadData as error:
            self._error = error

    def _skip(self, entry: Broken) -> bool:
        """Reject what is broken and return True, or else remember to fail."""
        message = f"{entry.place}: {entry.detail}"
        if not self.skip_bad_lines:
            self._error = BadData(message)
            return False
        self.on_bad_line(message)
        self._reject(entry.record, entry.reason, {"place": entry.place, **entry.evidence, "detail": entry.detail}, 1)
        return True

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Write what a stage kept, and what it rejected to --rejects; raise BadData if a line was bad."""
        self._open_sinks()
        for outcome in outcomes:
            match outcome:
                case dict():
                    self._keep([outcome], 1)
                case Rejected(record, reason, evidence, inputs):
                    self._reject(record, reason, dict(evidence), inputs)
                case Kept(records, inputs):
                    self._keep(records, inputs)
        if self._error:
            raise self._error

    def _open_sinks(self) -> None:
        if not self._output:
            self._rejects = Sink(self.rejects) if self.rejects else None
            self._output = Sink(self.output)

    def _room(self) -> bool:
        return self.limit is None or self.tally.read < self.limit

    def _keep(self, records: list[Record], inputs: int) -> None:
        assert self._output
        for record in records:
            self._output.write(dump(record))
        self.tally.kept += inputs
        self.tally.written += len(records)

    def _reject(self, record: Record, reason: str, evidence: Record, inputs: int) -> None:
        self.tally.rejected += inputs
        self.tally.reasons[reason] += inputs
        if self._rejects:
            self._rejects.write(dump({**record, "reject": {"by": self.command, "reason": reason, **evidence}}))


def read_file(path: str, *needs: Need) -> Iterator[Record]:
    """Yield the records of a file beside the stream (a benchmark, examples); raise BadData at a bad line."""
    check_readable([path])
    for entry in _records(Lines(path), (), needs):
        if isinstance(entry, Broken):
            raise BadData(f"{entry.place}: {entry.detail}")
        yield entry


def _records(lines: Lines, renames: Sequence[tuple[str, str]], needs: Iterable[Need]) -> Iterator[Record | Broken]:
    for line in lines:
        try:
            yield _record(line, renames, needs)
        except BadRecord as error:
            yield Broken(lines.place, error.reason, error.detail, {}, _raw(line))


def _record(line: bytes, renames: Sequence[tuple[str, str]], needs: Iterable[Need]) -> Record:
    record = parse(line)
    for new, old in renames:
        if old in record:
            if new in record:
                raise BadRecord("two fields of one name", f"--map {new}={old}: the record has {new!r} already")
            record = {(new if name == old else name): value for name, value in record.items()}
    if record.get("id") is None:
        record = {**record, "id": content_id(record)} if "id" in record else {"id": content_id(record), **record}
    for need in needs:
        need(record)
    return record


def _place(path: str) -> str:
    return path if path == STANDARD else os.path.realpath(path)


def _raw(line: bytes) -> Record:
    """Return a line that is no record as one: as text, or as bytes in hexadecimal where it is no text."""
    line = line.rstrip(b"\r\n")
    try:
        return {"raw": line.decode()}
    except UnicodeDecodeError:
        return {"raw_hex": line.hex()}
