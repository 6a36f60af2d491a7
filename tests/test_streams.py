"""The same promise on every command, a new one included: hostile input and hostile streams.

A command takes part by its golden case "normal", whose options and input are used here. In every case there is a
clear line, the right status, nothing lost and no traceback. What is promised of lines of JSON alone is tried on the
commands that read them; tests/cli/test_extract.py tries the same on archives.
"""

import fcntl
import gzip
import json
import os
import shlex
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from mathkit.cli import app
from tests.conftest import CASES, READ_ARCHIVES, ROOT, Run, heed_ctrl_c, run_mathkit

COMMANDS = sorted(command.name for command in app.registered_commands if command.name)
SUMMARY = "read, "

READ_JSON = sorted(set(COMMANDS) - READ_ARCHIVES)

commands = pytest.mark.parametrize("command", COMMANDS)
json_commands = pytest.mark.parametrize("command", READ_JSON)


def options(command: str) -> list[str]:
    return shlex.split((CASES / command / "normal" / "cmd").read_text())


def normal(command: str) -> bytes:
    return (CASES / command / "normal" / "stdin").read_bytes()


def halves(command: str) -> tuple[bytes, bytes]:
    """Return the first record of the input, and the others."""
    data = normal(command)
    mark = b"WARC/1.0\r\n" if command in READ_ARCHIVES else data.splitlines(keepends=True)[1]
    place = data.index(mark, 1)
    return data[:place], data[place:]


def run(command: str, *more: object, stdin: bytes = b"") -> Run:
    done = run_mathkit(command, *options(command), *more, stdin=stdin, cwd=CASES / command / "normal")
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    return {command: run(command, stdin=normal(command)).stdout for command in COMMANDS}


BAD_LINES = {
    "not json": b"{nonsense}",
    "not an object": b"[1, 2]",
    "a number": b"12",
    "missing field": b'{"id": "x", "nothing": "here"}',
    "wrong type of text": b'{"id": "x", "text": 5, "problem": 5, "question": ["5"], "samples": 5, "answer": "5"}',
    "wrong type of samples": b'{"id": "x", "text": {}, "problem": {}, "samples": [5], "answer": {}}',
    "lone surrogate": rb'{"id": "x", "text": "\ud800", "problem": "p", "answer": "1", "samples": []}',
    "raw NUL": b'{"id": "x", "text": "a\x00b", "problem": "p", "answer": "1", "samples": []}',
    "invalid UTF-8": b'{"id": "x", "text": "\xff\xfe", "problem": "p", "answer": "1", "samples": []}',
    "NaN": b'{"id": "x", "text": "t", "problem": "p", "answer": NaN, "samples": []}',
    "Infinity": b'{"id": "x", "text": "t", "problem": "p", "answer": -Infinity, "samples": []}',
    "number out of range": b'{"id": "x", "text": "t", "problem": "p", "answer": 1e999, "samples": []}',
    "deep nesting": b'{"id": "x", "text": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "torn line": b'{"id": "x", "text": "t',
}


@json_commands
@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_stops_with_its_place_and_all_before_it_written(
    command: str, name: str, expected: dict[str, bytes]
) -> None:
    done = run(command, stdin=normal(command) + BAD_LINES[name] + b"\n" + normal(command))
    line = normal(command).count(b"\n") + 1
    assert done.status == 65
    assert f"mathkit {command}: -:{line}: " in done.stderr
    assert done.stdout == expected[command]


@json_commands
def test_bad_lines_can_be_skipped_and_none_is_lost(command: str, expected: dict[str, bytes], tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    bad = list(BAD_LINES.values())
    stdin = b"\n".join(bad) + b"\n" + normal(command)
    done = run(command, "--bad-lines", "skip", "--rejects", rejects, stdin=stdin)
    assert done.status == 0
    assert done.stdout == expected[command]
    rows = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    raws = [row["raw"].encode() if "raw" in row else bytes.fromhex(row["raw_hex"]) for row in rows[: len(bad)]]
    assert raws == bad
    assert all(row["reject"]["by"] == command and row["reject"]["reason"] for row in rows)
    read = len(bad) + normal(command).count(b"\n")
    assert f"mathkit {command}: {read} {SUMMARY}" in done.stderr


@commands
@pytest.mark.parametrize(
    "stdin", [b"", b"\n\n", b"\xef\xbb\xbf", b"\r\n \t\r\n"], ids=["nothing", "lines", "BOM", "CRLF"]
)
def test_empty_input_gives_empty_output(command: str, stdin: bytes) -> None:
    done = run(command, stdin=stdin)
    assert (done.status, done.stdout) == (0, b"")
    assert "0 read, 0 kept, 0 rejected, 0 written" in done.stderr


OF_LINES: dict[str, Callable[[bytes], bytes]] = {
    "BOM": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "blank lines": lambda data: b"\n" + data.replace(b"\n", b"\n\n \n"),
}
OF_ALL: dict[str, Callable[[bytes, bytes], bytes]] = {
    "no last line feed": lambda first, rest: (first + rest).rstrip(b"\r\n"),
    "gzip": lambda first, rest: gzip.compress(first + rest),
    "two gzips": lambda first, rest: gzip.compress(first) + gzip.compress(rest),
    "zstd": lambda first, rest: zstd.compress(first + rest),
    "two zstds": lambda first, rest: zstd.compress(first) + zstd.compress(rest),
}


@pytest.mark.parametrize(
    ("command", "name"),
    [(command, name) for command in READ_JSON for name in OF_LINES]
    + [(command, name) for command in COMMANDS for name in OF_ALL],
)
def test_the_same_records_however_they_come(
    command: str, name: str, expected: dict[str, bytes], tmp_path: Path
) -> None:
    data = OF_LINES[name](normal(command)) if name in OF_LINES else OF_ALL[name](*halves(command))
    assert run(command, stdin=data).stdout == expected[command]
    path = tmp_path / "input"  # told by its first bytes, not by its name
    path.write_bytes(data)
    assert run(command, path).stdout == expected[command]


@commands
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_the_same_records_wherever_they_go(
    command: str, suffix: str, expected: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / f"output.jsonl{suffix}"
    done = run(command, "-o", path, stdin=normal(command))
    unpack = {"": bytes, ".gz": gzip.decompress, ".zst": zstd.decompress}[suffix]
    assert (done.status, done.stdout) == (0, b"")
    assert unpack(path.read_bytes()) == expected[command]
    assert not Path(f"{path}.partial").exists()


@json_commands
@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("damage", ["truncated", "corrupt"])
def test_a_broken_stream_is_bad_data(command: str, kind: str, damage: str) -> None:
    line = normal(command).splitlines(keepends=True)[0]
    noise = [json.dumps({"noise": os.urandom(300).hex()}).encode() for _ in range(2000)]
    data = line + b"".join(line.rstrip()[:-1] + b"," + other[1:] + b"\n" for other in noise)
    packed = bytearray((gzip if kind == "gzip" else zstd).compress(data))
    if damage == "truncated":
        packed = packed[: len(packed) * 3 // 4]
    else:
        packed[len(packed) * 3 // 4] ^= 0xFF
        packed[len(packed) * 3 // 4 + 1 :] = packed[len(packed) * 3 // 4 + 1 :][::-1]
    done = run(command, "--limit", 3, stdin=bytes(packed))
    assert done.status == 0  # what is not read cannot be broken
    if command == "dedup":
        done = run(command, stdin=bytes(packed))
        assert done.status == 65
        assert "mathkit dedup: -:" in done.stderr


@commands
def test_a_truncated_stream_keeps_what_could_be_read(command: str, expected: dict[str, bytes]) -> None:
    for packed in (gzip.compress(normal(command))[:-6], zstd.compress(normal(command))[:-3]):
        done = run(command, stdin=packed)
        assert done.status == 65
        assert "compressed stream is broken" in done.stderr
        assert expected[command].startswith(done.stdout)


@commands
def test_several_files_are_read_in_order(command: str, expected: dict[str, bytes], tmp_path: Path) -> None:
    one, others = halves(command)
    first, rest = tmp_path / "1", tmp_path / "2.gz"
    first.write_bytes(one.removesuffix(b"\n"))  # its last line has no line feed
    rest.write_bytes(gzip.compress(others))
    assert run(command, first, rest).stdout == expected[command]
    assert run(command, first, "-", stdin=others).stdout == expected[command]


@json_commands
def test_a_line_of_50_megabytes_and_unknown_fields_pass_untouched(command: str) -> None:
    record = json.loads(normal(command).splitlines()[0])
    digits = "9" * 400
    unknown = '"huge":' + digits + ',"long":"' + "x" * 50_000_000 + '","nested":{"z":[1,2.5,null],"a":"\\u0000é"}'
    line = json.dumps(record, ensure_ascii=False)[:-1] + "," + unknown + "}\n"
    done = run(command, stdin=line.encode())
    assert done.status == 0
    if done.stdout and b'"messages"' not in done.stdout[:10_000]:
        assert digits.encode() in done.stdout
        assert b'"nested":{"z":[1,2.5,null],"a":"\\u0000\xc3\xa9"}' in done.stdout


@commands
@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("hash_seed", ["0", "7"])
def test_the_output_does_not_depend_on_jobs_or_hash_seed(
    command: str, jobs: int, hash_seed: str, expected: dict[str, bytes]
) -> None:
    done = run_mathkit(
        command, *options(command), "-j", jobs, stdin=normal(command),
        cwd=CASES / command / "normal", PYTHONHASHSEED=hash_seed,
    )  # fmt: skip
    assert done.stdout == expected[command]


@commands
def test_limit_counts_input_records(command: str) -> None:
    assert "1 read, " in run(command, "--limit", 1, stdin=normal(command)).stderr
    assert run(command, "--limit", 0, stdin=normal(command)).stdout == b""


@commands
def test_quiet_says_nothing(command: str) -> None:
    assert run(command, "--quiet", stdin=normal(command)).stderr == ""


@commands
def test_a_missing_file_is_a_usage_error_before_anything_is_done(command: str, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.jsonl", tmp_path):
        done = run(command, path, "-o", tmp_path / "out.jsonl")
        assert done.status == 2
        assert str(path) in done.stderr
        assert not list(tmp_path.glob("out*"))


@commands
def test_a_failed_run_leaves_a_partial_file(command: str, expected: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"from before")
    done = run(command, "-o", path, stdin=normal(command) + b"nonsense\n")
    assert done.status == 65
    assert path.read_bytes() == b"from before"
    assert Path(f"{path}.partial").read_bytes() == expected[command]


@commands
def test_a_full_disk_is_a_failed_run(command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mathkit", command, *options(command)],
            input=normal(command), stdout=full, stderr=subprocess.PIPE, cwd=CASES / command / "normal",
        )  # fmt: skip
    assert done.returncode == 1
    assert b"standard output: No space left on device" in done.stderr
    done = run(command, "-o", "/dev/full", stdin=normal(command))
    assert done.status == 1
    assert "/dev/full: No space left on device" in done.stderr


@commands
def test_a_closed_pipe_ends_quietly(command: str) -> None:
    folder = CASES / command / "normal"
    words = shlex.join([sys.executable, "-m", "mathkit", command, *options(command)])
    many = (
        "for i in {1..300}; do cat stdin; done" if command in READ_ARCHIVES else 'yes "$(head -1 stdin)" | head -2000'
    )
    script = f"{{ {many}; }} | {words} | head -1 | wc -l; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert done.stdout.split()[-1] in ("0", "141")


@commands
def test_ctrl_c_ends_within_two_seconds_with_what_is_written(command: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mathkit", command, *options(command)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CASES / command / "normal",
        preexec_fn=heed_ctrl_c,
    )  # fmt: skip
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(normal(command))
    process.stdin.flush()
    while int.from_bytes(fcntl.ioctl(process.stdin, termios.FIONREAD, b"\0" * 4), "little"):
        time.sleep(0.05)
    time.sleep(0.5)  # it has read all there is, and waits for more
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    assert process.wait(timeout=10) == 130
    assert time.monotonic() - start < 2
    stderr = process.stderr.read().decode()
    assert "Traceback" not in stderr
    assert f"mathkit {command}: interrupted" in stderr
    for line in process.stdout.read().splitlines():
        json.loads(line)


@commands
def test_the_example_in_the_help_runs_as_printed(command: str) -> None:
    text = run_mathkit(command, "--help").stdout.decode()
    example = text.split("Example:")[1]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", f"cd {ROOT} && {{ {example.strip()}\n}}"], capture_output=True, text=True, env=environment
    )
    assert done.returncode in (0, 141), done.stderr
    assert "Traceback" not in done.stderr
    assert f"mathkit {command}" in example
