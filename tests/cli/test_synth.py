"""What the command adds to the recipes: prompts and examples of one's own, and the counts."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import CASES, ROOT, Program, jsonl

PROBLEM = jsonl({"id": "p", "question": "What is one plus two?", "answer": "3"})
DOCUMENT = jsonl({"id": "d", "text": "What is one plus two? Three."})
AUGMENT = CASES / "synth" / "augment"


def test_a_prompt_of_ones_own_takes_the_place_of_the_recipes(mathkit: Program, tmp_path: Path) -> None:
    own = tmp_path / "prompt.txt"
    own.write_text("改编：{problem} {curly}\n")
    done = mathkit(
        "synth", "--recipe", "augment", "--model", "hf:nowhere", "--dry-run", "--prompt-file", own, stdin=PROBLEM
    )
    assert done.stderr.startswith("[user]\n改编：What is one plus two? {curly}\n")


def test_both_questions_can_be_ones_own(mathkit: Program, tmp_path: Path) -> None:
    own = tmp_path / "prompts.toml"
    own.write_text('ask = "Pairs of {text}"\nagain = "Better: {pairs}"\n')
    command = ["synth", "--recipe", "extract", "--model", "hf:nowhere", "--prompt-file", own]
    assert "[user]\nPairs of What is one plus two? Three.\n" in mathkit(*command, "--dry-run", stdin=DOCUMENT).stderr
    for text, message in [
        ('ask = "no place"', "ask has no {text}"),
        ('refine = "{pairs}"', "refine is no prompt of extract; it has ask and again"),
        ("ask = 5", "ask is no prompt of extract"),
        ("ask = ", "Invalid value"),
    ]:
        own.write_text(text)
        done = mathkit(*command, stdin=DOCUMENT)
        assert done.status == 2
        assert message in done.stderr


def test_examples_are_asked_about_in_the_recipes_words(mathkit: Program, tmp_path: Path) -> None:
    shots = tmp_path / "shots.jsonl"
    shots.write_bytes(
        jsonl({"problem": "2个苹果，又来3个，一共几个？", "solution": "##1\n如此\n##end1", "answer": "5"})
    )
    command = ["synth", "--model", "hf:nowhere", "--shots", shots]
    done = mathkit(*command, "--recipe", "augment", "--dry-run", stdin=PROBLEM)
    user, assistant, question = re.split(r"^\[(?:user|assistant)\]\n", done.stderr, flags=re.MULTILINE)[1:]
    assert "又来3个" in user and "数学老师" in user
    assert assistant == "##1\n如此\n##end1\n\n"
    assert "What is one plus two?" in question
    assert "shows records as examples" in mathkit(*command, "--recipe", "self-instruct", stdin=PROBLEM).stderr
    shots.write_bytes(PROBLEM)
    done = mathkit(*command, "--recipe", "augment", stdin=PROBLEM)
    assert (done.status, "is no example: it must have a problem and a solution" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "cook"], "'cook' is not one of"),
        (["--recipe", "translate", "--words", "1:2"], "--recipe translate has no use for it"),
        (["--recipe", "augment", "--words", "9:2"], "9 is more than 2"),
        (["--recipe", "augment", "--words", "few"], "'few' is not LO:HI"),
        (["--recipe", "augment", "--max-similarity", "2"], "2.0 is not between 0 and 1"),
        (["--recipe", "augment", "--kinds", ""], "'' is none of numbers,"),
        (["--recipe", "persona", "--personas", "missing"], "missing: No such file"),
        (["--recipe", "persona", "--personas", "/dev/null"], "--personas /dev/null: holds none"),
    ],
)
def test_options_that_make_no_sense_are_refused(mathkit: Program, options: list[str], message: str) -> None:
    done = mathkit("synth", "--model", "hf:nowhere", *options, stdin=PROBLEM)
    assert done.status == 2
    assert message in " ".join(done.stderr.split())


def test_what_is_refused_is_written_apart_from_the_count_of_the_input(mathkit: Program, tmp_path: Path) -> None:
    rejects, manifest = tmp_path / "rejects.jsonl", tmp_path / "manifest.json"
    done = mathkit(
        "synth", "--recipe", "augment", "--model", "tape:tape", "--rejects", rejects, "--manifest", manifest,
        stdin=(AUGMENT / "stdin").read_bytes(), cwd=AUGMENT,
    )  # fmt: skip
    told = json.loads(manifest.read_bytes())
    assert told["counts"] == {"read": 3, "kept": 2, "rejected": 1, "failed": 0, "written": 5}
    assert sum(told["refused"].values()) == 6
    assert told["models"] == [{"option": "tape:tape", "name": "scripted", "revision": None}]
    rows = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    assert sum("synth" in row for row in rows) == 6
    assert [row["id"] for row in rows if "synth" not in row] == ["b"]
    assert "3 read, 2 kept, 1 rejected (1 nothing fit was made), 5 written; of what was made 6 refused" in done.stderr


def test_a_killed_run_goes_on_from_its_tape(mathkit: Program, tmp_path: Path) -> None:
    """The first replies are on the tape; with the rest of it the run ends as if nothing had happened."""
    lines = (AUGMENT / "tape").read_bytes().splitlines(keepends=True)
    command = ["synth", "--recipe", "augment", "--model", f"tape:{tmp_path / 'tape'}", "-o", tmp_path / "out"]
    for known in (1, len(lines)):
        (tmp_path / "tape").write_bytes(b"".join(lines[:known]))
        done = mathkit(*command, stdin=(AUGMENT / "stdin").read_bytes())
        assert done.status == (69 if known == 1 else 0)
    assert (tmp_path / "out").read_bytes() == (AUGMENT / "stdout").read_bytes()


def test_records_that_are_kept_leave_into_a_pipe_that_closes() -> None:
    command = f"{sys.executable} -m mathkit synth --recipe augment --model tape:tape -j 1"
    script = f"{command} < stdin | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=AUGMENT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] in ("0", "141")
    assert done.stdout.splitlines()[0] == (AUGMENT / "stdout").read_text().splitlines()[0]


def test_the_prompts_are_whole_in_both_languages() -> None:
    def places(prompts: dict[str, str]) -> dict[str, set[str]]:
        return {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in prompts.items()}

    recipes = tomllib.loads((ROOT / "src" / "mathkit" / "recipes" / "prompts.toml").read_text())
    for recipe, languages in recipes.items():
        assert set(languages) == {"en", "zh"}, recipe
        assert places(languages["en"]) == places(languages["zh"]), recipe
