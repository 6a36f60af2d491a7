"""mathkit decontam."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from orjson import Fragment
from typer import Option

from mathkit.cli import options
from mathkit.cli.console import say
from mathkit.jsonl import Stream, dump, read_file
from mathkit.records import Outcome, Record, loaded


def decontam(
    stream: Stream,
    against: Annotated[list[str], Option(metavar="BENCH", help="A benchmark's problems, JSON Lines; repeatable.")],
    ngram: Annotated[int, Option(min=1, metavar="N", help="Words in a row that must be shared.")] = 13,
    lcs: Annotated[
        float, options.share_option("Least common subsequence, over the shorter text's words.", "SHARE")
    ] = 0.6,
    rule: Annotated[Literal["and", "or"], Option(metavar="and|or", help="Both conditions, or one of them.")] = "and",
    normalize: Annotated[
        Literal["latex", "latex+num"],
        Option(metavar="LEVEL", help="What counts as the same word: latex, or latex+num (numbers alike)."),
    ] = "latex",
    solutions: Annotated[bool, Option("--solutions", help="Compare solutions with solutions too.")] = False,
    report: Annotated[
        Path | None, Option(metavar="FILE", help="Write what was found in each benchmark, as JSON.")
    ] = None,
) -> None:
    """Drop what leaks a benchmark: a shared 13-gram and a long common subsequence.

    Compares problem with problem (the text of a document without one), in words, without punctuation and cases, where a
    Chinese character or a LaTeX command is a word too. A text of fewer words than the n-gram is dropped when it equals
    an item as a whole. --rule or does not look for reworded items inside a document that is more than twice as long.
    Rejects name the benchmark, its item, what matched, the n-gram, the common subsequence's share
    and the characters it spans; the report counts an item in every benchmark where it was found.

    Example:
        cat examples/data/problems-en.jsonl | mathkit decontam --against examples/data/benchmark-en.jsonl | tail -1
    """
    from mathkit.dialects import problem_or_text, solution_of
    from mathkit.overlap import Benchmarks
    from mathkit.stages.decontam import add_benchmark, mark_contaminated

    units = ["problem", "solution"] if solutions else ["problem"]
    needs = [problem_or_text, solution_of] if solutions else [problem_or_text]
    options.check_report(report)
    options.check_standard_input(stream, against, "--against")
    benchmarks = Benchmarks(ngram=ngram, lcs=lcs, either=rule == "or", level=normalize)
    for name, path in zip(_names(against), against, strict=True):
        add_benchmark(benchmarks, name, read_file(path, *needs), units=units)
        if not benchmarks.ids[name] and not stream.quiet:
            say(f"mathkit decontam: {path}: holds no record; nothing is compared with it")

    outcomes = mark_contaminated(stream.batches(), benchmarks, units=units)
    if report:
        found = {name: _Found(ids) for name, ids in benchmarks.ids.items()}
        stream.write(_noting(outcomes, found))
        report.write_bytes(dump({name: one.report() for name, one in found.items()}))
    else:
        stream.write(outcomes)


class _Found:
    """What was found in one benchmark; a hit is held as the line it will be."""

    def __init__(self, ids: list[Any]) -> None:
        self._ids = ids
        self._records: Counter[int] = Counter()  # that leak each item
        self._hits: list[bytes] = []
        self._matched = Counter(ngram=0, lcs=0, whole=0)

    def add(self, record: Record, evidence: dict[str, Any], numbers: Iterable[int]) -> None:
        hit = {"id": record["id"], **evidence}
        del hit["benchmark"]
        self._hits.append(dump(hit).rstrip())
        self._matched[evidence["matched"]] += 1
        self._records.update(numbers)

    def report(self) -> dict[str, Any]:
        items = [
            {"benchmark_id": self._ids[number], "records": count} for number, count in sorted(self._records.items())
        ]
        return {
            "items": len(self._ids),
            "items_found": len(items),
            "records_rejected": len(self._hits),
            "matched": dict(self._matched),
            "found": items,
            "hits": [Fragment(hit) for hit in self._hits],
        }


def _noting(outcomes: Iterable[Outcome], found: dict[str, _Found]) -> Iterator[Outcome]:
    from mathkit.stages.decontam import Leaked

    for outcome in outcomes:
        if isinstance(outcome, Leaked):
            for finding in outcome.findings:
                found[finding.evidence["benchmark"]].add(loaded(outcome.record), finding.evidence, finding.numbers)
        yield outcome


def _names(paths: list[str]) -> list[str]:
    """Name each benchmark by its file, or by its whole path where two files share a name."""
    names = [Path(path).name.split(".")[0] for path in paths]
    return [path if names.count(name) > 1 else name for name, path in zip(names, paths, strict=True)]
