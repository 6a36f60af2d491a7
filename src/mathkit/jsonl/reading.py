"""The records of files: one by one, or in batches for several processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from mathkit.errors import BadData, BadRecord
from mathkit.jsonl import codec
from mathkit.jsonl.batches import LineBatches, Source, Uncounted, raw, raw_batches
from mathkit.jsonl.files import check_readable
from mathkit.jsonl.lines import Lines
from mathkit.records import Broken, Record, content_id

Need = Callable[[Record], object]  # reads what a command needs from a record, or raises BadRecord


def read_file(path: str, *needs: Need) -> Iterator[Record]:
    """Yield the records of a file beside the stream (a benchmark, examples); raise BadData at a bad line."""
    check_readable([path])
    for entry in records_of(Lines(path), (), needs):
        if isinstance(entry, Broken):
            raise BadData(f"{entry.place}: {entry.detail}")
        yield entry


def read_batches(paths: Sequence[str], jobs: int) -> LineBatches:
    """Return the records of files beside the stream for some processes; raises BadData at a bad line."""
    check_readable(list(paths))
    parse = partial(record_of, renames=(), needs=())
    return LineBatches(raw_batches(map(Lines, paths)), parse, Uncounted(skips=False), jobs)


def records_of(lines: Source, renames: Sequence[tuple[str, str]], needs: Iterable[Need]) -> Iterator[Record | Broken]:
    """Yield the record of each line, or what is wrong with it."""
    for line in lines:
        try:
            yield record_of(line, renames, needs)
        except BadRecord as error:
            yield Broken(lines.place, error.reason, error.detail, {}, raw(line))


def record_of(line: bytes, renames: Sequence[tuple[str, str]], needs: Iterable[Need]) -> Record:
    """Return the record on a line, renamed and with an id; raise BadRecord for one without what `needs` read."""
    record = codec.parse(line)
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
