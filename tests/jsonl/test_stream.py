import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from mathkit.errors import BadData, MathkitError
from mathkit.jsonl import Stream
from mathkit.records import Broken, Kept, Refused, Rejected
from tests.conftest import jsonl, run_mathkit


def test_the_count_is_checked_at_the_end(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(jsonl({"id": 1}, {"id": 2}))
    with (
        pytest.raises(AssertionError, match="lost count"),
        Stream("x", [str(source)], str(tmp_path / "out")) as stream,
    ):
        stream.write(record for record in stream.read() if record["id"] == 1)


def test_one_record_can_become_several_or_several_one(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(jsonl({"id": 1}, {"id": 2}, {"id": 3}))
    with Stream("x", [str(source)], str(tmp_path / "out")) as stream:
        one, _, three = stream.read()
        stream.write([Kept([one, one]), Kept([], 1), Rejected(three, "why")])
    assert (stream.tally.read, stream.tally.kept, stream.tally.rejected, stream.tally.written) == (3, 2, 1, 2)
    assert stream.tally.reasons == {"why": 1}


def test_what_is_refused_of_a_record_is_written_and_counted_apart_from_it(tmp_path: Path) -> None:
    source, rejects = tmp_path / "in.jsonl", tmp_path / "rejects"
    source.write_bytes(jsonl({"id": 1}, {"id": 2}))
    with Stream("x", [str(source)], str(tmp_path / "out"), str(rejects)) as stream:
        one, two = stream.read()
        stream.write([Refused({"id": "1/0"}, "dull", {"how": 3}), Kept([one]), Refused({"id": "2/0"}, "dull"), two])
    assert (stream.tally.read, stream.tally.kept, stream.tally.rejected) == (2, 2, 0)
    assert stream.tally.refused == {"dull": 2}
    rows = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    assert rows[0] == {"id": "1/0", "reject": {"by": "x", "reason": "dull", "how": 3}}


def test_a_kept_row_leaves_at_once() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mathkit", "dedup"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin and process.stdout
    for number in range(3):
        process.stdin.write(jsonl({"id": number, "text": f"text number {number}"}))
        process.stdin.flush()
        assert process.stdout.readline() == b'{"id":%d,"text":"text number %d"}\n' % (number, number)
    process.stdin.close()
    assert process.wait() == 0


def test_output_onto_its_own_input_and_through_a_symbolic_name_of_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(jsonl({"id": 1, "text": "a"}, {"id": 2, "text": "a"}))
    assert run_mathkit("dedup", path, "-o", path).status == 0
    assert path.read_bytes() == b'{"id":1,"text":"a"}\n'
    log = tmp_path / "log"
    with log.open("wb") as stderr:
        command = [sys.executable, "-m", "mathkit", "dedup", "-q", "-o", "/dev/stderr", str(path)]
        subprocess.run(command, stderr=stderr, check=True)
    assert log.read_bytes() == b'{"id":1,"text":"a"}\n'
    assert not list(Path("/dev").glob("*.partial"))


def test_output_into_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert run_mathkit("dedup", "-o", pipe, stdin=jsonl({"id": 1, "text": "a"})).status == 0
    assert reader.communicate(timeout=10)[0] == b'{"id":1,"text":"a"}\n'


def test_what_a_library_prints_does_not_get_into_the_data(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom mathkit.jsonl import Stream\n"
        "with Stream('x', ['/dev/stdin']) as stream:\n"
        "    noisy = lambda record: (print('noise', flush=True), os.write(1, b'more noise\\n'), record)[2]\n"
        "    stream.write(map(noisy, stream.read()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b'{"id":1}\n', capture_output=True, check=True)
    assert done.stdout == b'{"id":1}\n'
    assert done.stderr == b"noise\nmore noise\n"


@pytest.mark.parametrize("piped", [False, True])
def test_a_pool_is_read_as_often_as_one_likes(piped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 1}\r\n\nnonsense\n{"id": 2, "old": 5}\n{"id": 3}')
    read, write = os.pipe()
    os.write(write, path.read_bytes())
    os.close(write)
    files = [f"/dev/fd/{read}" if piped else str(path)]
    stream = Stream("test", files, limit=3, skip_bad_lines=True, renames=[("new", "old")], output=str(tmp_path / "o"))
    with stream:
        pool = stream.pool()
        assert len(pool) == 2
        for _ in range(3):
            assert [line.record["id"] for line in pool] == [1, 2]
        first = next(iter(pool)).record  # left before its end
        assert [line.record.get("new") for line in pool] == [None, 5]
        stream.write(pool)
    assert first == {"id": 1}
    assert (stream.tally.read, stream.tally.kept, stream.tally.rejected) == (3, 2, 1)
    os.close(read)


def test_a_pool_that_has_become_shorter_is_said(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_bytes(b'{"id": 1}\n{"id": 2}\n')
    stream = Stream("test", [str(path)], output=str(tmp_path / "o"))
    pool = stream.pool()
    path.write_bytes(b'{"id": 1}\n')
    with pytest.raises(MathkitError, match="it has become shorter"):
        list(pool)


def bytes_of(path: str, file: IO[bytes]) -> Iterator[dict | Broken]:
    """A format of another kind: a byte is a record, but "?" is none, and "!" ends what can be read."""
    for place, byte in enumerate(file.read().decode()):
        if byte == "!":
            raise BadData(f"{path}:{place}: no more")
        yield (
            Broken(f"{path}:{place}", "odd", "odd byte", {"offset": place}, {"known": 1})
            if byte == "?"
            else {"id": byte}
        )


def read_bytes(tmp_path: Path, data: bytes, **options: object) -> tuple[Stream, list[dict], str | None]:
    source, output = tmp_path / "in", tmp_path / "out"
    source.write_bytes(data)
    stream = Stream("x", [str(source)], str(output), str(tmp_path / "rejects"), **options)
    error = None
    try:
        with stream:
            stream.write(stream.read_with(bytes_of, lambda record: record["id"]))
    except BadData as caught:
        error = str(caught).removeprefix(str(source))
        output = Path(f"{output}.partial")
    return stream, [json.loads(line)["id"] for line in output.read_bytes().splitlines()], error


def test_another_format_has_the_same_stream(tmp_path: Path) -> None:
    stream, written, error = read_bytes(tmp_path, b"ab?c", skip_bad_lines=True)
    assert (written, error) == (["a", "b", "c"], None)
    assert (stream.tally.read, stream.tally.kept, stream.tally.rejected) == (4, 3, 1)
    (row,) = map(json.loads, (tmp_path / "rejects").read_bytes().splitlines())
    assert row["known"] == 1
    assert (row["reject"]["reason"], row["reject"]["offset"], row["reject"]["detail"]) == ("odd", 2, "odd byte")
    assert read_bytes(tmp_path, b"ab?c")[1:] == (["a", "b"], ":2: odd byte")
    assert read_bytes(tmp_path, b"ab!c", skip_bad_lines=True)[1:] == (["a", "b"], ":2: no more")
    assert read_bytes(tmp_path, b"ab!c", limit=2)[1:] == (["a", "b"], None)
