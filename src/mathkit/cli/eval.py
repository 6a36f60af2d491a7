"""mathkit eval."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.cli.sampling import Solving
from mathkit.errors import MathkitError
from mathkit.jsonl import Stream, dump
from mathkit.records import Failed, Record

if TYPE_CHECKING:
    from mathkit.metrics import Metric


@dataclass
class OneSample(Solving):
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
        list[str] | None,
        Option(metavar="FIELD", help="Measure for each value of a field (or a.b) too; repeatable."),
    ] = None,
    report: Annotated[Path | None, Option(metavar="FILE", help="Write everything here, as JSON.")] = None,
    plot: Annotated[
        Path | None, Option(metavar="FILE.png", help="Draw accuracy against the number of samples; needs matplotlib.")
    ] = None,
    compare: Annotated[
        Path | None,
        Option(
            metavar="OLD", exists=True, help="An earlier report: show what changed, by problem, and whether by chance."
        ),
    ] = None,
    fail_under: Annotated[
        list[str] | None, Option(metavar="METRIC=X", help="Exit with 1 where a metric is less; repeatable.")
    ] = None,
) -> None:
    """Grade samples or predictions against the answers, and measure accuracy.

    Every sample is graded anew. With --model, samples are drawn first and take the place of those there are. The
    graded problems go to the output, a table to standard error; intervals are 95 %, bootstrapped over problems. Table
    and report show the other policy (strict or lenient) beside the chosen one; a label that is trusted counts in both.

    Example:
        cat examples/data/sampled.jsonl | mathkit eval --metrics pass@1,maj@8,rm@8 --trust-labels | tail -1
    """
    from mathkit.cli import eval_report
    from mathkit.cli.eval_compare import read_report
    from mathkit.metrics import curves, default_metrics, draw_curves
    from mathkit.stages.eval import Evaluation, grade_samples

    floors = _floors(fail_under or [])
    asked = _metrics(metrics)
    if unknown := [metric for metric in floors if asked and metric not in asked]:
        raise BadParameter(f"{unknown[0]} is not among --metrics", param_hint="'--fail-under'")
    options.check_report(report)
    options.check_plot(plot)
    how = eval_report.How("strict" if strict else "lenient", trust_labels, stream.seed, sampling)
    old = read_report(compare) if compare else None
    evaluation = Evaluation(list(dict.fromkeys(breakdown or [])))
    stream.write(
        grade_samples(
            _records(stream, sampling, asked or list(floors)),
            evaluation,
            policy=how.policy,
            trust_labels=trust_labels,
            group=not asked or plot is not None or any(metric.kind == "maj" for metric in asked),
            both=report is not None or not stream.quiet,
            jobs=stream.jobs,
        )
    )

    chosen = asked or list(dict.fromkeys([*default_metrics(evaluation.problems), *floors]))
    drawn = curves(evaluation.problems, stream.seed) if plot else {}
    found = eval_report.build(evaluation, chosen, how, old, drawn)
    if not stream.quiet:
        eval_report.show(found)
    if report:
        eval_report.write(report, dump(found))
    if plot and drawn:
        grading = f"{'labels, else ' if trust_labels else ''}{how.policy} grading"
        eval_report.write(plot, draw_curves(drawn, grading=grading, samples=evaluation.samples))
    elif plot and not stream.quiet:
        eval_report.note(f"--plot {plot}: not drawn, for there is no problem with a gold answer")
    _check_floors(floors, found["metrics"])


def _metrics(names: str | None) -> "list[Metric]":
    from mathkit.metrics import Metric

    try:
        named = [Metric.named(name.strip()) for name in names.split(",")] if names is not None else []
    except ValueError as error:
        raise BadParameter(str(error), param_hint="'--metrics'") from None
    return list(dict.fromkeys(named))


def _floors(pairs: list[str]) -> "dict[Metric, float]":
    from mathkit.metrics import Metric

    floors = {}
    for pair in pairs:
        name, _, value = (part.strip() for part in pair.partition("="))
        if not re.fullmatch(r"\d*\.?\d+", value, re.ASCII) or float(value) > 1:
            raise BadParameter(f"{pair!r} is not METRIC=X with X between 0 and 1", param_hint="'--fail-under'")
        try:
            floors[Metric.named(name)] = float(value)
        except ValueError as error:
            raise BadParameter(str(error), param_hint="'--fail-under'") from None
    return floors


def _records(stream: Stream, sampling: Solving, metrics: "list[Metric]") -> Iterable[Record | Failed]:
    """Return the records with the samples to grade: as many as the metrics take."""
    from mathkit.dialects import answer_of, problem_of, with_samples
    from mathkit.stages.eval import gradable

    if not sampling.model:
        return stream.read(gradable(metrics), answer_of)
    sampling.check()
    for metric in metrics:
        if metric.kind == "rm":
            raise BadParameter(f"{metric} needs rewards, which drawn samples do not have", param_hint="'--metrics'")
        if metric.k > sampling.samples:
            raise BadParameter(f"{metric} needs {metric.k} samples: -n {metric.k}", param_hint="'--metrics'")
    drawn = sampling.draw(stream, stream.read(problem_of, answer_of))
    return (one if isinstance(one, Failed) else with_samples(*one) for one in drawn)


def _check_floors(floors: "dict[Metric, float]", results: dict[str, Any]) -> None:
    """Raise MathkitError where a metric is less than it must be, or nothing was measured."""
    if floors and not results:
        raise MathkitError("--fail-under: nothing was measured, for there is no problem with a gold answer")
    short = [
        f"--fail-under {metric}={floor}: it is {results[str(metric)]['value']:.4f}"
        for metric, floor in floors.items()
        if results[str(metric)]["value"] < floor
    ]
    if short:
        raise MathkitError("; ".join(short))
