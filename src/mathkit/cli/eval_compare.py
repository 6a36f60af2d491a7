"""Compare the report of an evaluation with an earlier one, problem by problem."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mathkit.cli.console import say
from mathkit.cli.table import print_table
from mathkit.errors import UsageError
from mathkit.jsonl.files import CORRUPT, open_input
from mathkit.metrics import Interval, mean_with_interval, sign_flip_p, unpaired_difference

_NAMED = 50  # problems gained or lost, in the report
_SHOWN = 3  # and on standard error
_LONGEST = 40  # characters of an id or an option shown

Values = dict[str, dict[str, float]]  # of each metric, by problem


@dataclass(frozen=True, slots=True)
class OldReport:
    """What of an earlier report can be compared; `problems` is empty where it holds no values of problems."""

    path: str
    metrics: dict[str, Interval]
    problems: Values
    manifest: dict[str, Any]


def read_report(path: Path) -> OldReport:
    """Read a report of mathkit eval; of another tool's, `metrics: {NAME: {value}}` is enough."""
    try:
        with open_input(str(path.absolute())) as file:
            report = json.loads(file.read(), parse_constant=float)
        metrics = {name: _interval(entry) for name, entry in report["metrics"].items()}
        manifest = dict(report.get("manifest") or {})
        names = manifest.get("metrics") or list(metrics)  # a tool may have sorted the metrics
        rows = dict(report.get("problems") or {})
        if rows and set(names) != set(metrics):
            raise ValueError(names)
        problems = {
            name: {key: _finite(row[position]) for key, row in rows.items()}
            for position, name in enumerate(names if rows else [])
        }
    except (OSError, *CORRUPT, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"--compare {path}: not a report of mathkit eval") from None
    return OldReport(str(path), metrics, problems, manifest)


def _interval(entry: dict[str, Any]) -> Interval:
    """Return a metric of a report; its interval is not a number where that is not there."""
    low, high = (math.nan if entry.get(name) is None else _finite(entry[name]) for name in ("low", "high"))
    return Interval(_finite(entry["value"]), low, high, 0)


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def compared(old: OldReport, report: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return what became of each metric that both reports have: paired by problem, or unpaired where none is in both.

    Where problems are paired, `old` and `new` are over them alone.
    """
    names = [name for name in report["metrics"] if name in old.metrics]
    before = next(iter(old.problems.values()), {})
    common = [key for key in report["problems"] if key in before]
    places = {name: position for position, name in enumerate(report["manifest"]["metrics"])}
    changes = {}
    for name in names:
        if common:
            now = {key: report["problems"][key][places[name]] for key in common}
            changes[name] = _paired(old.problems[name], now, seed)
        else:
            changes[name] = _unpaired(old.metrics[name], Interval(**report["metrics"][name]))
    return {
        "paired": bool(common),
        "problems": len(common),
        "only_old": len(before) - len(common) if before else None,
        "only_new": len(report["problems"]) - len(common) if before else None,
        "differs": _differing(old.manifest, report["manifest"]),
        "metrics": changes,
    }


def _paired(before: dict[str, float], now: dict[str, float], seed: int) -> dict[str, Any]:
    differences = {key: round(value - before[key], 6) for key, value in now.items()}
    change = mean_with_interval(list(differences.values()), seed)
    p, test = sign_flip_p(list(differences.values()), seed)
    by_size = sorted(differences, key=lambda key: -abs(differences[key]))  # stable: of those that tie the first
    gained = [key for key in by_size if differences[key] > 0]
    lost = [key for key in by_size if differences[key] < 0]
    return {
        "old": round(math.fsum(before[key] for key in now) / len(now), 6),
        "new": round(math.fsum(now.values()) / len(now), 6),
        "difference": change.value,
        "low": change.low,
        "high": change.high,
        "p": p,
        "test": test,
        "gained": len(gained),
        "lost": len(lost),
        "gained_ids": gained[:_NAMED],
        "lost_ids": lost[:_NAMED],
    }


def _unpaired(old: Interval, new: Interval) -> dict[str, Any]:
    found = zip(("difference", "low", "high"), unpaired_difference(old, new), strict=True)
    return {"old": old.value, "new": new.value, **{name: None if math.isnan(x) else x for name, x in found}}


def _differing(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return what was not the same in the making of two reports, as far as both say it."""
    found: dict[str, Any] = {}
    for before, now in ((old, {name: new[name] for name in ("mathkit", "policy", "trust_labels")}),
                        (old.get("sampling"), new["sampling"])):  # fmt: skip
        if isinstance(before, dict) and now is not None:
            found |= {
                name: {"old": before[name], "new": value}
                for name, value in now.items()
                if name in before and before[name] != value
            }
    return found


def show_comparison(comparison: dict[str, Any]) -> None:
    """Print what changed as a table, the problems that made the most of it, and what stands against comparing."""
    paired, changes = comparison["paired"], comparison["metrics"]
    if changes:
        rows = [
            [name, f"{change['old']:.4f}", f"{change['new']:.4f}", f"{change['difference']:+.4f}",
             "unknown" if change["low"] is None else f"{change['low']:+.4f} to {change['high']:+.4f}",
             *([_p(change["p"]), f"{change['gained']:,}", f"{change['lost']:,}"] if paired else [])]
            for name, change in changes.items()
        ]  # fmt: skip
        print_table(
            ["", "before", "now", "change", "95 % interval", *(["p", "gained", "lost"] if paired else [])], rows
        )
    for name, change in changes.items():
        for what in ("gained", "lost") if paired else ():
            if change[what]:
                say(f"{name} {what}: {_named(change[f'{what}_ids'], change[what])}")
    for message in _statements(comparison):
        say(f"mathkit eval: --compare {comparison['report']}: {message}")


def _p(p: float) -> str:
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def _named(ids: list[str], count: int) -> str:
    more = f" and {count - _SHOWN:,} more" if count > _SHOWN else ""
    return ", ".join(map(_short, ids[:_SHOWN])) + more


def _short(value: object) -> str:
    text = "".join(character if character.isprintable() else "?" for character in str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _statements(comparison: dict[str, Any]) -> list[str]:
    found = []
    if not comparison["metrics"]:
        found.append("no metric is in both reports")
    elif comparison["paired"]:
        apart = [f"{comparison[f'only_{which}']:,} only {where}" for which, where in (("old", "there"), ("new", "here"))
                 if comparison[f"only_{which}"]]  # fmt: skip
        found.append(f"paired by {comparison['problems']:,} problems{''.join(f', {part}' for part in apart)}")
    else:
        why = "it holds no values of problems" if comparison["only_old"] is None else "no problem is in both"
        found.append(f"not paired, for {why}: no p, and intervals as of different problems")
    if comparison["differs"]:
        changes = (
            f"{name} was {_short(value['old'])}, is {_short(value['new'])}"
            for name, value in comparison["differs"].items()
        )
        found.append(f"not made alike: {'; '.join(changes)}")
    return found
