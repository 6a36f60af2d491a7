import gzip
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from mathkit.cli.eval import OneSample
from mathkit.cli.eval_compare import OldReport, compared, read_report, show_comparison
from mathkit.cli.eval_report import How, build
from mathkit.errors import Unavailable, UsageError
from mathkit.metrics import Interval, require_matplotlib
from mathkit.stages.eval import Evaluation
from tests.conftest import CASES, ROOT, Run, jsonl, run_mathkit

STDIN = (CASES / "eval" / "normal" / "stdin").read_bytes()


def evaluate(*arguments: object, stdin: bytes = STDIN, **environment: str) -> Run:
    done = run_mathkit("eval", *arguments, stdin=stdin, **environment)
    assert "Traceback" not in done.stderr
    return done


def right(*correct: int, ids: list[str] | None = None) -> bytes:
    """Return a prediction each, right or wrong."""
    names = ids or [str(number) for number in range(len(correct))]
    return jsonl(
        *({"id": name, "answer": "1", "prediction": str(2 - value)} for name, value in zip(names, correct, strict=True))
    )


def report_of(folder: Path, stdin: bytes, *arguments: object) -> dict[str, Any]:
    assert evaluate("--report", folder / "r.json", *arguments, stdin=stdin).status == 0
    return json.loads((folder / "r.json").read_bytes())


def test_a_plot_is_a_picture_the_same_for_any_jobs_and_style(tmp_path: Path) -> None:
    pictures = []
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\n")
    for jobs, style in ((1, ""), (3, str(tmp_path / "matplotlibrc"))):
        path = tmp_path / f"{jobs}.PNG"
        done = evaluate("-q", "-j", jobs, "--plot", path, **({"MATPLOTLIBRC": style} if style else {}))
        assert (done.status, done.stderr) == (0, "")
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG\r\n")
    assert b"atplotlib" not in pictures[0] and b"tEXt" not in pictures[0]


def test_the_report_holds_what_was_plotted(tmp_path: Path) -> None:
    report = report_of(tmp_path, STDIN, "--plot", tmp_path / "a.png", "--metrics", "pass@1")
    assert {kind: list(points) for kind, points in report["curves"].items()} == {
        kind: ["1", "2", "4"] for kind in ("pass", "maj", "rm")
    }
    assert report["curves"]["maj"]["4"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 2}


def test_no_plot_without_a_good_end_or_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert evaluate("--plot", path, stdin=STDIN + b"nonsense\n").status == 65
    done = evaluate("--plot", path, stdin=b"")
    assert (done.status, list(tmp_path.iterdir())) == (0, [])
    assert f"--plot {path}: not drawn, for there is no problem with a gold answer" in done.stderr


def test_a_plot_that_cannot_be_is_refused_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder.png"
    folder.mkdir()
    for path in ("a.pdf", "a", "nowhere/a.png", ".png", "folder.png"):
        done = evaluate("--plot", tmp_path / path, "-o", tmp_path / "out.jsonl")
        assert (done.status, list(tmp_path.iterdir())) == (2, [folder])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(Unavailable, match="pip install matplotlib") as error:
        require_matplotlib()
    assert error.value.status == 69


def test_a_comparison_is_paired_by_problem(tmp_path: Path) -> None:
    report_of(tmp_path, right(1, 1, 0, 0, 0, 0, 1))
    found = report_of(tmp_path, right(1, 0, 1, 1, 1, 1), "--compare", tmp_path / "r.json")["compare"]
    assert found["paired"] and not found["differs"]
    assert (found["problems"], found["only_old"], found["only_new"]) == (6, 1, 0)
    change = found["metrics"]["pass@1"]
    assert (change["old"], change["new"], change["difference"]) == (0.333333, 0.833333, 0.5)
    assert (change["gained"], change["gained_ids"], change["lost_ids"]) == (4, ["2", "3", "4", "5"], ["1"])
    assert (change["p"], change["test"]) == (2 * (1 + 5) / 2**5, "mcnemar")
    assert change["low"] < change["difference"] < change["high"]


def test_named_problems_are_bounded_and_the_greatest_come_first(tmp_path: Path) -> None:
    assert evaluate("--report", tmp_path / "old.json", stdin=right(*[0] * 60)).status == 0
    done = evaluate("--compare", tmp_path / "old.json", "--report", tmp_path / "r.json", stdin=right(*[1] * 60))
    assert "pass@1 gained: 0, 1, 2 and 57 more\n" in done.stderr
    assert "<0.0001" in done.stderr
    change = json.loads((tmp_path / "r.json").read_bytes())["compare"]["metrics"]["pass@1"]
    assert (change["gained"], len(change["gained_ids"]), change["p"]) == (60, 50, 2 / 2**60)
    old = OldReport("old", {"m": Interval(0, 0, 0, 3)}, {"m": {"a": 0.0, "b": 0.0, "c": 0.5}}, {})
    assert compared(old, report({"a": [0.25], "b": [0.75], "c": [0.5]}), 0)["metrics"]["m"]["gained_ids"] == ["b", "a"]


def report(problems: dict[str, list[float]], **manifest: Any) -> dict[str, Any]:
    mean = math.fsum(row[0] for row in problems.values()) / len(problems)
    return {
        "metrics": {"m": {"value": mean, "low": mean - 0.1, "high": mean + 0.1, "n": len(problems)}},
        "problems": problems,
        "manifest": {
            "metrics": ["m"], "mathkit": "1", "policy": "lenient", "trust_labels": False, "sampling": None, **manifest,
        },
    }  # fmt: skip


def test_an_evaluation_of_nothing_can_be_compared(tmp_path: Path) -> None:
    assert report_of(tmp_path, b"")["metrics"] == {}
    found = report_of(tmp_path, right(1), "--compare", tmp_path / "r.json")["compare"]
    assert (found["paired"], found["metrics"]) == (False, {})
    done = evaluate("--compare", tmp_path / "r.json", stdin=b"")
    assert (done.status, "no metric is in both reports" in done.stderr) == (0, True)


def test_problems_of_one_id_are_paired_in_their_order(tmp_path: Path) -> None:
    report_of(tmp_path, right(1, 0, 0, ids=["x", "x", "y"]))
    again = right(0, 1, 1, 1, ids=["y", "x", "x", "x"])
    found = report_of(tmp_path, again, "--compare", tmp_path / "r.json")["compare"]
    assert (found["problems"], found["only_new"]) == (3, 1)
    assert found["metrics"]["pass@1"]["gained_ids"] == ["x#2"]


@pytest.mark.parametrize("old", [{}, {"problems": {"z": [0.5]}, "manifest": {"metrics": ["m"]}}])
def test_what_cannot_be_paired_is_said_to_be_unpaired(
    old: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"metrics": {"m": {"value": 0.5, "low": 0.3, "high": 0.7}}, **old}))
    found = compared(read_report(path), report({"a": [0.5], "b": [0.75]}), 0)
    change = found["metrics"]["m"]
    half = round(math.hypot(0.1, 0.2), 6)
    assert change == {"old": 0.5, "new": 0.625, "difference": 0.125, "low": 0.125 - half, "high": 0.125 + half}
    show_comparison({"report": "old", **found})
    why = "no problem is in both" if old else "it holds no values of problems"
    assert f"--compare old: not paired, for {why}: no p" in capsys.readouterr().err


def test_reports_that_were_not_made_alike_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    old = report({"a": [1]}, policy="strict", sampling={"model": "x", "temperature": "0", "system": "Think. " * 20})
    new = report({"a": [1]}, sampling={"model": "x", "temperature": "0.7", "system": "", "top_p": 1.0})
    found = compared(OldReport("old", {"m": Interval(1, 1, 1, 1)}, {"m": {"a": 1}}, old["manifest"]), new, 0)
    assert list(found["differs"]) == ["policy", "temperature", "system"]
    show_comparison({"report": "old", **found})
    said = capsys.readouterr().err.splitlines()[-1]
    assert "not made alike: policy was strict, is lenient; temperature was 0, is 0.7; system was Think. Think." in said
    assert len(said) < 200


def test_the_report_says_how_samples_were_drawn() -> None:
    sampling = OneSample(model=["hf:m\udcff"], samples=4, temperature="0.7", prompt_file=Path("p.txt"))
    found = build(Evaluation(), [], How("strict", False, 3, sampling), None, {})["manifest"]["sampling"]
    assert (found["model"], found["samples"], found["temperature"]) == (r"hf:m\xff", 4, "0.7")
    assert (found["prompt_file"], found["shots"], found["seed"]) == ("p.txt", None, 3)


def test_a_report_is_read_whatever_order_and_packing_it_has(tmp_path: Path) -> None:
    path = tmp_path / "r.json.gz"
    assert evaluate("--metrics", "pass@2,maj@1", "--report", path).status == 0
    values = json.loads(gzip.decompress(path.read_bytes()))["problems"]
    path.write_bytes(gzip.compress(json.dumps(json.loads(gzip.decompress(path.read_bytes())), sort_keys=True).encode()))
    old = read_report(path)
    assert {key: [old.problems[name][key] for name in ("pass@2", "maj@1")] for key in values} == values


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"metrics": []}', '{"metrics": {"m": 0.5}}', '{"metrics": {"m": {"value": NaN}}}', "[" * 10**5,
     '{"metrics": {"m": {"value": 1}}, "problems": {"a": []}}', '{"metrics": {"m": {"value": 1}}, "problems": [1]}',
     '{"metrics": {"m": {"value": 1' + "0" * 400 + "}}}", '{"metrics": {}, "manifest": 5}'],
)  # fmt: skip
def test_what_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(text)
    with pytest.raises(UsageError, match="not a report of mathkit eval"):
        read_report(tmp_path / "old.json")


def test_a_floor_that_is_missed_fails_when_all_is_written(tmp_path: Path) -> None:
    out, report, plot = (tmp_path / name for name in ("out.jsonl", "r.json", "a.png"))
    done = evaluate("-o", out, "--report", report, "--plot", plot, "--fail-under", "pass@1=0.9")
    assert done.status == 1
    assert done.stderr.splitlines()[-1] == "mathkit eval: --fail-under pass@1=0.9: it is 0.6500"
    assert json.loads(report.read_bytes())["metrics"]["pass@1"]["value"] == 0.65
    assert plot.exists()
    partial = Path(f"{out}.partial").read_bytes()  # as after any status but 0
    assert partial == (CASES / "eval" / "normal" / "stdout").read_bytes()
    assert evaluate("-o", out, "--fail-under", "pass@1=.65").status == 0


@pytest.mark.parametrize(
    "arguments",
    [("--metrics", ""), ("--metrics", "pass@1,"), ("--fail-under", "pass@1=1.5"), ("--fail-under", "accuracy=0.5"),
     ("--fail-under", "pass@1"), ("--metrics", "pass@1", "--fail-under", "pass@2=0.5"),
     ("--model", "tape:x", "--metrics", "rm@1"), ("--model", "tape:x", "--metrics", "pass@2")],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(arguments: tuple[str, ...]) -> None:
    assert evaluate(*arguments).status == 2


def test_a_floor_has_its_metric_measured() -> None:
    assert evaluate("--fail-under", "pass@2=0.5").stderr.count("pass@2") == 1
    assert "maj@8 needs 8 samples" in evaluate("--fail-under", "maj@8=0.5").stderr


def test_the_report_shows_the_other_policy(tmp_path: Path) -> None:
    stdin = (CASES / "eval" / "lenient" / "stdin").read_bytes()
    other = report_of(tmp_path, stdin)["other_policy"]
    assert (other["policy"], other["metrics"]["pass@1"]["value"]) == ("strict", 0)
    assert (other["samples"], other["verdicts_that_differ"], len(other["differences"])) == (2, 2, 2)
    report = report_of(tmp_path, (ROOT / "examples/data/sampled.jsonl").read_bytes(), "--trust-labels")
    assert report["other_policy"] is None
    assert [sum(column) / 9 for column in zip(*report["problems"].values(), strict=True)] == [
        pytest.approx(found["value"], abs=1e-6) for found in report["metrics"].values()
    ]
