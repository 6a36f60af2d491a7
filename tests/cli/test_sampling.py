"""The options of commands that ask a model."""

import json
from pathlib import Path

import pytest

from tests.backends.tiny import save_tiny_model
from tests.conftest import Program, jsonl

PROBLEM = jsonl({"id": "p", "question": "one plus two", "answer": "3"})


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


def test_a_dry_run_shows_the_prompt_and_asks_no_model(mathkit: Program, tmp_path: Path) -> None:
    shots, template = tmp_path / "shots.jsonl", tmp_path / "prompt.txt"
    shots.write_bytes(jsonl({"question": "q", "answer": "2+2 = <<2+2=4>>4\n#### 4"}))
    template.write_text("Solve: {problem}\nNow.\n")
    done = mathkit(
        "rft-sample", "--model", "hf:nowhere", "--dry-run", "--system", "Be brief.", "--shots", shots,
        "--prompt-file", template, "-n", 3, stdin=PROBLEM,
    )  # fmt: skip
    assert (done.status, done.stdout) == (0, b"")
    turns = ["[system]\nBe brief.\n", "[user]\nSolve: q\nNow.\n", "[assistant]\n2+2 = <<2+2=4>>4\n#### 4\n",
             "[user]\nSolve: one plus two\nNow.\n"]  # fmt: skip
    assert done.stderr.startswith("\n".join(turns))
    assert "1 prompts of about 19 tokens in all; 3 completions, 6,144 tokens at most" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "warm"], "'warm' is not T[,T...]"),
        (["--temperature", "-1"], "is not zero or positive"),
        (["--temperature", "nan"], "is not zero or positive"),
        (["--temperature", "0", "-n", "2"], "at 0 all 2 samples are the same"),
        (["--top-p", "2"], "2.0 is not between 0 and 1"),
        (["--metrics", "pass@4", "-n", "2", "--temperature", "1"], "pass@4 needs 4 samples: -n 4"),
        (["--prompt-file", "README.md"], "has no {problem} for the problem to stand at"),
        (["--shots", "missing.jsonl"], "missing.jsonl: No such file or directory"),
    ],
)
def test_options_that_make_no_sense_are_refused(mathkit: Program, options: list[str], message: str) -> None:
    done = mathkit("eval", "--model", "hf:nowhere", *options, stdin=PROBLEM)
    assert done.status == 2
    assert message in " ".join(done.stderr.split())


def test_new_samples_join_old_ones_in_rft_and_replace_them_in_eval(
    mathkit: Program, tiny: Path, tmp_path: Path
) -> None:
    old = jsonl({"id": "p", "question": "one", "answer": "3", "completions": [r"\boxed{3}"], "rewards": [1.0]})
    common = ["--model", tiny, "-n", 2, "--temperature", 1, "--max-tokens", 8, "--tape", tmp_path / "tape"]
    (joined,) = mathkit("rft-sample", *common, stdin=old).records
    assert [sample["model"] for sample in joined["samples"]] == [None, str(tiny), str(tiny)]
    assert "completions" not in joined and "rewards" not in joined
    (replaced,) = mathkit("eval", *common, stdin=old).records
    assert [sample["text"] for sample in replaced["samples"]] == [sample["text"] for sample in joined["samples"][1:]]
    tape = [json.loads(line) for line in (tmp_path / "tape").read_bytes().splitlines()]
    assert len(tape) == 2  # the second run asked for nothing

    replay = ["--model", f"tape:{tmp_path / 'tape'}", "-n", 2, "--temperature", 1, "--max-tokens", 8]
    assert mathkit("eval", *replay, stdin=old).records == [replaced]
    done = mathkit("eval", *replay, "--seed", 1, stdin=old)
    assert done.status == 69
    assert "recorded with other problems, prompts, sampling options or seed" in done.stderr


def test_each_row_leaves_when_it_is_done(mathkit: Program, tiny: Path) -> None:
    rows = jsonl(*({"id": n, "question": f"one plus {n % 10}", "answer": "3"} for n in range(20)))
    bad = rows + b"nonsense\n"
    done = mathkit("rft-sample", "--model", tiny, "-n", 2, "--max-tokens", 4, stdin=bad)
    assert done.status == 65
    assert [record["id"] for record in done.records] == list(range(20))
    assert "mathkit rft-sample: -:21: not JSON" in done.stderr
