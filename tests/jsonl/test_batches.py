"""Lines that are parsed where they are worked on: the same as one by one, for any number of processes and any cut."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from mathkit.errors import BadData, BadRecord
from mathkit.jsonl import Stream, dump, parse, read_batches
from mathkit.records import Record, Rejected
from tests.conftest import run_mathkit

ODD = {
    b'{ "id": 1, "n": 123456789012345678901234567890 }\r\n',
    b'{"id":2,"text":"\\u4e2d\\/","n":1.50}\n',
    b'{"text":"no id"}\n',
    b'{"id":null,"text":"none either"}\n',
}


def number_in(record: Record) -> int:
    if record.get("n") == 13:
        raise BadRecord("unlucky", "13 is unlucky")
    return int(record.get("n", 0))


def lines(count: int = 3000) -> list[bytes]:
    """Good lines, odd ones, and some that hold no record or not the right one."""
    rows = [dump({"id": number, "n": number % 1000}) for number in range(count)]
    for place in range(700, count, 701):
        rows[place] = b"nonsense\n"
    for place, row in enumerate(sorted(ODD)):
        rows[300 * place] = row
    return rows


def run(path: Path, jobs: int, **options: object) -> tuple[list[bytes], list[dict], Stream, str | None]:
    """Sum the numbers of each batch; reject the odd ones, and return what is written, rejected, counted and said."""
    output, rejects = path.with_suffix(".out"), path.with_suffix(".rejects")
    stream = Stream("x", [str(path)], str(output), str(rejects), jobs=jobs, **options)
    error = None
    try:
        with stream:
            stream.write(
                Rejected(line, "odd", {"n": number}) if number % 2 else line
                for batch, numbers in stream.batches().map(number_in, list)
                for line, number in zip(batch, numbers, strict=True)
            )
    except BadData as caught:
        error = str(caught).removeprefix(str(path))
        output, rejects = Path(f"{output}.partial"), Path(f"{rejects}.partial")
    told = [parse(line) for line in rejects.read_bytes().splitlines(keepends=True)]
    return output.read_bytes().splitlines(keepends=True), told, stream, error


@pytest.mark.parametrize("jobs", [1, 3])
def test_good_lines_go_on_and_bad_ones_are_rejected_in_order(jobs: int, tmp_path: Path) -> None:
    path = tmp_path / "in"
    rows = lines()
    path.write_bytes(b"\n".join(b"".join(rows).split(b"\n")[:1500]) + b"\n\n" + b"".join(rows[1500:]))
    written, rejected, stream, error = run(path, jobs, skip_bad_lines=True)
    assert error is None
    assert (stream.tally.read, stream.tally.kept, stream.tally.rejected) == (3000, len(written), len(rejected))
    kept = iter(written)
    for row, record in zip(written, map(orjson.loads, written), strict=True):
        assert row == dump(parse(row))  # as orjson writes it
        assert "id" in record
    refused = iter(rejected)
    for number, row in enumerate(rows):
        if row == b"nonsense\n":
            assert next(refused)["reject"]["place"] == f"{path}:{number + 1 + (number >= 1500)}"
        elif parse(row).get("n") == 13:
            told = next(refused)
            assert (told["raw"], told["reject"]["reason"]) == (row.decode().strip(), "unlucky")
        elif number_in(parse(row)) % 2:
            assert next(refused)["id"] == parse(row)["id"]
        else:
            assert {**parse(next(kept)), "id": 0} == {**parse(row), "id": 0}
    assert dump(parse(sorted(ODD)[0])) in written


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("place", [0, 1, 511, 512, 2999])
def test_the_first_bad_line_ends_the_run_and_all_before_it_is_written(jobs: int, place: int, tmp_path: Path) -> None:
    rows = [dump({"id": number, "n": 2}) for number in range(3000)]
    rows[place] = b"nonsense\n"
    path = tmp_path / "in"
    path.write_bytes(b"".join(rows))
    written, rejected, stream, error = run(path, jobs)
    assert error
    assert error.startswith(f":{place + 1}: not JSON")
    assert written == rows[:place]
    assert rejected == []
    assert stream.tally.read == place + 1


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_damaged_archive_gives_what_comes_before_the_damage(jobs: int, tmp_path: Path) -> None:
    rows = [dump({"id": number, "n": 2}) for number in range(3000)]
    path = tmp_path / "in.gz"
    path.write_bytes(gzip.compress(b"".join(rows))[:-12])
    written, _, _, error = run(path, jobs)
    assert error
    assert "the compressed stream is broken" in error
    assert len(written) > 2000
    assert written == rows[: len(written)]


def test_a_limit_counts_bad_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b'{"id":1}\nnonsense\n{"id":2}\n{"id":3}\n')
    written, rejected, stream, _ = run(path, 1, skip_bad_lines=True, limit=3)
    assert (len(written), len(rejected), stream.tally.read) == (2, 1, 3)
    assert run(path, 1, limit=0)[0] == []


def test_rejects_keep_their_order_however_the_input_comes(tmp_path: Path) -> None:
    rows = [b'{"id":1,"text":"a b"}\n', b'{"id":2,"text":"a b"}\n', b"nonsense\n", b'{"id":3,"text":"a b"}\n']
    path = tmp_path / "in"
    path.write_bytes(b"".join(rows))
    at_once, in_drops = tmp_path / "at-once", tmp_path / "in-drops"
    options = ["dedup", "--bad-lines", "skip", "--rejects"]
    run_mathkit(*options, at_once, stdin=path.read_bytes())
    command = [sys.executable, "-m", "mathkit", *map(str, [*options, in_drops])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        os.write(process.stdin.fileno(), rows[0])
        assert process.stdout.readline() == rows[0]
        for row in rows[1:]:
            os.write(process.stdin.fileno(), row)
            time.sleep(0.05)
        process.stdin.close()
    assert at_once.read_bytes() == in_drops.read_bytes()
    assert [row.get("id") for row in map(orjson.loads, at_once.read_bytes().splitlines())] == [2, None, 3]


def test_a_file_beside_the_stream_ends_at_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "labelled"
    path.write_bytes(b'{"id":1,"n":2}\n{"id":2,"n":13}\n')
    with pytest.raises(BadData, match=f"{path}:2: 13 is unlucky"):
        list(read_batches([str(path)], 1).map(number_in, sum))
