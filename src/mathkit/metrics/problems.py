"""Graded problems, and each metric over all of them, over some, or for each one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mathkit.metrics.estimates import Interval, Metric, best_reward, mean_with_interval, pass_at_k


@dataclass(frozen=True, slots=True)
class Graded:
    """What is kept of a problem for the metrics, in the order of its samples."""

    id: str
    correct: tuple[bool, ...]
    group: tuple[int | None, ...]  # samples of equal answers have equal numbers; None without an answer
    rewards: tuple[float | None, ...]
    fields: tuple[str | None, ...]  # its values of the fields to break down by


def samples_of_all(problems: Sequence[Graded]) -> int:
    """Return the number of samples that every problem has."""
    return min((len(problem.correct) for problem in problems), default=0)


def default_metrics(problems: Sequence[Graded]) -> list[Metric]:
    """Return pass@1, and maj@k, rm@k and pass@k at the k samples that every problem has."""
    k = samples_of_all(problems)
    metrics = [Metric("pass", 1)]
    if k > 1:
        metrics += [Metric("maj", k), *([Metric("rm", k)] if _rewarded(problems) else []), Metric("pass", k)]
    return metrics


def measure(problems: Sequence[Graded], metrics: Sequence[Metric], seed: int) -> dict[str, Interval]:
    """Return each metric over the problems; none where there is no problem."""
    if not problems:
        return {}
    return {
        str(metric): mean_with_interval([_value(problem, metric) for problem in problems], seed) for metric in metrics
    }


def measure_by(
    problems: Sequence[Graded], field: int, metrics: Sequence[Metric], seed: int
) -> dict[str, dict[str, Interval]]:
    """Return each metric for each value of a field (by its position in `fields`), numbers in their order."""
    parts: dict[str, list[Graded]] = {}
    for problem in problems:
        value = problem.fields[field]
        parts.setdefault("(none)" if value is None else value, []).append(problem)
    return {value: measure(parts[value], metrics, seed) for value in sorted(parts, key=_natural)}


def curves(problems: Sequence[Graded], seed: int) -> dict[str, dict[int, Interval]]:
    """Return pass@k, maj@k and (where all samples have rewards) rm@k for 1, 2, 4, ... samples and for all of them.

    With one sample they are one; with no problem there are none.
    """
    most = samples_of_all(problems)
    points = sorted({most, *(1 << power for power in range(most.bit_length()))})
    kinds = ["pass", "maj", *(["rm"] if _rewarded(problems) else [])] if most > 1 else ["pass"]
    found: dict[str, dict[int, Interval]] = {}
    for kind in kinds if most else []:
        intervals = measure(problems, [Metric(kind, k) for k in points], seed)
        found[kind] = dict(zip(points, intervals.values(), strict=True))
    return found


def values(problems: Sequence[Graded], metrics: Sequence[Metric]) -> dict[str, list[float]]:
    """Return the value of each metric for each problem by its id; the second problem of an id x is x#2."""
    found: dict[str, list[float]] = {}
    times: dict[str, int] = {}
    for problem in problems:
        key = problem.id
        while key in found:
            times[problem.id] = times.get(problem.id, 1) + 1
            key = f"{problem.id}#{times[problem.id]}"
        found[key] = [round(_value(problem, metric), 6) for metric in metrics]
    return found


def _rewarded(problems: Sequence[Graded]) -> bool:
    return all(None not in problem.rewards for problem in problems)


def _natural(value: str) -> str:
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), value)


def _value(problem: Graded, metric: Metric) -> float:
    k, correct = metric.k, problem.correct
    match metric.kind:
        case "pass":
            return pass_at_k(len(correct), sum(correct), k)
        case "avg":
            return sum(correct[:k]) / k
        case "rm":
            return float(correct[best_reward([reward for reward in problem.rewards[:k] if reward is not None])])
    counts: dict[int, int] = {}
    for number in problem.group[:k]:
        if number is not None:
            counts[number] = counts.get(number, 0) + 1
    if not counts:
        return 0.0
    winner = max(counts, key=lambda number: counts[number])  # of those that tie the first seen
    return float(correct[problem.group.index(winner)])
