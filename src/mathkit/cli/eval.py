"""mathkit eval."""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Option

from mathkit import __version__
from mathkit.cli import options
from mathkit.cli.console import say
from mathkit.cli.sampling import Sampling
from mathkit.errors import MathkitError, UsageError
from mathkit.jsonl import Stream, dump
from mathkit.records import Record

if TYPE_CHECKING:
    from rich.table import Table

    from mathkit.metrics import Interval
    from mathkit.stages.eval import Evaluation

Results = dict[str, "Interval"]


@dataclass
class OneSample(Sampling):
    """Greedy unless told otherwise."""

    samples: options.Samples = 1
    temperature: options.Temperature = "0"


def eval(
    stream: Stream,
    sampling: OneSample,
    metrics: Annotated[
        str | None,
        Option(
            metavar="M@K,...",
            help="pass@K, maj@K, rm@K, avg@K.  [default: pass@1, and all at the samples' number]",
        ),
    ] = None,
    strict: Annotated[
        bool,
        Option("--strict", help="Units count and 50 is not 0.5; the default compares as Qwen2.5-Math's harness."),
    ] = False,
    trust_labels: Annotated[
        bool,
        Option("--trust-labels", help="Take the samples' correct as given; count where the grade differs."),
    ] = False,
    breakdown: Annotated[
        list[str] | None, Option(metavar="FIELD", help="Measure for each value of a field too; repeatable.")
    ] = None,
    report: Annotated[Path | None, Option(metavar="FILE", help="Write everything here, as JSON.")] = None,
    compare: Annotated[
        Path | None, Option(metavar="OLD", exists=True, help="An earlier report to show the difference to.")
    ] = None,
    fail_under: Annotated[
        list[str] | None, Option(metavar="METRIC=X", help="Exit with 1 where a metric is less; repeatable.")
    ] = None,
) -> None:
    """Grade samples or predictions against the answers, and measure accuracy.

    Every sample is graded anew. With --model, samples are drawn first and take the place of those there are. The
    graded problems go to the output, a table to standard error; intervals are 95 %, bootstrapped over problems.

    Example:
        cat examples/data/sampled.jsonl | mathkit eval --metrics pass@1,maj@8,rm@8 --trust-labels | tail -1
    """
    from mathkit.dialects import answer_of, problem_of, with_samples
    from mathkit.metrics import Metric
    from mathkit.stages.eval import Evaluation, gradable, grade_samples

    try:
        asked = [Metric.named(name.strip()) for name in metrics.split(",")] if metrics else []
    except ValueError as error:
        raise BadParameter(str(error), param_hint="'--metrics'") from None
    floors = _floors(fail_under or [])
    if asked and (unknown := floors.keys() - {str(metric) for metric in asked}):
        raise BadParameter(f"{min(unknown)} is not among --metrics", param_hint="'--fail-under'")
    options.check_report(report)
    old = _old_metrics(compare) if compare else {}
    evaluation = Evaluation(breakdown or [])
    records: Iterable[Record]
    if sampling.model:
        sampling.check()
        if most := next((metric for metric in asked if metric.k > sampling.samples), None):
            raise BadParameter(f"{most} needs {most.k} samples: -n {most.k}", param_hint="'--metrics'")
        drawn = sampling.draw(stream, stream.read(problem_of, answer_of))
        records = (with_samples(record, samples) for record, samples in drawn)
    else:
        records = stream.read(gradable(asked), answer_of)
    stream.write(
        grade_samples(
            records,
            evaluation,
            policy="strict" if strict else "lenient",
            trust_labels=trust_labels,
            compare=not asked or any(metric.kind == "maj" for metric in asked),
            jobs=stream.jobs,
        )
    )

    chosen = asked or evaluation.default_metrics()
    results = evaluation.measure(chosen, stream.seed)
    by = evaluation.measure_by(chosen, stream.seed)
    if not stream.quiet:
        if results:
            _print_tables(results, by, old)
        _print_notes(evaluation)
    if report:
        manifest = _manifest(evaluation, stream, strict=strict, trust_labels=trust_labels)
        report.write_bytes(dump(_report(results, by, manifest)))
    for name, floor in floors.items():
        if name not in results:
            raise UsageError(f"--fail-under {name}: was not measured; --metrics {name} does")
        if results[name].value < floor:
            raise MathkitError(f"--fail-under {name}={floor}: it is {results[name].value:.4f}")


def _floors(pairs: list[str]) -> dict[str, float]:
    floors = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if not name or not re.fullmatch(r"\d*\.?\d+", value):
            raise BadParameter(f"{pair!r} is not METRIC=X", param_hint="'--fail-under'")
        floors[name] = float(value)
    return floors


def _old_metrics(path: Path) -> dict[str, float]:
    try:
        metrics = json.loads(path.read_bytes())["metrics"]
        return {name: float(entry["value"]) for name, entry in metrics.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"--compare {path}: not a report of mathkit eval") from None


def _report(results: Results, by: dict[str, dict[str, Results]], manifest: dict[str, Any]) -> dict[str, Any]:
    def plain(entries: Results) -> dict[str, Any]:
        return {name: asdict(interval) for name, interval in entries.items()}

    return {
        "metrics": plain(results),
        "by": {field: {value: plain(part) for value, part in parts.items()} for field, parts in by.items()},
        "manifest": manifest,
    }


def _manifest(evaluation: "Evaluation", stream: Stream, *, strict: bool, trust_labels: bool) -> dict[str, Any]:
    return {
        "mathkit": __version__,
        "arguments": sys.argv[1:],
        "policy": "strict" if strict else "lenient",
        "trust_labels": trust_labels,
        "seed": stream.seed,
        "problems": len(evaluation.problems),
        "problems_without_answer": evaluation.without_answer,
        "samples": evaluation.samples,
        "labels": evaluation.labels,
        "labels_that_differ": evaluation.differing,
        "differences": evaluation.examples,
    }


def _print_tables(results: Results, by: dict[str, dict[str, Results]], old: dict[str, float]) -> None:
    from rich.console import Console

    console = Console(stderr=True, markup=False, emoji=False, width=None if sys.stderr.isatty() else 100)
    rows = []
    for name, interval in results.items():
        row = [name, f"{interval.value:.4f}", f"{interval.low:.4f} to {interval.high:.4f}", f"{interval.n:,}"]
        if name in old:
            row += [f"{old[name]:.4f}", f"{interval.value - old[name]:+.4f}"]
        rows.append(row)
    console.print(_table(["", "value", "95 % interval", "problems", *(["before", "change"] if old else [])], rows))
    for field, parts in by.items():
        rows = [
            [value, *(f"{interval.value:.4f}" for interval in part.values()), f"{next(iter(part.values())).n:,}"]
            for value, part in parts.items()
        ]
        console.print(_table([field, *results, "problems"], rows))


def _table(heads: list[str], rows: list[list[str]]) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, head in enumerate(heads):
        table.add_column(head, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _print_notes(evaluation: "Evaluation") -> None:
    if evaluation.without_answer:
        say(f"mathkit eval: {evaluation.without_answer:,} without a gold answer, which count in no metric")
    if evaluation.differing:
        first = evaluation.examples[0]
        say(
            f"mathkit eval: {evaluation.differing:,} of {evaluation.labels:,} labels differ from the grade, "
            f"the first at {first['id']}: {first['extracted']!r} for {first['answer']!r} is labelled {first['label']}"
        )
