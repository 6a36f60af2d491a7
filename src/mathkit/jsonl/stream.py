"""The stream of a command: records in, what the stage says of each out, and the count of both.

What is read equals what is kept plus what is rejected, counted in input records and checked at the end.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b, sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from mathkit.errors import BadData, UsageError
from mathkit.jsonl import codec
from mathkit.jsonl.batches import Line, LineBatches, Parse, Source, raw_batches
from mathkit.jsonl.codec import dump
from mathkit.jsonl.files import STANDARD, check_readable, open_raw
from mathkit.jsonl.lines import Lines
from mathkit.jsonl.pool import Pool, Spooled
from mathkit.jsonl.reading import Need, record_of, records_of
from mathkit.jsonl.shard import Shard, ShardLines
from mathkit.jsonl.sink import Sink
from mathkit.records import Broken, Failed, Held, Kept, Outcome, Record, Refused, Rejected, loaded
from mathkit.spool import Spool

T = TypeVar("T")

_FAILURES = 100  # of which the reasons are told apart


@dataclass
class Tally:
    """How many input records were read, kept, rejected (and why) and failed.

    Counted apart: the records written, and what was made of input records and refused (and why).
    """

    read: int = 0
    kept: int = 0
    rejected: int = 0
    failed: int = 0
    written: int = 0
    tokens: int = 0  # that a model wrote
    reasons: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)  # why records failed, as far as it is the same
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def settled(self) -> int:
        """How many input records it is known of what becomes of them."""
        return self.kept + self.rejected + self.failed


@dataclass
class Stream:
    """Reads the records of a command's input and writes what becomes of them.

    Used as a context manager: the output gets its name when the block ends without an error and no record failed.
    After a bad line the stage sees the end of its input, so that all before it is written; `write` then raises BadData.
    """

    command: str
    files: Sequence[str] = ()
    output: str | None = None
    rejects: str | None = None
    skip_bad_lines: bool = False
    limit: int | None = None
    shard: Shard | None = None
    renames: Sequence[tuple[str, str]] = ()  # (new, old)
    jobs: int = 1
    seed: int = 0
    quiet: bool = False
    digests: bool = False  # of standard input and output, for those who ask
    on_record: Callable[[Tally], None] = lambda tally: None
    on_bad_line: Callable[[str], None] = lambda message: None

    def __post_init__(self) -> None:
        self.tally = Tally()
        self._error: BadData | None = None
        self._broken: deque[tuple[int, Rejected]] = deque()  # with the number of each among all that is read
        self.models: list[dict[str, Any]] = []  # that the command asked
        self._read_digest = sha256() if self.digests else None
        self._written_digest = sha256() if self.digests else None
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
        if kind or self.tally.failed:
            for sink in sinks:
                sink.abandon()
            return
        tally = self.tally
        assert tally.read == tally.settled, f"{self.command} lost count of its records: {tally}"
        for sink in sinks:
            sink.commit()
        for action in self._finally:
            action()

    def finally_do(self, action: Callable[[], None]) -> None:
        """Do something after the output is committed, and only then."""
        self._finally.append(action)

    def read_digest(self) -> str | None:
        """Return the hash of what was read from standard input, if `digests` asked for it."""
        return self._read_digest.hexdigest() if self._read_digest else None

    def written_digest(self) -> str | None:
        """Return the hash of the lines that were written, if `digests` asked for it."""
        return self._written_digest.hexdigest() if self._written_digest else None

    def read(self, *needs: Need) -> Iterator[Record]:
        """Yield the input's records, each with an id and with what `needs` read from it."""
        return self._entries(lambda path: records_of(self._lines(path), self.renames, needs))

    def batches(self) -> LineBatches:
        """Return the input's records, each with an id, in batches that `jobs` processes parse and work on."""
        return self._batches(partial(record_of, renames=self.renames, needs=()))

    def pool(self, *needs: Need) -> Pool:
        """Read all the input's records, and return them so that they can be read again.

        Files are opened again; where there is a pipe among them, the records wait on disk.
        """
        self._open_sinks()  # what cannot be written to is told of before the work
        files = self.files or [STANDARD]
        spool = None if all(path != STANDARD and Path(path).is_file() for path in files) else Spool()
        parse = partial(record_of, renames=self.renames, needs=needs)
        count, digest = 0, blake2b(digest_size=16)
        for lines, _ in self._batches(parse).map(lambda _: None, lambda _: None):
            count += len(lines)
            for line in lines:
                digest.update(line.data)
                if spool:
                    spool.append(line.data)
        if spool:
            return Pool(count, digest.hexdigest(), lambda: [Spooled(spool)], count, codec.parse, self.jobs)
        return Pool(count, digest.hexdigest(), lambda: map(self._lines, files), self.tally.read, parse, self.jobs)

    def _batches(self, parse: Parse) -> LineBatches:
        inputs = map(self._lines, self.files or [STANDARD])
        return LineBatches(raw_batches(inputs, self.limit), parse, _Audit(self), self.jobs)

    def _lines(self, path: str) -> Source:
        lines = Lines(path, self._read_digest if path == STANDARD else None)
        return ShardLines(lines, self.shard, self.renames) if self.shard else lines

    def read_with(
        self, reader: Callable[[str, IO[bytes]], Iterator[T | Broken]], id: Callable[[T], object]
    ) -> Iterator[T]:
        """Yield what a reader of another format finds in each file, of which it gets the name and the bytes.

        It yields Broken for what it cannot read and goes on, or raises BadData if it cannot. A shard is told by `id`.
        """

        def entries(path: str) -> Iterator[T | Broken]:
            with open_raw(path, self._read_digest if path == STANDARD else None) as file:
                for entry in reader(path, file):
                    if self.shard is None or self.shard.holds(entry.place if isinstance(entry, Broken) else id(entry)):
                        yield entry

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
        """Put aside what is broken, to be rejected in its turn, and return True; or else remember to fail."""
        message = f"{entry.place}: {entry.detail}"
        if not self.skip_bad_lines:
            self._error = BadData(message)
            return False
        self.on_bad_line(message)
        evidence = {"place": entry.place, **entry.evidence, "detail": entry.detail}
        self._broken.append((self.tally.read, Rejected(entry.record, entry.reason, evidence)))
        return True

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Write what a stage kept, and what it rejected to --rejects; raise BadData if a line was bad."""
        self._open_sinks()
        for outcome in outcomes:
            self._reject_broken()
            match outcome:
                case Line():
                    self._keep([outcome.data], 1)
                case Rejected():
                    self._reject(outcome)
                case Failed():
                    self._fail(outcome)
                case Refused(record, reason, evidence):
                    self.tally.refused[reason] += 1
                    self._write_reject(record, reason, evidence)
                case Kept(records, inputs):
                    self._keep(map(dump, records), inputs)
                case _:
                    self._keep([dump(loaded(outcome))], 1)
        self._reject_broken()
        if self._error:
            raise self._error

    def _open_sinks(self) -> None:
        if not self._output:
            self._rejects = Sink(self.rejects) if self.rejects else None
            self._output = Sink(self.output, self._written_digest)

    def _room(self) -> bool:
        return self.limit is None or self.tally.read < self.limit

    def _keep(self, lines: Iterable[bytes], inputs: int) -> None:
        assert self._output
        for line in lines:
            self._output.write(line)
            self.tally.written += 1
        self.tally.kept += inputs

    def _reject(self, rejected: Rejected) -> None:
        self.tally.rejected += rejected.inputs
        self.tally.reasons[rejected.reason] += rejected.inputs
        self._write_reject(rejected.record, rejected.reason, rejected.evidence)

    def _fail(self, failed: Failed) -> None:
        self.tally.failed += failed.inputs
        why = failed.detail if len(self.tally.failures) < _FAILURES else "other reasons"
        self.tally.failures[why] += failed.inputs
        self._write_reject(failed.record, "failed", {"detail": failed.detail})

    def _write_reject(self, record: Held, reason: str, evidence: Mapping[str, Any]) -> None:
        if self._rejects:
            told = {"by": self.command, "reason": reason, **evidence}
            self._rejects.write(dump({**loaded(record), "reject": told}))

    def _reject_broken(self) -> None:
        """Reject what is broken once it is known what becomes of all before it, so that rejects keep their order."""
        while self._broken and self._broken[0][0] == self.tally.settled + 1:
            self._reject(self._broken.popleft()[1])


@dataclass(frozen=True, slots=True)
class _Audit:
    """Counts for a stream what is read in batches."""

    stream: Stream

    @property
    def skips(self) -> bool:
        """Whether lines that hold no record are rejected, and do not end the run."""
        return self.stream.skip_bad_lines

    def took(self, records: int) -> None:
        """Count records that were read."""
        self.stream.tally.read += records
        self.stream.on_record(self.stream.tally)

    def skip(self, broken: Broken) -> None:
        """Count what is no record; reject it, or remember to fail."""
        self.stream.tally.read += 1
        self.stream._skip(broken)

    def fail(self, error: BadData) -> None:
        """Remember to fail once all before the error is written."""
        self.stream._error = error


def _place(path: str) -> str:
    return path if path == STANDARD else os.path.realpath(path)
