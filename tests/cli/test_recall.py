"""mathkit recall as a user runs it: rounds, domains, a kill in between, models of others, and its memory."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import fasttext
import pytest

from tests.conftest import ROOT, jsonl, run_mathkit

DATA = ROOT / "examples" / "data"
SEEDS = ["--positives", DATA / "math-seed.jsonl", "--negatives", DATA / "general-seed.jsonl"]
SMALL = ["--epochs", 5, "--dim", 4, "--subwords", "none"]
POOL = DATA / "documents.jsonl"


def counts(stderr: str) -> str:
    return stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recall") / "model.bin"
    assert run_mathkit("recall", *SEEDS, *SMALL, "--save", path).status == 0
    return path


@pytest.mark.parametrize("jobs", [1, 3])
def test_rounds_give_the_same_bytes_from_files_and_from_a_pipe(jobs: int, tmp_path: Path) -> None:
    rounds = ["recall", *SEEDS, *SMALL, "--rounds", 3, "-j", jobs]
    from_file = run_mathkit(*rounds, POOL)
    from_pipe = run_mathkit(*rounds, stdin=POOL.read_bytes())
    assert from_file.status == 0
    assert from_file.stdout == from_pipe.stdout
    assert from_file.stderr == from_pipe.stderr
    assert "round 2: " in from_file.stderr
    ids = [json.loads(line)["id"] for line in POOL.read_bytes().splitlines()]
    kept = [row["id"] for row in from_file.records]
    assert kept == [name for name in ids if name in set(kept)]  # in input order


def test_bad_lines_and_limits_are_counted_once_though_the_pool_is_read_again(tmp_path: Path) -> None:
    pool = tmp_path / "pool.jsonl"
    lines = POOL.read_bytes().splitlines(keepends=True)[:40]
    pool.write_bytes(b"".join(lines[:10]) + b"nonsense\n\n" + b"".join(lines[10:]))
    options = ["recall", *SEEDS, *SMALL, "--rounds", 2, "--bad-lines", "skip", "--rejects", tmp_path / "rejects.jsonl"]
    done = run_mathkit(*options, "--limit", 31, pool)
    assert done.stderr.count("skipped") == 1
    assert counts(done.stderr).startswith("mathkit recall: 31 read, ")
    rejected = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_bytes().splitlines()]
    assert len(rejected) + len(done.records) == 31
    assert "1 not JSON" in done.stderr

    stopped = run_mathkit("recall", *SEEDS, *SMALL, "--rounds", 2, pool)
    assert stopped.status == 65
    assert f"{pool}:11: " in stopped.stderr
    whole = run_mathkit("recall", *SEEDS, *SMALL, "--rounds", 2, "--limit", 10, pool)
    assert stopped.stdout == whole.stdout


def start(*arguments: object) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "mathkit", *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def kill_when(process: subprocess.Popen[bytes], sign: Path) -> None:
    """Kill a process and what it started, with -9, as soon as a file is there."""
    end = time.monotonic() + 60
    while not sign.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("sign", ["model-1.bin", "round-1", "model-2.bin", "round-2"])
def test_a_killed_loop_goes_on_and_ends_with_the_same_bytes(sign: str, tmp_path: Path) -> None:
    output, report = tmp_path / "out.jsonl", tmp_path / "report.json"
    rounds = ["recall", *SEEDS, "--epochs", 30, "--dim", 8, "--rounds", 3, POOL, "-o", output, "--report", report]
    assert run_mathkit(*rounds, "--checkpoint", tmp_path / "whole").status == 0
    expected, expected_report = output.read_bytes(), report.read_bytes()
    output.unlink()

    work = tmp_path / "work"
    kill_when(start(*rounds, "--checkpoint", work), work / sign)
    assert not output.exists()
    before = {path.name: path.stat().st_mtime_ns for path in work.glob("round-?")}
    assert len(before) >= int(sign == "round-1") + 2 * int(sign == "round-2")
    done = run_mathkit(*rounds, "--checkpoint", work)
    assert done.status == 0
    assert output.read_bytes() == expected
    assert report.read_bytes() == expected_report
    assert {name: (work / name).stat().st_mtime_ns for name in before} == before  # finished rounds are not done again
    assert counts(done.stderr).startswith("mathkit recall: 262 read, ")


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    work = tmp_path / "work"
    options = ["recall", *SEEDS, *SMALL, "--rounds", 2, "--checkpoint", work]
    assert run_mathkit(*options, POOL).status == 0
    other = run_mathkit(*options, "--seed", 3, "--threshold", 0.7, POOL)
    assert other.status == 2
    assert "holds the steps of a run with another --seed, --threshold" in other.stderr
    assert "another input;" in run_mathkit(*options, "--limit", 5, POOL).stderr
    assert run_mathkit(*options, POOL, "-j", 1).status == 0


def test_domains_are_told_for_review(tmp_path: Path) -> None:
    pool = [
        {
            "id": f"m{n}",
            "text": "把鸡蛋打散。" if n > 3 else "Let $x^2 = 4$. Then $x = 2$.",
            "url": f"https://a.org/m/{n}",
        }
        for n in range(12)
    ] + [{"id": f"c{n}", "text": "The agency hired people.", "url": f"https://a.org/c/{n}"} for n in range(12)]
    paths = {name: tmp_path / name for name in ("report.json", "domains.jsonl")}
    done = run_mathkit(
        "recall", *SEEDS, *SMALL, "--expand-domains", 0.1, "--report", paths["report.json"], "--domains",
        paths["domains.jsonl"], stdin=jsonl(*pool),
    )  # fmt: skip
    assert Counter(row["recall"]["via"] for row in done.records) == {"text": 4, "domain": 8}
    assert all(row["id"].startswith("m") and row["recall"]["round"] == 1 for row in done.records)
    [domain] = [json.loads(line) for line in paths["domains.jsonl"].read_bytes().splitlines()]
    assert (domain["domain"], domain["pages"], domain["recalled"]) == ("a.org", 24, 4)
    assert [(part["prefix"], part["counts"]) for part in domain["sections"]] == [("/c/", False), ("/m/", True)]
    [round_1] = json.loads(paths["report.json"].read_bytes())["rounds"]
    assert (round_1["collected"], round_1["text"], round_1["domain"]) == (12, 4, 8)
    assert round_1["domains"] == [domain]


def test_labelled_documents_are_measured(model: Path, tmp_path: Path) -> None:
    labelled, report = tmp_path / "labelled.jsonl", tmp_path / "report.json"
    rows = [
        {"text": "Let $f(x) = x^2$. Then $f'(x) = 2x$.", "label": "math", "lang": "en"},
        {"text": "The agency hired people for the website.", "label": "math", "lang": "en"},
        {"text": "把鸡蛋打散，加入盐，锅中放油。", "label": "physics", "lang": "zh"},
    ]
    labelled.write_bytes(jsonl(*rows))
    done = run_mathkit(
        "recall", "--model", model, "--labelled", labelled, "--breakdown", "lang", "--report", report, stdin=b""
    )
    found = json.loads(report.read_bytes())["labelled"]
    assert found["metrics"] == {"precision": 1.0, "recall": 0.5, "f1": 0.666667, "n": 3, "math": 2}
    assert found["by"]["lang"]["zh"] == {"precision": None, "recall": None, "f1": None, "n": 1, "math": 0}
    assert "0.6667" in done.stderr


def test_a_threshold_is_calibrated_and_kept_in_the_model(model: Path, tmp_path: Path) -> None:
    saved, report = tmp_path / "model.bin", tmp_path / "report.json"
    trained = run_mathkit("recall", *SEEDS, *SMALL, "--threshold", "auto", "--save", saved, "--report", report, POOL)
    told = json.loads(report.read_bytes())
    threshold = told["calibration"]["threshold"]
    assert 0 < threshold < 1
    assert told["rounds"][0]["threshold"] == threshold
    again = run_mathkit("recall", "--model", saved, "--threshold", "auto", POOL)
    assert (
        again.stdout == trained.stdout == run_mathkit("recall", "--model", saved, "--threshold", threshold, POOL).stdout
    )
    other = run_mathkit("recall", "--model", model, "--threshold", "auto", POOL)
    assert other.status == 2
    assert "was not calibrated" in other.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rounds", "2"], "a given --model is not trained again"),
        (["--domains", "d.jsonl"], "no domains count without --expand-domains"),
        (["--breakdown", "lang"], "nothing to measure without --labelled"),
        (["--threshold", "high"], "'high' is no number, nor auto"),
        (["--threshold", "nan"], "nan is not between 0 and 1"),
        (["--subwords", "5-3"], "'5-3' is not N-M"),
    ],
)
def test_options_that_cannot_be_are_usage_errors(options: list[str], message: str, model: Path) -> None:
    done = run_mathkit("recall", "--model", model, *options)
    assert done.status == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_seeds_from_a_pipe_cannot_be_read_again() -> None:
    done = run_mathkit("recall", "--positives", "-", "--negatives", DATA / "general-seed.jsonl", "--rounds", 2, POOL)
    assert done.status == 2
    assert "- cannot be read again" in done.stderr


def test_a_model_of_others_sees_what_fasttext_sees(tmp_path: Path) -> None:
    lines = [
        ("math", "Let $x$ be\n\nprime"),
        ("math", "求 方程 的 解"),
        ("news", "the council met"),
        ("news", "hello , world"),
    ]
    (tmp_path / "train.txt").write_text(
        "".join(f"__label__{label} {' '.join(text.split())}\n" for label, text in lines)
    )
    train = (
        "import fasttext; fasttext.train_supervised('train.txt', dim=5, epoch=50, thread=1, wordNgrams=3, bucket=999)"
    )
    environment = os.environ | {"MALLOC_PERTURB_": "255"}
    subprocess.run([sys.executable, "-c", f"{train}.save_model('m.bin')"], cwd=tmp_path, env=environment, check=True)
    texts = [text for _, text in lines] + ["Let\n$x$", "Let $x$", "", "Hello ,", "没有 解 </s> the", "prime\tLet\0be"]
    pool = jsonl(*({"id": number, "text": text} for number, text in enumerate(texts)))
    found = run_mathkit(
        "recall", "--model", tmp_path / "m.bin", "--label", "news", "--threshold", 0, stdin=pool
    ).records
    judge = fasttext.load_model(str(tmp_path / "m.bin"))
    for row, text in zip(found, texts, strict=True):
        labels, chances = judge.predict(text.replace("\n", " "), k=2)
        expected = dict(zip(labels, chances, strict=True))["__label__news"]
        assert row["recall"]["score"] == pytest.approx(min(expected, 1.0), abs=1e-5)


def peak_megabytes(*arguments: object, cwd: Path) -> float:
    """Return the most memory that a run held, as the kernel saw it."""
    script = (
        "import resource, subprocess, sys;subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-m", "mathkit", *map(str, arguments)]
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=cwd, capture_output=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.parametrize("more", [[], ["--top", "50%"], ["--expand-domains", "0.1"]], ids=["plain", "top", "domains"])
def test_memory_does_not_grow_with_the_input(more: list[str], model: Path, tmp_path: Path) -> None:
    draw = random.Random(2)
    words = ["$x$", "方程", "prove", "council", "the", "of", "\\frac{1}{2}", "cake"]
    texts = [" ".join(draw.choices(words, k=100)) for _ in range(50)]
    sizes = {}
    for count in (6_000, 60_000):
        with (tmp_path / "pool.jsonl").open("wb") as file:
            for number in range(count):
                url = f"https://site{number % 97}.org/part{number % 7}/{number}"
                file.write(jsonl({"id": number, "text": texts[number % 50] + f" {number}", "url": url}))
        options = ["--model", model, *more, "-j", 2, "-q", "-o", tmp_path / "out.jsonl", tmp_path / "pool.jsonl"]
        sizes[count] = peak_megabytes("recall", *options, cwd=tmp_path)
    assert sizes[60_000] < sizes[6_000] + 12, sizes  # 35 MB more to read
