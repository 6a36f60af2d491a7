"""What mathkit recall tells beside the documents: its rounds, and how well it does on labelled documents."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Option

from mathkit import __version__
from mathkit.cli import options
from mathkit.cli.console import say
from mathkit.cli.table import print_table
from mathkit.jsonl import Stream, dump, read_batches
from mathkit.jsonl.sink import Sink
from mathkit.records import Record

if TYPE_CHECKING:
    from mathkit.classifier.detection import Detection
    from mathkit.cli.recall_loop import Learner
    from mathkit.stages.recall import Score


@dataclass
class MeasureOptions:
    """What is told beside the documents."""

    domains: Annotated[
        Path | None, Option(metavar="FILE", help="Write the domains that count here, with their path prefixes.")
    ] = None
    labelled: Annotated[
        list[str] | None,
        Option(metavar="FILE", help="Measure on these documents, whose field label is --label's NAME; repeatable."),
    ] = None
    breakdown: Annotated[
        list[str] | None, Option(metavar="FIELD", help="Measure for each value of a field, too; repeatable.")
    ] = None
    report: Annotated[
        Path | None, Option(metavar="FILE", help="Write rounds, domains and measurements here, as JSON.")
    ] = None

    def check(self, share: float) -> None:
        """Raise a usage error for options that cannot work together, before anything is read."""
        if self.breakdown and not self.labelled:
            raise BadParameter("there is nothing to measure without --labelled", param_hint="'--breakdown'")
        if self.domains and share == 1:
            raise BadParameter("no domains count without --expand-domains", param_hint="'--domains'")
        options.check_writable(self.report, "--report")
        options.check_writable(self.domains, "--domains")

    def finish(self, stream: Stream, learner: "Learner", rounds: list[dict[str, Any]], asked: dict[str, Any]) -> None:
        """Measure, show and write what was asked for."""
        measured = None
        if self.labelled:
            score = learner.classifier(rounds[-1]["round"])
            threshold = rounds[-1]["threshold"]
            measured = _measure(self.labelled, score, threshold, learner.label, self.breakdown or [], stream.jobs)
            if not stream.quiet:
                _show(measured)
        if self.domains:
            _write(self.domains, rounds[-1]["domains"])
        if self.report:
            manifest = {"mathkit": __version__, "seed": stream.seed, **asdict(learner.how), **asked}
            calibration = asdict(learner.calibration) if learner.calibration else None
            told = {"rounds": rounds, "calibration": calibration, "labelled": measured, "manifest": manifest}
            _write(self.report, [told])


def say_round(told: Mapping[str, Any]) -> None:
    """Say what a round found."""
    overlap = "" if told["overlap"] is None else f", {told['overlap']:.1%} of them before"
    domains = f" on {len(told['domains']):,} domains" if told["domains"] else ""
    say(
        f"mathkit recall: round {told['round']}: {told['collected']:,} collected ({told['text']:,} by text, "
        f"{told['domain']:,} more{domains}){overlap}"
    )


def _measure(
    files: list[str], score: "Score", threshold: float, label: str, breakdown: list[str], jobs: int
) -> dict[str, Any]:
    """Return precision, recall and F1 on labelled documents, for all and for each value of some fields."""
    from mathkit.classifier.detection import Detection
    from mathkit.dialects import string_in, text_of

    label_of = string_in("label")
    total = Detection()
    parts: dict[str, defaultdict[str, Detection]] = {name: defaultdict(Detection) for name in breakdown}

    def read(record: Record) -> tuple[str, bool, list[str]]:
        return text_of(record), label_of(record) == label, [_value(record, name) for name in breakdown]

    def judge(documents: list[tuple[str, bool, list[str]]]) -> list[tuple[bool, bool, list[str]]]:
        scores = score([text for text, _, _ in documents])
        return [(is_it, value >= threshold, of) for (_, is_it, of), value in zip(documents, scores, strict=True)]

    for _, judged in read_batches(files, jobs).map(read, judge):
        for wanted, taken, values in judged:
            for detection in [total, *(parts[name][value] for name, value in zip(breakdown, values, strict=True))]:
                detection.add(wanted=wanted, taken=taken)
    return {
        "metrics": _plain(total),
        "by": {name: {value: _plain(part) for value, part in sorted(values.items())} for name, values in parts.items()},
    }


def _value(record: Record, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _plain(detection: "Detection") -> dict[str, Any]:
    return {
        "precision": detection.precision, "recall": detection.recall, "f1": detection.f1,
        "n": detection.documents, "math": detection.found + detection.missed,
    }  # fmt: skip


def _show(measured: Mapping[str, Any]) -> None:
    """Print precision, recall and F1 as a table."""
    rows = [_row("all", measured["metrics"])]
    rows += [_row(f"{name} {value}", part) for name, parts in measured["by"].items() for value, part in parts.items()]
    print_table(["", "precision", "recall", "F1", "documents", "mathematical"], rows)


def _row(name: str, part: Mapping[str, Any]) -> list[str]:
    shares = ["-" if part[key] is None else f"{part[key]:.4f}" for key in ("precision", "recall", "f1")]
    return [name, *shares, f"{part['n']:,}", f"{part['math']:,}"]


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSON Lines; the file bears its name once it is whole."""
    sink = Sink(str(path.absolute()))
    for row in rows:
        sink.write(dump(row))
    sink.commit()
