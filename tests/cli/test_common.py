"""The options that every command has: a file of options, parts of the input, the account of a run."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.backends.serving import Server
from tests.conftest import jsonl, run_mathkit

ROWS = jsonl(*({"id": number, "text": f"text {number % 40} of some words"} for number in range(60)))


def configured(folder: Path, text: str, *options: object) -> list[object]:
    path = folder / "options.toml"
    path.write_text(text, encoding="utf-8")
    return ["dedup", "--config", path, *options]


def test_a_file_gives_options_and_the_command_line_counts_more(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    text = 'seed = 3\nbad_lines = "skip"\n[dedup]\nthreshold = 0.9\nexact = true\nby = ["x"]\n[vote]\nseed = 9\n'
    done = run_mathkit(*configured(tmp_path, text, "--seed", 5, "--by", "text", "--manifest", manifest), stdin=ROWS)
    assert (done.status, len(done.stdout.splitlines())) == (0, 40)
    told = json.loads(manifest.read_text())["options"]
    assert [told[name] for name in ("seed", "bad_lines", "threshold", "exact", "by")] == [
        5,
        "skip",
        0.9,
        True,
        ["text"],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense = 1", "mathkit dedup has no option --nonsense"),
        ("files = 'x'", "mathkit dedup has no option --files"),
        ("config = 'x'", "mathkit dedup has no option --config"),
        ("[dedup]\nthreshold = 'high'", "'high' is not a valid float"),
        ("threshold = 2", "2.0 is not between 0 and 1"),
        ("exact = 1", "exact is true or false"),
        ("threshold = [1]", "threshold is no text and no number"),
        ("seed = true", "seed is no text and no number"),
        ("not toml", "Expected '='"),
    ],
)
def test_what_cannot_be_in_the_file_is_said(text: str, message: str, tmp_path: Path) -> None:
    done = run_mathkit(*configured(tmp_path, text), stdin=ROWS)
    assert done.status == 2
    assert message in " ".join(done.stderr.split())


def test_shards_are_the_whole_and_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROWS + b"nonsense\n" + jsonl({"text": "without an id"}))
    options = ["dedup", "--threshold", 1, "--exact", "--by", "id", "--bad-lines", "skip", path]
    whole = run_mathkit(*options)
    parts = [run_mathkit(*options, "--shard", f"{number}/3") for number in (1, 2, 3)]
    lines = [part.stdout.splitlines() for part in parts]
    assert sorted(line for part in lines for line in part) == sorted(whole.stdout.splitlines())
    assert all(8 < len(part) < 35 for part in lines)
    assert sum("not JSON" in part.stderr for part in parts) == 1
    limited = run_mathkit(*options, "--shard", "2/3", "--limit", 4)
    assert limited.stdout.splitlines() == lines[1][:4]


@pytest.mark.parametrize("part", ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2/3"])
def test_a_part_that_cannot_be_is_said(part: str) -> None:
    done = run_mathkit("dedup", "--shard", part, stdin=ROWS)
    assert done.status == 2
    assert "is not I/N" in done.stderr


def test_the_manifest_tells_what_the_run_was(tmp_path: Path) -> None:
    source, output, manifest = tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "manifest.json"
    source.write_bytes(ROWS)
    run_mathkit("dedup", "--exact", source, "-o", output, "--manifest", manifest)
    told = json.loads(manifest.read_text())
    assert told["command"] == "dedup"
    assert told["status"] == 0
    assert told["counts"] == {"read": 60, "kept": 40, "rejected": 20, "failed": 0, "written": 40}
    assert told["reasons"] == {"duplicate": 20}
    assert told["inputs"] == [{"path": str(source), "sha256": sha256(ROWS).hexdigest()}]
    assert told["output"] == {"path": str(output), "sha256": sha256(output.read_bytes()).hexdigest()}
    assert told["packages"]["numpy"]
    assert told["options"]["threshold"] == 0.7


def test_the_manifest_knows_what_went_through_pipes_and_how_a_run_failed(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    done = run_mathkit("dedup", "--manifest", manifest, stdin=ROWS)
    told = json.loads(manifest.read_text())
    assert told["inputs"][0]["sha256"] == sha256(ROWS).hexdigest()
    assert told["output"]["sha256"] == sha256(done.stdout).hexdigest()
    run_mathkit("dedup", "--manifest", manifest, stdin=ROWS[:200])
    told = json.loads(manifest.read_text())
    assert told["status"] == 65
    assert told["counts"]["read"] > told["counts"]["kept"] > 0


def test_the_manifest_names_the_models_with_their_revision(tmp_path: Path) -> None:
    model, manifest = tmp_path / "model", tmp_path / "manifest.json"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "a.safetensors").write_bytes(b"weights")
    revisions = []
    for weights in (b"weights", b"other weights"):
        (model / "a.safetensors").write_bytes(weights)
        row = {"id": 1, "text": "a"}
        run_mathkit("score", "--rubric", "quality", "--model", f"hf:{model}", "--manifest", manifest, stdin=jsonl(row))
        (told,) = json.loads(manifest.read_text())["models"]
        assert (told["option"], told["name"]) == (f"hf:{model}", str(model))
        revisions.append(told["revision"])
    assert len(set(revisions)) == 2


def test_the_manifest_holds_no_password(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    run_mathkit("dedup", "--map", "x=http://user:secret@host/v1", "--manifest", manifest, stdin=ROWS)
    assert "http://***@host/v1" in manifest.read_text()
    assert "secret" not in manifest.read_text()


def test_a_manifest_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    done = run_mathkit("dedup", "--manifest", tmp_path / "no" / "m.json", stdin=ROWS)
    assert done.status == 2
    assert done.stdout == b""


@pytest.mark.parametrize("written", ["rejects", "manifest"])
def test_what_a_run_reads_is_not_written_over(written: str, tmp_path: Path) -> None:
    source, config = tmp_path / "in.jsonl", tmp_path / "options.toml"
    source.write_bytes(ROWS)
    config.write_text("seed = 1\n")
    for victim in (source, config):
        before = victim.read_bytes()
        done = run_mathkit("dedup", "--config", config, source, "-o", tmp_path / "out", f"--{written}", victim)
        assert done.status == 2
        assert f"is what --{written} writes" in done.stderr
        assert victim.read_bytes() == before


def test_two_options_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for one, other in (("--output", "--manifest"), ("--rejects", "--manifest"), ("--output", "--rejects")):
        done = run_mathkit("dedup", one, path, other, path, stdin=ROWS)
        assert done.status == 2
        assert not path.exists()
    done = run_mathkit("eval", "--report", path, "-o", path, stdin=ROWS)
    assert done.status == 2
    source = tmp_path / "in.jsonl"
    source.write_bytes(ROWS)
    assert run_mathkit("dedup", "--exact", source, "-o", source).status == 0  # in place
    assert source.read_bytes().count(b"\n") == 40


def test_why_records_failed_is_said(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    rows = jsonl(*({"id": number, "problem": "p", "answer": "1"} for number in range(2)))
    with Server(lambda body: {"odd": 1}) as server:
        done = run_mathkit(
            "rft-sample",
            "--model",
            f"{server.url}#m",
            "-n",
            1,
            "--manifest",
            manifest,
            "-o",
            tmp_path / "out",
            stdin=rows,
        )
    assert done.status == 75
    assert "2 failed, 2 of them so: the server's answer is no chat completion (KeyError)" in done.stderr
    assert not (tmp_path / "out").exists()
    assert list(json.loads(manifest.read_text())["failures"].values()) == [2]
