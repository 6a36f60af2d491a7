"""Mark records that leak a benchmark: a shared n-gram, confirmed by the longest common subsequence.

The rule, its sources and what is ours are in `mathkit.overlap.benchmarks`. Records are compared in batches, by
threads: what the comparison costs is done in numpy and rapidfuzz, outside Python's lock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

from mathkit.dialects import poses_problem, problem_of, solution_of, text_of
from mathkit.overlap import Benchmarks, Leak
from mathkit.parallel import ordered_map
from mathkit.records import Outcome, Record, Rejected
from mathkit.text import run_span, words

UNITS = ("problem", "solution")

_RECORDS = 256  # in a batch, at most
_CHARACTERS = 1 << 20  # in the texts of a batch, but for those of its last record
_THREADS = 4  # more would wait for each other: a good half of the work is Python's
_SECONDS = 1.0  # after which a batch takes no more: what comes slowly goes on as slowly, not by the hundred


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


def mark_contaminated(
    records: Iterable[Record], benchmarks: Benchmarks, *, units: Sequence[str], jobs: int
) -> Iterator[Outcome]:
    """Yield the records that leak no benchmark item; reject the others with the item and the evidence.

    Each of the `units` is compared by itself. Memory holds the benchmarks and a few batches for each of `jobs` threads.
    """
    benchmarks.index()
    judge = partial(_judge, benchmarks=benchmarks)
    for outcomes in ordered_map(judge, _batches(_texts(record, units) for record in records), min(jobs, _THREADS)):
        yield from outcomes


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a record by unit, and whether that of its problem is a document's."""

    record: Record
    units: dict[str, str]
    is_document: bool


def _texts(record: Record, units: Sequence[str]) -> _Texts:
    poses = poses_problem(record)
    texts: dict[str, str] = {}
    if "problem" in units:
        texts["problem"] = problem_of(record) if poses else text_of(record)
    if "solution" in units and (solution := solution_of(record)) is not None:
        texts["solution"] = solution
    return _Texts(record, texts, not poses)


def _batches(records: Iterable[_Texts]) -> Iterator[list[_Texts]]:
    batch: list[_Texts] = []
    characters, begun = 0, 0.0
    for texts in records:
        begun = begun if batch else monotonic()
        batch.append(texts)
        characters += sum(map(len, texts.units.values()))
        if len(batch) == _RECORDS or characters >= _CHARACTERS or monotonic() - begun >= _SECONDS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _judge(batch: Sequence[_Texts], *, benchmarks: Benchmarks) -> list[Outcome]:
    leaks: list[list[tuple[str, Leak]]] = [[] for _ in batch]
    for unit in UNITS:
        numbers = [number for number, texts in enumerate(batch) if unit in texts.units]
        documents = [unit == "problem" and batch[number].is_document for number in numbers]
        found = benchmarks.leaks(unit, [batch[number].units[unit] for number in numbers], documents)
        for number, leaked in zip(numbers, found, strict=True):
            leaks[number] += [(unit, leak) for leak in leaked]
    return [
        _rejected(texts, found, benchmarks) if found else texts.record
        for texts, found in zip(batch, leaks, strict=True)
    ]


def _rejected(texts: _Texts, leaks: Sequence[tuple[str, Leak]], benchmarks: Benchmarks) -> Leaked:
    """Return a record rejected for the leak of the longest common subsequence, the first of those that tie."""
    ranked = sorted(leaks, key=lambda found: -found[1].lcs)
    worst: dict[str, tuple[str, Leak]] = {}
    numbers: dict[str, set[int]] = {}
    for unit, leak in ranked:
        worst.setdefault(leak.item.benchmark, (unit, leak))
        numbers.setdefault(leak.item.benchmark, set()).update(leak.numbers)
    findings = [
        Finding(_evidence(texts.units[unit], unit, leak, benchmarks), frozenset(numbers[name]))
        for name, (unit, leak) in worst.items()
    ]
    evidence = findings[0].evidence
    return Leaked(texts.record, f"in {evidence['benchmark']}", evidence, findings=findings)


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
