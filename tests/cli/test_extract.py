"""The promises that every command makes of lines of JSON, tried on archives; the rest is in tests/test_streams.py."""

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CASES, ROOT, run_mathkit
from tests.warc import crawl, members, record, request, response

PAGE = response("https://a.example", "<p>Let <script type='math/tex'>x<y</script>.", number=1)
OTHER = response("https://a.example", bytes(random.Random(0).choices(b"0123456789abcdef <", k=900)), number=2)
BROKEN = {
    "junk": b"nonsense\r\n\r\n",
    "bytes": bytes(range(128, 256)) + b"\n",
    "no header": b"WARC/1.0\r\n\r\n",
    "no length": b"WARC/1.0\r\nWARC-Type: response\r\n\r\n",
    "no version": b"WARC/x.y\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
    "a length beyond the next record": record("response", b"short", length=120),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("pack", [lambda *parts: b"".join(parts), members], ids=["plain", "gzip"])
def test_a_broken_record_stops_with_its_place_and_all_before_it_written(name: str, pack: type[bytes]) -> None:
    done = run_mathkit("extract", stdin=pack(PAGE, request("u"), BROKEN[name], PAGE))
    assert done.status == 65
    assert f"mathkit extract: -:{len(pack(PAGE, request('u')))}: " in done.stderr
    assert [row["text"] for row in done.records] == ["Let $x<y$."]
    assert "3 read, 1 kept, 1 rejected (1 not a page), 1 unfinished, 1 written" in done.stderr


@pytest.mark.parametrize("pack", [lambda *parts: b"".join(parts), members], ids=["plain", "gzip"])
def test_broken_records_can_be_skipped_and_none_is_lost(pack: type[bytes], tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    parts = [part for data in BROKEN.values() for part in (data, PAGE)]
    done = run_mathkit("extract", "--bad-lines", "skip", "--rejects", rejects, stdin=pack(*parts))
    assert done.status == 0
    assert [row["text"] for row in done.records] == ["Let $x<y$."] * len(BROKEN)
    rows = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    places = [len(pack(*parts[: 2 * number])) for number in range(len(BROKEN))]
    assert [row["reject"]["offset"] for row in rows] == places
    assert [row["reject"]["place"] for row in rows] == [f"-:{place}" for place in places]
    assert all(row["reject"]["by"] == "extract" and row["reject"]["detail"] for row in rows)
    assert f"mathkit extract: {2 * len(BROKEN)} read, {len(BROKEN)} kept, {len(BROKEN)} rejected" in done.stderr


@pytest.mark.parametrize("skip", [[], ["--bad-lines", "skip"]])
@pytest.mark.parametrize("data", [members(PAGE, OTHER)[:-99], (PAGE + OTHER)[:-99], gzip.compress(PAGE + OTHER)[:-99]])
def test_an_archive_that_ends_too_early_is_bad_data_after_what_could_be_read(data: bytes, skip: list[str]) -> None:
    done = run_mathkit("extract", *skip, stdin=data)
    assert done.status == 65
    assert "Traceback" not in done.stderr
    assert done.records
    assert done.stdout == run_mathkit("extract", stdin=PAGE).stdout
    message = done.stderr.splitlines()[-1]
    assert message.startswith("mathkit extract: -:")
    assert message.endswith(("the archive ends within this record", "the compressed stream is broken: it is cut off"))


def test_rejects_name_the_records_that_are_no_page(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    done = run_mathkit("extract", "--rejects", rejects, stdin=members(*crawl()))
    rows = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    assert len(rows) + len(done.records) == len(crawl())
    assert {row["type"] for row in rows} == {"warcinfo", "request", "response", "revisit", "metadata"}
    assert all(len(json.dumps(row)) < 400 for row in rows)


def test_files_of_any_kind_in_order(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.warc.gz", "page.html", "b")]
    for path, data in zip(paths, [members(PAGE), b"<p>a page", PAGE], strict=True):
        path.write_bytes(data)
    done = run_mathkit("extract", *paths)
    assert [row["text"] for row in done.records] == ["Let $x<y$.", "a page", "Let $x<y$."]


def test_what_is_neither_archive_nor_page_is_named(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_bytes(b'{"text":"<p>"}\n')
    done = run_mathkit("extract", path)
    assert (done.status, done.stdout) == (65, b"")
    assert f"mathkit extract: {path}:0: this is no WARC archive or page" in done.stderr


def test_there_are_no_fields_to_rename() -> None:
    done = run_mathkit("extract", "--map", "text=body")
    assert done.status == 2
    assert "--map" in done.stderr


def test_the_example_is_that_of_the_documentation() -> None:
    data = (CASES / "extract" / "normal" / "stdin").read_bytes()
    assert data == b"".join(crawl())
    assert gzip.decompress((ROOT / "examples" / "data" / "crawl.warc.gz").read_bytes()) == data


@pytest.mark.slow
def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    peaks = []
    for times in (100, 1000):
        path = tmp_path / f"{times}.warc.gz"
        path.write_bytes(members(*crawl()) * times)
        code = (
            "import sys\nfrom mathkit.cli import app\n"
            f"try:\n app(['extract', '-q', '-o', '/dev/null', {str(path)!r}])\nexcept SystemExit as end:\n"
            " assert not end.code\n"
            "status = open('/proc/self/status').read()\n"
            "print(status.split('VmHWM:')[1].split()[0], file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        peaks.append(int(done.stderr))
    assert peaks[1] < 1.1 * peaks[0]
