"""recall beside fastText's own Python with one model of the size that people use: speed, and equal probabilities.

    python tests/bench/recall_speed.py FOLDER [--documents 20000] [--model MODEL.bin]

FOLDER holds JSON Lines of documents with text and label ("math" or anything else). fastText trains a model of two
labels on up to 4,000 of them (256 dimensions, word 3-grams, 2,000,000 buckets: 2 GB; kept where --model says). The
documents to filter are theirs with a third of the lines out of another document of the same label. Then each tool
reads, scores and writes them as a process of its own on one core, loading the model included.

fastText parts words at white space alone and is given a line break as a space; the probabilities can only agree where
recall reads somebody else's model so too. fastText adds 0.00001 to each, so they agree if no difference is larger.
"""

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parent))  # where PYTHONSAFEPATH keeps it out

from measure import MATHKIT, PEERS, Failed, measured, megabytes, print_table, python_with

REQUIREMENTS = "fasttext-numpy2==0.10.4", "orjson"
TRAINED_ON = 4000
PROGRAM = PEERS / "recall_fasttext.py"
Documents = list[dict[str, Any]]


def examples(documents: Documents) -> str:
    """Return documents as the lines that fastText learns from."""
    return "".join(
        f"__label__{'math' if document['label'] == 'math' else 'general'} {' '.join(document['text'].split())}\n"
        for document in documents
    )


def mixed(documents: Documents, count: int, chance: random.Random) -> Documents:
    """Return `count` documents, each with a third of its lines replaced by lines of another of its label."""
    lines = defaultdict(list)
    for document in documents:
        lines[document["label"]] += document["text"].splitlines()

    def text(document: dict[str, Any]) -> str:
        others = lines[document["label"]]
        return "\n".join(
            line if chance.random() < 2 / 3 else chance.choice(others) for line in document["text"].splitlines()
        )

    return [{"id": str(number), "text": text(chance.choice(documents))} for number in range(count)]


def scores(path: Path) -> dict[str, float]:
    """Return the probability of each document in an output of either tool."""
    records = map(orjson.loads, path.read_bytes().splitlines())
    return {record["id"]: record["recall"]["score"] if "recall" in record else record["score"] for record in records}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--model", type=Path, help="train into this file, or use it if it is there")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    python = python_with("fasttext", REQUIREMENTS)
    if python is None:
        sys.exit("nothing to compare with")

    chance = random.Random(options.seed)
    known = [orjson.loads(line) for path in sorted(options.folder.glob("*.jsonl")) for line in path.open("rb")]
    chance.shuffle(known)
    with tempfile.TemporaryDirectory(prefix="mathkit-bench-") as folder:
        work = Path(folder)
        model = options.model or work / "model.bin"
        if not model.exists():
            (work / "examples.txt").write_text(examples(known[:TRAINED_ON]))
            cost = measured([python, PROGRAM, "train", work / "examples.txt", model])
            print(f"trained in {cost.seconds:.0f} s, {megabytes(model.stat().st_size)}")
        source = work / "documents.jsonl"
        with source.open("wb") as file:
            file.writelines(orjson.dumps(row) + b"\n" for row in mixed(known, options.documents, chance))
        print(f"{options.documents:,} documents, {source.stat().st_size / options.documents:,.0f} bytes each, one core")
        outputs = {name: work / f"{name}.jsonl" for name in ("one", "batches", "mathkit")}
        tools = {
            "fastText, one at a time": [python, PROGRAM, model, source, outputs["one"], "1"],
            "fastText, in batches": [python, PROGRAM, model, source, outputs["batches"], "1000"],
            "mathkit recall": [*MATHKIT, "recall", "-q", "-j", "1", "--model", model, "--threshold", "0", source, "-o",
                               outputs["mathkit"]],
        }  # fmt: skip
        costs = {name: measured(command, cores=1) for name, command in tools.items()}
        ours = costs["mathkit recall"]
        print_table(
            ["", "docs/s", "CPU docs/s", "memory", "mathkit is"],
            (
                [name, f"{options.documents / cost.seconds:,.0f}", f"{options.documents / cost.cpu:,.0f}",
                 megabytes(cost.memory), f"{cost.seconds / ours.seconds:.2f} times as fast"]
                for name, cost in costs.items()
            ),
        )  # fmt: skip
        theirs, found = scores(outputs["one"]), scores(outputs["mathkit"])
    differences = [abs(theirs[name] - found[name]) for name in theirs]
    print(
        f"probabilities: {sum(difference > 2e-5 for difference in differences):,} of {len(differences):,} differ by "
        f"more than 0.00002, the largest difference is {max(differences):.6f}"
        + ("; recall does not part words as fastText does" if max(differences) > 2e-5 else "")
    )


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"a tool failed: {failure}")
