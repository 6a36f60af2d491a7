"""mathkit dedup."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.jsonl import Stream
from mathkit.records import Record


def dedup(
    stream: Stream,
    threshold: Annotated[float, options.share_option("Least Jaccard similarity of duplicates.", "J")] = 0.7,
    by: Annotated[
        list[str] | None,
        Option(metavar="FIELD", help="Compare this; repeatable.  [default: text, else problem]"),
    ] = None,
    exact: Annotated[bool, Option("--exact", help="Only texts that are equal after --normalize.")] = False,
    keep: Annotated[
        str,
        Option(
            metavar="first|longest|FIELD",
            help="Of duplicates keep the first, longest or highest in FIELD (score.quality).",
        ),
    ] = "first",
    mark: Annotated[bool, Option("--mark", help="Drop nothing; add dedup: {cluster, size, similarity}.")] = False,
    verify: Annotated[
        Literal["estimate", "exact"],
        Option(metavar="exact|estimate", help="Verify by the texts' 5-grams, or by sketches (give or take 0.04)."),
    ] = "exact",
    index: Annotated[
        Path | None,
        Option(metavar="DIR", help="Compare with all that earlier runs put into this directory, and add to it."),
    ] = None,
    normalize: Annotated[
        Literal["exact", "ws", "latex", "latex+num"],
        Option(metavar="LEVEL", help="What counts as equal: exact, ws, latex or latex+num (numbers alike)."),
    ] = "latex",
) -> None:
    """Drop near duplicates.

    Compares 5-grams of words and operators. Numbers count unless --normalize latex+num, but one number changes few
    5-grams: for short problems take --threshold 0.9, or --exact. A record that is alike to
    any of a cluster belongs to it. With --keep first a kept record leaves at once; --mark and the other --keep wait on
    disk for the whole input. Rejects name the record that is kept, their similarity to it, and, where that is below the
    threshold, via which record they belong to its cluster. An --index counts a run when it has ended well: a killed one
    can be started again as it was.

    Example:
        cat examples/data/documents.jsonl | mathkit dedup --threshold 0.8 | tail -1
    """
    from mathkit.dialects import number_in, string_in, text_of
    from mathkit.likeness.index import Index, Likeness
    from mathkit.stages.dedup import cluster_duplicates, mark_duplicates

    if threshold == 0:
        raise BadParameter("texts that share nothing are no duplicates", param_hint="'--threshold'")
    if mark and keep != "first":
        raise BadParameter("--mark keeps every record", param_hint="'--keep'")

    parts = [string_in(field) for field in by or []]
    text: Callable[[Record], str] = (lambda record: "\n".join(part(record) for part in parts)) if parts else text_of
    worth: Callable[[Record], float] | None = None
    if keep == "longest":
        worth = lambda record: len(text(record))  # noqa: E731
    elif keep != "first":
        worth = number_in(keep)

    likeness = Likeness(threshold, exact, verify, normalize, by or ["text"], stream.seed)
    found = Index(likeness, index)
    stream.finally_do(found.save)
    if mark or worth:
        stream.write(cluster_duplicates(stream.batches(), text, found, worth=worth))
    else:
        stream.write(mark_duplicates(stream.batches(), text, found))
