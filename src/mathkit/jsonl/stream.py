"""The stream of a command: records in, what the stage says of each out, and the count of both.

What is read equals what is kept plus what is rejected, counted in input records and checked at the end.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from mathkit.errors import BadData, BadRecord, UsageError
from mathkit.jsonl.codec import dump, parse
from mathkit.jsonl.files import CORRUPT, STANDARD, check_readable, open_input
from mathkit.jsonl.pool import Pool
from mathkit.jsonl.sink import Sink
from mathkit.records import Kept, Outcome, Record, Rejected, content_id

Need = Callable[[Record], object]  # reads what a command needs from a record, or raises BadRecord

_BOM = b"\xef\xbb\xbf"


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

    def read(self, *needs: Need) -> Iterator[Record]:
        """Yield the input's records, each with an id and with what `needs` read from it."""
        return (record for record, _ in self._read(needs))

    def pool(self, *needs: Need) -> Pool:
        """Read all the input's records, and return them so that they can be read again.

        Files are opened again; where there is a pipe among them, the lines wait on disk.
        """
        self._open_sinks()  # bad lines are rejected now
        files = self.files if all(path != STANDARD and Path(path).is_file() for path in self.files) else ()
        spool = None if files else tempfile.TemporaryFile(prefix="mathkit-")  # noqa: SIM115
        count, digest = 0, blake2b(digest_size=16)
        for _, line in self._read(needs):
            line = line.strip() + b"\n"
            count += 1
            digest.update(line)
            if spool:
                spool.write(line)

        def lines() -> Iterator[bytes]:
            if spool:
                spool.seek(0)
                yield from iter(spool.readline, b"")  # of the file itself, `yield from` would close it
            else:
                yield from (line for _, line in _lines(files, lambda: True))

        return Pool(count, digest.hexdigest(), lambda: self._good(lines(), needs))

    def _good(self, lines: Iterator[bytes], needs: Sequence[Need]) -> Iterator[Record]:
        """Yield the records of lines, leaving out the bad ones, which were told of before."""
        for line in lines:
            try:
                yield _record(line, self.renames, needs)
            except BadRecord:
                continue

    def _read(self, needs: Sequence[Need]) -> Iterator[tuple[Record, bytes]]:
        try:
            for place, line in _lines(self.files or [STANDARD], self._room):
                self.tally.read += 1
                try:
                    record = _record(line, self.renames, needs)
                except BadRecord as error:
                    message = f"{place}: {error.detail}"
                    if not self.skip_bad_lines:
                        self._error = BadData(message)
                        return
                    self.on_bad_line(message)
                    self._reject(_raw(line), error.reason, {"place": place, "detail": error.detail}, 1)
                else:
                    yield record, line
                self.on_record(self.tally)
        except BadData as error:
            self._error = error

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Write what a stage kept, and what it rejected to --rejects; raise BadData if a line was bad."""
        self._open_sinks()
        for outcome in outcomes:
            match outcome:
                case Rejected(record, reason, evidence, inputs):
                    self._reject(record, reason, dict(evidence), inputs)
                case Kept(records, inputs):
                    self._keep(records, inputs)
                case _:
                    self._keep([outcome], 1)
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
    for place, line in _lines([path], lambda: True):
        try:
            yield _record(line, (), needs)
        except BadRecord as error:
            raise BadData(f"{place}: {error.detail}") from None


def _lines(paths: Iterable[str], room: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
    """Yield each line that is not blank with its place, while there is room for another one."""
    for path in paths:
        if not room():
            return
        number = 0
        with open_input(path) as stream:
            try:
                while room() and (line := stream.readline()):
                    number += 1
                    if number == 1:
                        line = line.removeprefix(_BOM)
                    if line and not line.isspace():
                        yield f"{path}:{number}", line
            except CORRUPT as error:
                raise BadData(f"{path}:{number + 1}: the compressed stream is broken: {error}") from None


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
