"""mathkit decontam."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Option

from mathkit.cli import options
from mathkit.jsonl import Stream, dump, read_file
from mathkit.records import Outcome, Rejected


def decontam(
    stream: Stream,
    against: Annotated[list[str], Option(metavar="BENCH", help="A benchmark's problems, JSON Lines; repeatable.")],
    ngram: Annotated[int, Option(min=1, metavar="N", help="Words in a row that must be shared.")] = 13,
    lcs: Annotated[
        float, options.share_option("Least common subsequence, over the shorter text's words.", "SHARE")
    ] = 0.6,
    rule: Annotated[Literal["and", "or"], Option(metavar="and|or", help="Both conditions, or one of them.")] = "and",
    solutions: Annotated[bool, Option("--solutions", help="Compare solutions with solutions too.")] = False,
    report: Annotated[
        Path | None, Option(metavar="FILE", help="Write what was found in each benchmark, as JSON.")
    ] = None,
) -> None:
    """Drop what leaks a benchmark: a shared 13-gram and a long common subsequence.

    Compares problem with problem (the text of a document without one), in words, without punctuation and cases, where a
    Chinese character or a LaTeX command is a word too. A
    text of fewer words than the n-gram is dropped when it equals an item as a whole. Rejects name the benchmark, its
    item, the n-gram, the common subsequence's share and the characters it spans.

    Example:
        cat examples/data/problems-en.jsonl | mathkit decontam --against examples/data/benchmark-en.jsonl | tail -1
    """
    from mathkit.dialects import problem_or_text, solution_of
    from mathkit.stages.decontam import Benchmarks, mark_contaminated

    units = ["problem", "solution"] if solutions else ["problem"]
    needs = [problem_or_text, solution_of] if solutions else [problem_or_text]
    options.check_report(report)
    benchmarks = Benchmarks(ngram=ngram, lcs=lcs, either=rule == "or")
    for name, path in zip(_names(against), against, strict=True):
        for record in read_file(path, *needs):
            benchmarks.add(name, record, units)

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in benchmarks.sizes}
    records = stream.read(*needs)
    stream.write(_noting(mark_contaminated(records, benchmarks, units=units, ngram=ngram), found))
    if report:
        report.write_bytes(dump(_report(found, benchmarks.sizes)))


def _noting(outcomes: Iterable[Outcome], found: dict[str, list[dict[str, Any]]]) -> Iterator[Outcome]:
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            evidence = dict(outcome.evidence)
            found[evidence.pop("benchmark")].append({"id": outcome.record["id"], **evidence})
        yield outcome


def _report(found: dict[str, list[dict[str, Any]]], sizes: dict[str, int]) -> dict[str, Any]:
    return {
        name: {
            "items": sizes[name],
            "items_found": len({str(hit["benchmark_id"]) for hit in hits}),
            "records_rejected": len(hits),
            "hits": hits,
        }
        for name, hits in found.items()
    }


def _names(paths: list[str]) -> list[str]:
    """Name each benchmark by its file, or by its whole path where two files share a name."""
    names = [Path(path).name.split(".")[0] for path in paths]
    return [path if names.count(name) > 1 else name for name, path in zip(names, paths, strict=True)]
