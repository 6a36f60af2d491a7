"""mathkit score."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.cli.dry_run import show_plan
from mathkit.cli.manifest import note_model
from mathkit.cli.table import print_table
from mathkit.jsonl import Stream, dump
from mathkit.prompts import CHAIN_OF_THOUGHT
from mathkit.records import Record

if TYPE_CHECKING:
    from mathkit.rubrics import Rubric
    from mathkit.selection import Judged


def score(
    stream: Stream,
    rubric: Annotated[
        list[str] | None,
        Option(metavar="NAME|FILE", help="quality, educational, difficulty, critique or a TOML file; repeatable."),
    ] = None,
    model: options.Model = None,
    engine: options.Engine = None,
    reward_model: Annotated[
        str | None,
        Option(metavar="[KIND:]WHERE", help="Rate each sample: hf:DIR, http://HOST:PORT#NAME, tape:FILE."),
    ] = None,
    tape: options.Tape = None,
    top_m: Annotated[
        int | None, Option(min=1, metavar="M", help="Choose the M samples of a problem with the highest reward.")
    ] = None,
    min_: Annotated[
        list[str] | None,
        Option("--min", metavar="RUBRIC=X", help="Keep what has at least X; of samples, choose them.  Repeatable."),
    ] = None,
    top_fraction: Annotated[
        str | None,
        Option(metavar="[RUBRIC=]F", help="Keep this share of all, the highest scores of (the first) rubric."),
    ] = None,
    balance: Annotated[
        str | None,
        Option(metavar="FIELD", help="Keep no more of any value of FIELD (level, score.difficulty) than the median."),
    ] = None,
    as_: options.As = "groups",
    system: options.System = CHAIN_OF_THOUGHT,
    label: Annotated[
        str | None, Option(metavar="FIELD", help="Tell how well the scores agree with this number.")
    ] = None,
    report: Annotated[Path | None, Option(metavar="FILE", help="Write the agreement with --label, as JSON.")] = None,
    dry_run: options.DryRun = False,
) -> None:
    """Score texts, problems or samples with a language model, and keep the best.

    A rubric asks the model for one word; the score is what its answers are worth under the probabilities of their first
    tokens, in one forward pass. Several rubrics are asked in one reading. --reward-model rates samples: rewards compare
    the samples of one problem, so --top-m chooses among them; --rubric critique --min critique=5 then judges the chosen
    ones against the reference. --as messages writes what was asked, and the answer, as training examples of a critic.

    Example:
        cat examples/data/documents.jsonl | mathkit score --rubric quality --model tape:examples/data/scores.tape \
          --limit 6 --min quality=0.2 | tail -1
    """
    from mathkit.backends import open_judge, open_reward_model
    from mathkit.backends.tape import TapeFile
    from mathkit.rubrics import read_rubric
    from mathkit.selection import balanced, best, bin_of
    from mathkit.stages.score import above, as_examples, choices_of, rate_samples, scorable, score_records

    rubrics = [read_rubric(where) for where in rubric or []]
    names = [one.name for one in rubrics]
    _check(rubrics, model, reward_model, top_m, as_, label, report)
    least = dict(_assigned(text, names, "--min") for text in min_ or [])
    share = _share(top_fraction, rubrics) if top_fraction is not None else None

    if dry_run:
        asked = (
            choice
            for record in stream.read(scorable(rubrics, rewards=False))
            for choice in choices_of(record, rubrics, "")
        )
        show_plan((choice.messages for choice in asked), samples=1, longest=1)
    file = TapeFile(tape) if tape else None
    agreements = _Agreements(label, rubrics) if label else None
    needs = [scorable(rubrics, rewards=reward_model is not None), *([agreements.label_of] if agreements else [])]
    read = stream.read(*needs)
    records: Iterable[Judged] = read
    if reward_model:
        rater = open_reward_model(reward_model, file)
        note_model(stream, reward_model, rater.name)
        records = rate_samples(read, rater, system=system, top=top_m)
    if model:
        judge = open_judge(model, file, engine or [])
        note_model(stream, ", ".join(model), judge.name)
        records = score_records(records, rubrics, judge)
    if agreements:
        records = agreements.noting(records)
    records = above(records, least, rubrics)
    if share:
        records = best(records, share[1], lambda record: float(record["score"][share[0]]), share[0])
    if balance:
        records = balanced(records, lambda record: bin_of(_value(record, balance)), stream.seed)
    stream.write(as_examples(records, rubrics) if as_ == "messages" else records)
    if agreements:
        agreements.tell(report, quiet=stream.quiet)


def _check(
    rubrics: "list[Rubric]",
    model: list[str] | None,
    reward_model: str | None,
    top_m: int | None,
    as_: str,
    label: str | None,
    report: Path | None,
) -> None:
    """Raise a usage error for options that cannot work together, before anything is read."""
    if not rubrics and not reward_model:
        raise BadParameter("give a rubric, or a --reward-model", param_hint="'--rubric'")
    if len({rubric.name for rubric in rubrics}) < len(rubrics):
        raise BadParameter("two rubrics have one name", param_hint="'--rubric'")
    if rubrics and not model:
        raise BadParameter("which model is to answer the rubric?", param_hint="'--model'")
    if model and not rubrics:
        raise BadParameter("without a --rubric there is nothing to ask it", param_hint="'--model'")
    if top_m and not reward_model:
        raise BadParameter("needs the rewards of a --reward-model", param_hint="'--top-m'")
    if as_ == "messages" and not rubrics:
        raise BadParameter("without a --rubric there are no questions to learn", param_hint="'--as'")
    if as_ == "messages" and any(len(rubric.questions) > 1 for rubric in rubrics):
        raise BadParameter("a rubric of several questions has no answer for each of them", param_hint="'--as'")
    if label and not any(rubric.scores != "samples" for rubric in rubrics):
        raise BadParameter("needs a rubric that scores records", param_hint="'--label'")
    if report and not label:
        raise BadParameter("tells of the agreement with a --label", param_hint="'--report'")
    options.check_report(report)


def _assigned(text: str, names: list[str], option: str) -> tuple[str, float]:
    """Return the rubric and the number of RUBRIC=X."""
    name, equals, number = text.partition("=")
    if name not in names:
        raise BadParameter(f"{name!r} is no rubric that is asked", param_hint=f"'{option}'")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not equals or value != value:
        raise BadParameter(f"{text!r} is not RUBRIC=X", param_hint=f"'{option}'")
    return name, value


def _share(text: str, rubrics: "list[Rubric]") -> tuple[str, float]:
    names = [rubric.name for rubric in rubrics if rubric.scores != "samples"]
    if not names:
        raise BadParameter("needs a rubric that scores records", param_hint="'--top-fraction'")
    name, share = _assigned(text if "=" in text else f"{names[0]}={text}", names, "--top-fraction")
    if not 0 <= share <= 1:
        raise BadParameter(f"{share} is not between 0 and 1", param_hint="'--top-fraction'")
    return name, share


def _value(record: Record, field: str) -> Any:
    value: Any = record
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


class _Agreements:
    """Scores beside labels, and the lengths of what was scored, which a score must do better than."""

    def __init__(self, label: str, rubrics: "list[Rubric]") -> None:
        from mathkit.dialects import number_in, text_of

        self.label_of, self._text_of = number_in(label), text_of
        self._rubrics = [rubric.name for rubric in rubrics if rubric.scores != "samples"]
        self._labels: list[float] = []
        self._scores: defaultdict[str, list[float]] = defaultdict(list)

    def noting(self, records: "Iterable[Judged]") -> "Iterator[Judged]":
        """Pass records on and take note of their scores."""
        for record in records:
            if isinstance(record, dict):
                self._labels.append(self.label_of(record))
                self._scores["length"].append(len(self._text_of(record)))
                for name in self._rubrics:
                    self._scores[name].append(record["score"][name])
            yield record

    def tell(self, report: Path | None, *, quiet: bool) -> None:
        """Print the agreement of each rubric, and of the length, with the labels, and write it to the report."""
        from mathkit.metrics.agreement import agreement

        found = {name: agreement(self._scores[name], self._labels) for name in [*self._rubrics, "length"]}
        if not quiet:
            rows = [
                [name, f"{one.n:,}", *("-" if value is None else f"{value:.3f}" for value in (one.auc, one.spearman))]
                for name, one in found.items()
            ]
            print_table(["agreement", "n", "AUC", "Spearman"], rows)
        if report:
            report.write_bytes(dump({name: asdict(one) for name, one in found.items()}))
