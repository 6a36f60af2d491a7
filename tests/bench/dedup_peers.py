"""dedup beside its peers on one file with planted duplicates: speed, memory, and what was caught.

    python tests/bench/dedup_peers.py [--documents 100000] [--threshold 0.8] [--peers datasketch gaoya ...]
    python tests/bench/dedup_peers.py --large

Every tool reads and writes JSON Lines as a process of its own, on all cores unless its row says less. Peers compare
5-grams of words and are installed, each into an environment of its own, on first use. The file holds pairs at true
Jaccard similarities from 1 to 0.5 (one in a hundred documents a level has a copy) and unrelated documents:

    caught       of the pairs of a level, those of which at least one side is gone
    recall       of the pairs whose true similarity reaches the threshold, those caught
    precision    of the documents removed, those that such a pair accounts for, one a pair
    unrelated    documents without a copy that were removed

A slow peer (datatrove) gets a file of a tenth. Then equal texts: dedup --exact beside polars and a Python set. With
--large: the memory a document of 1.2 KB takes, by the difference of a run of 1,000,000 and one of 10,000.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

sys.path.insert(0, str(Path(__file__).parent))  # where PYTHONSAFEPATH keeps it out

from corpus import EXACT, LEVELS, Corpus, Pair, write_corpus
from measure import MATHKIT, PEERS, Cost, attempt, megabytes, print_table, python_with

ENVIRONMENTS = {
    "datasketch": ("datasketch==2.0.0", "orjson"),
    "rensa": ("rensa==0.5.0", "orjson"),
    "gaoya": ("gaoya==0.2.2", "orjson"),
    "fastsketchlsh": ("FastSketchLSH==1.0.1", "orjson"),
    "text_dedup": ("text-dedup==0.4.0",),
    "datatrove": ("datatrove[processing]==0.10.1", "spacy<3.9", "orjson"),
    "polars": ("polars==2.1.0",),
}
SLOW = {"datatrove"}
MATHKIT_RUNS = (
    (), ("-j", "1"), ("-j", "2"), ("--verify", "estimate"), ("--verify", "exact"),
)  # fmt: skip
SIZE = 2000, 3000  # bytes of a document
LARGE = 10_000, 1_000_000  # documents


class Quality(NamedTuple):
    """What a tool caught."""

    caught: list[float]  # of each level
    precision: float
    recall: float
    unrelated: int


def quality(corpus: Corpus, output: Path, threshold: float) -> Quality:
    """Return how the records of `output` compare with the truth."""
    with output.open("rb") as lines:
        kept = {int(orjson.loads(line)["id"]) for line in lines}
    caught = {pair for pair in corpus.pairs if pair.first not in kept or pair.second not in kept}
    right = {pair for pair in corpus.pairs if pair.jaccard >= threshold}
    paired = {number for pair in corpus.pairs for number in (pair.first, pair.second)}
    removed = corpus.documents - len(kept)
    return Quality(
        [_share(caught, {pair for pair in corpus.pairs if pair.level == level}) for level in LEVELS],
        len(caught & right) / removed if removed else 1.0,
        _share(caught, right),
        corpus.documents - len(kept | paired),
    )


def _share(found: set[Pair], wanted: set[Pair]) -> float:
    return len(found & wanted) / len(wanted)


def compare_near(work: Path, documents: int, threshold: float, peers: Sequence[str], seed: int) -> None:
    """Print the table of near duplicates."""
    whole = make(work / "documents.jsonl", documents, seed)
    rows = []
    for options in MATHKIT_RUNS:
        command = [*MATHKIT, "dedup", "-q", "--threshold", str(threshold), *options]
        rows.append(near_row(" ".join(["mathkit", *options]), command, whole, threshold))
    for name in peers:
        python = python_with(name, ENVIRONMENTS[name])
        if python is None:
            continue
        corpus = make(work / "fewer.jsonl", documents // 10, seed) if name in SLOW else whole
        label = f"{name} ({corpus.documents:,})" if name in SLOW else name
        rows.append(near_row(label, [python, PEERS / f"dedup_{name}.py"], corpus, threshold))
    print_table(
        ["", "docs/s", "CPU docs/s", "memory", *(f"{level:g}" for level in LEVELS), "precision", "recall", "unrelated"],
        filter(None, rows),
    )


def make(path: Path, documents: int, seed: int) -> Corpus:
    """Write a file of documents of 2 to 3 KB, a hundredth of them with a copy at each level."""
    corpus = write_corpus(path, documents=documents, pairs=documents // 100, size=SIZE, seed=seed)
    print(
        f"{documents:,} documents, {path.stat().st_size / documents:,.0f} bytes each, {len(corpus.pairs):,} pairs",
        flush=True,
    )
    return corpus


def near_row(name: str, command: Sequence[str | Path], corpus: Corpus, threshold: float) -> list[str] | None:
    """Run a tool and return its row; None, and say why, if it fails."""
    cost = run(name, command, corpus, threshold)
    if cost is None:
        return None
    found = quality(corpus, output_of(corpus), threshold)
    return [
        *cost_cells(name, cost, corpus.documents),
        *(f"{share:.2f}" for share in found.caught),
        f"{found.precision:.4f}",
        f"{found.recall:.4f}",
        f"{found.unrelated:,}",
    ]


def run(name: str, command: Sequence[str | Path], corpus: Corpus, *arguments: object) -> Cost | None:
    """Run mathkit, or a peer's program with its arguments, on a corpus; None, and say why, if it fails."""
    output = output_of(corpus)
    output.unlink(missing_ok=True)
    is_mathkit = command[: len(MATHKIT)] == MATHKIT
    files = [corpus.path, "-o", output] if is_mathkit else [corpus.path, output, *map(str, arguments)]
    return attempt(name, [*command, *files])


def output_of(corpus: Corpus) -> Path:
    """Return where the tools write what they keep of a corpus."""
    return corpus.path.with_suffix(".kept.jsonl")


def cost_cells(name: str, cost: Cost, documents: int) -> list[str]:
    """Return a row's first cells."""
    return [name, f"{documents / cost.seconds:,.0f}", f"{documents / cost.cpu:,.0f}", megabytes(cost.memory)]


def compare_exact(work: Path, documents: int, seed: int) -> None:
    """Print the table of equal texts."""
    corpus = write_corpus(
        work / "equal.jsonl", documents=documents, pairs=documents // 100, size=SIZE, levels=(EXACT,), seed=seed
    )
    tools = {"mathkit --exact": [*MATHKIT, "dedup", "-q", "--exact", "--normalize", "exact"]}
    if polars := python_with("polars", ENVIRONMENTS["polars"]):
        tools["polars unique"] = [polars, PEERS / "exact_polars.py"]
    tools["Python set"] = [sys.executable, PEERS / "exact_set.py"]
    rows = []
    for name, command in tools.items():
        if cost := run(name, command, corpus):
            kept = output_of(corpus).read_bytes().count(b"\n")
            rows.append([*cost_cells(name, cost, documents), f"{documents - kept:,} of {len(corpus.pairs):,}"])
    print_table(["equal texts", "docs/s", "CPU docs/s", "memory", "removed"], rows)


def large(work: Path, peers: Sequence[str], seed: int) -> None:
    """Print the memory that a document takes."""
    tools = {"mathkit": [*MATHKIT, "dedup", "-q", "--threshold", "0.8"]}
    tools["mathkit --exact"] = [*MATHKIT, "dedup", "-q", "--exact"]
    tools |= {
        name: [python, PEERS / f"dedup_{name}.py"]
        for name in peers
        if (python := python_with(name, ENVIRONMENTS[name]))
    }
    few, many = (
        write_corpus(work / f"{count}.jsonl", documents=count, pairs=count // 1000, size=(1150, 1250), seed=seed)
        for count in LARGE
    )
    rows = []
    for name, command in tools.items():
        small_cost, cost = run(name, command, few, 0.8), run(name, command, many, 0.8)
        if small_cost and cost:
            each = (cost.memory - small_cost.memory) / (many.documents - few.documents)
            fixed = small_cost.memory - each * few.documents
            rows.append([*cost_cells(name, cost, many.documents), f"{each:,.0f} B", megabytes(round(fixed))])
    print_table([f"{many.documents:,} documents", "docs/s", "CPU docs/s", "memory", "a document", "fixed"], rows)


def main() -> None:
    near = [name for name in ENVIRONMENTS if name != "polars"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--peers", nargs="*", choices=near, help="default: all; with --large none")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mathkit-bench-") as folder:
        work = Path(folder)
        if options.large:
            large(work, options.peers or [], options.seed)
        else:
            peers = near if options.peers is None else options.peers
            compare_near(work, options.documents, options.threshold, peers, options.seed)
            print()
            compare_exact(work, options.documents, options.seed)


if __name__ == "__main__":
    main()
