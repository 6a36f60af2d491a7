"""mathkit rft-sample."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.cli.sampling import Solving
from mathkit.durable import replace_file
from mathkit.jsonl import Stream, dump
from mathkit.records import Failed, Kept, Rejected


def rft_sample(
    stream: Stream,
    sampling: Solving,
    no_generate: Annotated[
        bool, Option("--no-generate", help="Choose among the samples that are there, merged by id.")
    ] = False,
    distinct: Annotated[
        Literal["equations", "code", "text", "none"] | None,
        Option(
            metavar="BY",
            help="What makes two paths different: equations, code, text; or none: keep all."
            "  [default: equations; code with --mode tir or pot]",
        ),
    ] = None,
    max_paths: Annotated[
        int | None, Option(min=1, metavar="K", help="Choose at most the K most different paths of a problem.")
    ] = None,
    band: Annotated[
        str | None, Option(metavar="LO:HI", help="Keep only problems with LO to HI correct samples.")
    ] = None,
    adaptive: Annotated[
        int | None,
        Option(min=1, metavar="N", help="Draw N more for a problem of which fewer than half of the samples are right."),
    ] = None,
    as_: options.As = "groups",
    reference: Annotated[
        bool, Option("--reference", help="Write the problem's own solution, too, with --as messages.")
    ] = False,
    report: Annotated[
        Path | None, Option(metavar="FILE", help="Write how many distinct paths so many samples hold, as JSON.")
    ] = None,
    plot: Annotated[Path | None, Option(metavar="FILE.png", help="Draw that; needs matplotlib.")] = None,
) -> None:
    r"""Sample solutions and choose the right and different ones (RFT).

    Samples are graded against the answer (strictly); those with a wrong <<calculation>> are not chosen; of those with
    the same derivation one is, the one most unlike the rest (of programs the first; names and comments are nothing).
    New samples are added to those a problem has. The samples of several models are put together by --no-generate.

    Example:
        cat examples/data/sampled.jsonl | mathkit rft-sample --no-generate --max-paths 4 --as messages | tail -1
    """
    from mathkit.dialects import answer_of, has_samples, problem_of, samples_of, with_samples
    from mathkit.metrics import draw_paths
    from mathkit.metrics.paths import Paths
    from mathkit.stages.rft_sample import choose_samples, draw_for_hard, merge_by_id

    limits: tuple[int, int] | None = None
    if band is not None:
        if not re.fullmatch(r"\d{1,9}:\d{1,9}", band):
            raise BadParameter(f"{band!r} is not LO:HI", param_hint="'--band'")
        low, high = map(int, band.split(":"))
        if low > high:
            raise BadParameter(f"{low} is more than {high}", param_hint="'--band'")
        limits = low, high
    if bool(sampling.model) == no_generate:
        raise BadParameter(
            "give a model, or --no-generate to choose among the samples there are", param_hint="'--model'"
        )
    if adaptive and no_generate:
        raise BadParameter("--no-generate draws nothing", param_hint="'--adaptive'")
    unused = {
        "--tape": sampling.tape,
        "--dry-run": sampling.dry_run,
        "--shots": sampling.shots,
        "--engine": sampling.engine,
    }
    for option, value in unused.items():
        if no_generate and value:
            raise BadParameter("--no-generate asks no model", param_hint=f"'{option}'")
    if reference and as_ != "messages":
        raise BadParameter("goes with --as messages", param_hint="'--reference'")
    options.check_report(report)
    options.check_plot(plot)
    paths = Paths() if report or plot else None
    problems: Iterable[Kept | Failed | Rejected]
    if no_generate:
        problems = merge_by_id(stream.read(has_samples, answer_of, problem_of))
    else:
        sampling.check()
        drawn = sampling.draw(stream, stream.read(problem_of, answer_of, samples_of))
        solved: Iterable[Kept | Failed] = (
            one if isinstance(one, Failed) else Kept([with_samples(one[0], samples_of(one[0]) + one[1])])
            for one in drawn
        )
        if adaptive:
            solved = draw_for_hard(solved, lambda hard: sampling.draw(stream, hard, adaptive), jobs=stream.jobs)
        problems = solved
    by = distinct or ("equations" if sampling.mode == "cot" else "code")
    stream.write(
        choose_samples(
            problems, distinct=by, max_paths=max_paths, band=limits, as_messages=as_ == "messages",
            reference=reference, system=sampling.prompt(), jobs=stream.jobs, paths=paths,
        )
    )  # fmt: skip
    if paths and report:
        replace_file(report, dump(paths.as_json()))
    if paths and plot and paths.distinct:
        replace_file(plot, draw_paths(paths.distinct, problems=paths.problems))
