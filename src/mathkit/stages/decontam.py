"""Mark records that leak a benchmark: a shared n-gram, confirmed by the longest common subsequence.

The rule, its sources and what is ours are in `mathkit.overlap.benchmarks`. Records are compared in batches, by
processes that share the index of the benchmarks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from mathkit.dialects import poses_problem, problem_of, solution_of, text_of
from mathkit.overlap import Benchmarks, Leak
from mathkit.records import Batches, Held, Outcome, Record, Rejected
from mathkit.text import run_span, words

UNITS = ("problem", "solution")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a record leaks of one benchmark."""

    evidence: dict[str, Any]  # of the item that it has most of
    numbers: frozenset[int]  # of the benchmark's records that it leaks, from 0


@dataclass(frozen=True, slots=True)
class Leaked(Rejected):
    """A rejected record with its findings in each benchmark, the worst first."""

    findings: Sequence[Finding] = ()


def add_benchmark(benchmarks: Benchmarks, name: str, records: Iterable[Record], *, units: Sequence[str]) -> None:
    """Add the records of a benchmark: of each those of the UNITS that are named."""
    benchmarks.ids.setdefault(name, [])
    for record in records:
        benchmarks.add(name, record["id"], _texts(record, units).units)


def mark_contaminated(batches: Batches, benchmarks: Benchmarks, *, units: Sequence[str]) -> Iterator[Outcome]:
    """Yield the records that leak no benchmark item; reject the others with the item and the evidence.

    Each of the `units` is compared by itself. Memory holds the benchmarks and a few batches for each process.
    """
    benchmarks.index()
    for records, found in batches.map(partial(_texts, units=units), partial(_judge, benchmarks=benchmarks)):
        for record, findings in zip(records, found, strict=True):
            yield _rejected(record, findings) if findings else record


class _Texts(NamedTuple):
    """The texts of a record by unit, and whether that of its problem is a document's."""

    units: dict[str, str]
    is_document: bool


def _texts(record: Record, units: Sequence[str]) -> _Texts:
    poses = poses_problem(record)
    texts: dict[str, str] = {}
    if "problem" in units:
        texts["problem"] = problem_of(record) if poses else text_of(record)
    if "solution" in units and (solution := solution_of(record)) is not None:
        texts["solution"] = solution
    return _Texts(texts, not poses)


def _judge(batch: Sequence[_Texts], *, benchmarks: Benchmarks) -> list[list[Finding]]:
    """Return the findings on each record."""
    leaks: list[list[tuple[str, Leak]]] = [[] for _ in batch]
    for unit in UNITS:
        numbers = [number for number, texts in enumerate(batch) if unit in texts.units]
        documents = [unit == "problem" and batch[number].is_document for number in numbers]
        found = benchmarks.leaks(unit, [batch[number].units[unit] for number in numbers], documents)
        for number, leaked in zip(numbers, found, strict=True):
            leaks[number] += [(unit, leak) for leak in leaked]
    return [_findings(texts, found, benchmarks) for texts, found in zip(batch, leaks, strict=True)]


def _findings(texts: _Texts, leaks: Sequence[tuple[str, Leak]], benchmarks: Benchmarks) -> list[Finding]:
    """Return what a record leaks of each benchmark, the longest common subsequence first, in order where they tie."""
    worst: dict[str, tuple[str, Leak]] = {}
    numbers: dict[str, set[int]] = {}
    for unit, leak in sorted(leaks, key=lambda found: -found[1].lcs):
        worst.setdefault(leak.item.benchmark, (unit, leak))
        numbers.setdefault(leak.item.benchmark, set()).update(leak.numbers)
    return [
        Finding(_evidence(texts.units[unit], unit, leak, benchmarks), frozenset(numbers[name]))
        for name, (unit, leak) in worst.items()
    ]


def _rejected(record: Held, findings: Sequence[Finding]) -> Leaked:
    evidence = findings[0].evidence
    return Leaked(record, f"in {evidence['benchmark']}", evidence, findings=findings)


def _evidence(text: str, unit: str, leak: Leak, benchmarks: Benchmarks) -> dict[str, Any]:
    its_words = words(text)
    first, count = leak.run or (0, len(its_words))
    return {
        "benchmark": leak.item.benchmark,
        "benchmark_id": leak.item.id,
        "unit": unit,
        "level": benchmarks.level,
        "matched": leak.matched,
        "ngram": " ".join(its_words[first : first + benchmarks.ngram]) if leak.run else None,
        "lcs": round(leak.lcs, 4),
        "span": run_span(text, first, count) if count else (0, len(text)),
    }
