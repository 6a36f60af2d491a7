import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, jsonl, run_mathkit


def words(*numbers: int) -> str:
    return " ".join(f"word{number}" for number in numbers)


def problem(name: Any, *numbers: int, **more: str) -> dict[str, Any]:
    return {"id": name, "problem": words(*numbers), **more}


def decontam(folder: Path, records: Iterable[dict], *options: object, **benchmarks: list[dict]) -> Run:
    against = []
    for name, items in benchmarks.items():
        (folder / f"{name}.jsonl").write_bytes(jsonl(*items))
        against += ["--against", folder / f"{name}.jsonl"]
    done = run_mathkit(
        "decontam", *against, "--rejects", folder / "rejects.jsonl", *options, stdin=jsonl(*records), cwd=folder
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def reported(tmp_path: Path) -> dict[str, Any]:
    """The report on a run against two benchmarks that share an item; the second has solutions, too."""
    first = [problem("a", *range(20)), problem("b", *range(100, 120)), {"id": 7, "problem": "What is 2 + 3?"}]
    second = [
        problem("a", *range(16), 30, 31, 32, 33, solution=words(*range(200, 230))),
        problem("c", *range(300, 320), solution=words(*range(400, 430))),
    ]
    records = [
        problem("both", *range(20)),
        problem("clean", *range(500, 530)),
        problem("solved", *range(600, 620), solution=words(*range(200, 230))),
        problem("short", id="short") | {"problem": "what is $2+3$"},
        problem("twice", *range(300, 320), solution=words(*range(400, 430))),
        problem("again", *range(18), 18, 19),
        problem("like", *(number for word in range(100, 120) for number in (word, 1000 + word))),
    ]
    options = ["--report", "report.json", "--solutions", "--rule", "or", "--quiet"]
    done = decontam(tmp_path, records, *options, first=first, second=second)
    assert [record["id"] for record in done.records] == ["clean"]
    rejects = [json.loads(line)["reject"] for line in (tmp_path / "rejects.jsonl").read_bytes().splitlines()]
    assert [reject["benchmark"] for reject in rejects] == ["first", "second", "first", "second", "first", "first"]
    return json.loads((tmp_path / "report.json").read_bytes())


def test_the_report_counts_every_benchmark_by_itself(reported: dict[str, Any]) -> None:
    first, second = reported["first"], reported["second"]
    assert (first["items"], first["items_found"], first["records_rejected"]) == (3, 3, 4)
    assert (second["items"], second["items_found"], second["records_rejected"]) == (2, 2, 4)
    assert first["matched"] == {"ngram": 2, "lcs": 1, "whole": 1}
    assert second["matched"] == {"ngram": 4, "lcs": 0, "whole": 0}
    assert first["found"] == [
        {"benchmark_id": "a", "records": 2},
        {"benchmark_id": "b", "records": 1},
        {"benchmark_id": 7, "records": 1},
    ]
    assert second["found"] == [{"benchmark_id": "a", "records": 3}, {"benchmark_id": "c", "records": 1}]


def test_the_report_shows_for_each_record_its_worst_match_in_the_benchmark(reported: dict[str, Any]) -> None:
    hits = {(name, hit["id"]): hit for name, found in reported.items() for hit in found["hits"]}
    assert list(hits) == [
        *(("first", name) for name in ("both", "short", "again", "like")),
        *(("second", name) for name in ("both", "solved", "twice", "again")),
    ]
    assert hits["second", "both"] == {
        "id": "both",
        "benchmark_id": "a",
        "unit": "problem",
        "level": "latex",
        "matched": "ngram",
        "ngram": words(*range(13)),
        "lcs": 0.8,
        "span": [0, len(words(*range(16)))],
    }
    assert hits["first", "like"]["lcs"] == 1.0 and hits["first", "like"]["ngram"] is None
    assert hits["second", "solved"]["unit"] == "solution"
    assert hits["second", "twice"]["unit"] == "problem"


def test_a_report_on_nothing_names_every_benchmark(tmp_path: Path) -> None:
    done = decontam(tmp_path, [], "--report", "report.json", one=[problem(1, 2)], other=[])
    assert "other.jsonl: holds no record; nothing is compared with it" in done.stderr
    nothing = {"items_found": 0, "records_rejected": 0, "matched": {"ngram": 0, "lcs": 0, "whole": 0}}
    assert json.loads((tmp_path / "report.json").read_bytes()) == {
        "one": {"items": 1, **nothing, "found": [], "hits": []},
        "other": {"items": 0, **nothing, "found": [], "hits": []},
    }


def mixed(count: int) -> list[dict[str, Any]]:
    """Problems and documents of few words, some of which leak."""
    draw = random.Random(count)
    return [
        {
            "id": number,
            draw.choice(["problem", "text"]): words(*(draw.randrange(40) for _ in range(draw.randrange(200)))),
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("rule", ["and", "or"])
def test_the_bytes_are_the_same_for_any_jobs(tmp_path: Path, rule: str) -> None:
    records = mixed(1500)  # several batches
    items = [{"id": record["id"], "problem": record.get("problem", record.get("text"))} for record in records[::50]]
    found = set()
    for jobs in (1, 2, 5):
        options = ["--rule", rule, "--ngram", 4, "--report", "report.json", "-j", jobs]
        done = decontam(tmp_path, records, *options, items=items)
        found.add((done.stdout, *((tmp_path / name).read_bytes() for name in ("rejects.jsonl", "report.json"))))
    assert len(found) == 1
    assert all(map(len, found.pop()))


PEAK = """
import sys
from pathlib import Path
from mathkit.__main__ import main
try:
    main()
finally:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print("peak", status["VmHWM"].split()[0], file=sys.stderr)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel tells no peak memory here")
@pytest.mark.parametrize("rule", ["and", "or"])
def test_memory_does_not_grow_with_the_input(tmp_path: Path, rule: str) -> None:
    (tmp_path / "bench.jsonl").write_bytes(jsonl(*(problem(n, *range(20 * n, 20 * n + 20)) for n in range(1000))))

    def peak(count: int) -> int:
        """Return the most memory that a run over `count` documents holds, in MiB."""
        lines = tmp_path / "documents.jsonl"
        with lines.open("wb") as file:
            for number in range(count):
                file.write(jsonl({"id": number, "text": words(*range(number, number + 300))}))
        command = [sys.executable, "-c", PEAK, "decontam", "--against", tmp_path / "bench.jsonl", lines]
        options = ["--rule", rule, "-j", "2", "--lcs", "1", "--ngram", "25", "-o", os.devnull]
        done = subprocess.run([*command, *options], capture_output=True, check=True)
        return int(done.stderr.split()[-1]) // 1024

    few, many = peak(3000), peak(30_000)  # 8 and 80 MB
    assert many - few < 16
