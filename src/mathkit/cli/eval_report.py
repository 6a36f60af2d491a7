"""What mathkit eval writes into its report, and the part of it that it shows."""

import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathkit import __version__
from mathkit.cli.console import say
from mathkit.cli.eval_compare import OldReport, compared, show_comparison
from mathkit.cli.sampling import Sampling
from mathkit.cli.table import print_table
from mathkit.jsonl.sink import Sink
from mathkit.metrics import Interval, Metric, measure, measure_by, values
from mathkit.stages.eval import Evaluation, other_policy

if TYPE_CHECKING:
    from mathkit.answers.equal import Policy


@dataclass(frozen=True, slots=True)
class How:
    """How an evaluation was made."""

    policy: "Policy"
    trust_labels: bool
    seed: int
    sampling: Sampling


def build(
    evaluation: Evaluation,
    metrics: list[Metric],
    how: How,
    old: OldReport | None,
    curves: dict[str, dict[int, Interval]],
) -> dict[str, Any]:
    """Return the report."""
    problems = evaluation.problems
    results = _plain(measure(problems, metrics, how.seed))
    report = {
        "metrics": results,
        "by": {
            name: {value: _plain(part) for value, part in measure_by(problems, position, metrics, how.seed).items()}
            for position, name in enumerate(evaluation.breakdown)
        },
        "other_policy": _other(evaluation, metrics, how, results),
        "compare": None,
        "curves": {kind: {str(k): asdict(at) for k, at in points.items()} for kind, points in curves.items()} or None,
        "manifest": _manifest(evaluation, metrics, how),
        "problems": values(problems, metrics),
    }
    if old:
        report["compare"] = {"report": _text(old.path), **compared(old, report, how.seed)}
    return report


def write(path: Path, data: bytes) -> None:
    """Write a report or a plot; the file bears its name once it is whole."""
    sink = Sink(str(path.absolute()))
    sink.write(data)
    sink.commit()


def _text(argument: str | Path) -> str:
    """Return an argument as text, even where it is a file name that is none."""
    return os.fsencode(argument).decode(errors="backslashreplace")


def _plain(results: dict[str, Interval]) -> dict[str, Any]:
    return {name: asdict(interval) for name, interval in results.items()}


def _other(evaluation: Evaluation, metrics: list[Metric], how: How, own: dict[str, Any]) -> dict[str, Any] | None:
    """Return the metrics under the other policy, or None where no sample was graded by both."""
    if not evaluation.judged_twice:
        return None
    same = evaluation.others == evaluation.problems
    return {
        "policy": other_policy(how.policy),
        "metrics": own if same else _plain(measure(evaluation.others, metrics, how.seed)),
        "samples": evaluation.judged_twice,
        "verdicts_that_differ": evaluation.verdicts_that_differ,
        "differences": evaluation.verdict_examples,
    }


def _manifest(evaluation: Evaluation, metrics: list[Metric], how: How) -> dict[str, Any]:
    return {
        "mathkit": __version__,
        "arguments": [_text(argument) for argument in sys.argv[1:]],
        "metrics": [str(metric) for metric in metrics],
        "policy": how.policy,
        "trust_labels": how.trust_labels,
        "seed": how.seed,
        "sampling": _sampling(how) if how.sampling.model else None,
        "problems": len(evaluation.problems),
        "problems_without_answer": evaluation.without_answer,
        "samples": evaluation.samples,
        "labels": evaluation.labels,
        "labels_that_differ": evaluation.labels_that_differ,
        "differences": evaluation.label_examples,
    }


def _sampling(how: How) -> dict[str, Any]:
    sampling = how.sampling
    return {
        "model": _text(", ".join(sampling.model or [])),
        "samples": sampling.samples,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "system": sampling.system,
        "prompt_file": _text(sampling.prompt_file) if sampling.prompt_file else None,
        "shots": _text(sampling.shots) if sampling.shots else None,
        "seed": how.seed,
    }


def show(report: dict[str, Any]) -> None:
    """Print the report's tables and notes on standard error."""
    if report["metrics"]:
        _show_metrics(report)
    if report["compare"]:
        show_comparison(report["compare"])
    _show_notes(report)


def note(message: str) -> None:
    """Print a line on standard error."""
    say(f"mathkit eval: {message}")


def _show_metrics(report: dict[str, Any]) -> None:
    other = report["other_policy"]
    rows = []
    for name, found in report["metrics"].items():
        row = [name, f"{found['value']:.4f}", f"{found['low']:.4f} to {found['high']:.4f}"]
        if other:
            row.append(f"{other['metrics'][name]['value']:.4f}")
        rows.append([*row, f"{found['n']:,}"])
    print_table(["", "value", "95 % interval", *([other["policy"]] if other else []), "problems"], rows)
    for field, parts in report["by"].items():
        rows = [
            [value, *(f"{found['value']:.4f}" for found in part.values()), f"{next(iter(part.values()))['n']:,}"]
            for value, part in parts.items()
        ]
        print_table([field, *report["metrics"], "problems"], rows)


def _compared(example: dict[str, Any]) -> str:
    found = "no answer" if example["extracted"] is None else f"'{example['extracted']}'"
    return f"{found} for '{example['answer']}'"


def _show_notes(report: dict[str, Any]) -> None:
    manifest, other = report["manifest"], report["other_policy"]
    if manifest["problems_without_answer"]:
        note(f"{manifest['problems_without_answer']:,} without a gold answer, which count in no metric")
    if other and other["verdicts_that_differ"]:
        first = other["differences"][0]
        count = f"{other['verdicts_that_differ']:,} of {other['samples']:,}"
        note(
            f"{count} verdicts differ if {other['policy']}, the first at {first['id']}: "
            f"{_compared(first)} is only leniently right, {first['lenient']}"
        )
    for field, parts in report["by"].items():
        if set(parts) == {"(none)"}:
            note(f"--breakdown {field}: no problem has such a field")
    if manifest["labels_that_differ"]:
        first = manifest["differences"][0]
        note(
            f"{manifest['labels_that_differ']:,} of {manifest['labels']:,} labels differ from the grade, "
            f"the first at {first['id']}: {_compared(first)} is labelled {'right' if first['label'] else 'wrong'}"
        )
