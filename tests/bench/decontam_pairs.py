"""Whether decontam finds the pairs that a brute-force search found, and why it finds others.

    python tests/bench/decontam_pairs.py TRAIN.jsonl BENCHMARK.jsonl PAIRS.jsonl

PAIRS.jsonl holds every pair of a training and a benchmark problem that shares a 13-gram of words, with train_id,
test_id, their texts train and test, and lcs_over_min. Prints the pairs at 0.6 or more that are not found, with the
words they share, and the records found beyond them, with their evidence.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from mathkit.text import words


def main(train: str, benchmark: str, pairs_file: str) -> None:
    with tempfile.TemporaryDirectory() as work:
        rejects = Path(work, "rejects.jsonl")
        command = [
            sys.executable,
            "-m",
            "mathkit",
            "decontam",
            "--against",
            benchmark,
            train,
            "--rejects",
            str(rejects),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = {row["id"]: row["reject"] for row in map(json.loads, rejects.read_bytes().splitlines())}
    pairs = [json.loads(line) for line in Path(pairs_file).read_bytes().splitlines()]
    wanted = [pair for pair in pairs if pair["lcs_over_min"] >= 0.6]
    ids = {pair["train_id"] for pair in wanted}
    print(f"{len(pairs)} pairs share a 13-gram, {len(wanted)} of them ({len(ids)} records) at 0.6 or more")
    print(f"{len(found)} records found, {len(ids & found.keys())} of those")
    for pair in wanted:
        if pair["train_id"] not in found:
            run = longest_run(words(pair["train"]), words(pair["test"]))
            print(f"missed: {pair['train_id']} and {pair['test_id']} share {len(run)} words in a row: {' '.join(run)}")
    for name in found.keys() - ids:
        print(f"beyond: {name}: {found[name]}")


def longest_run(one: list[str], other: list[str]) -> list[str]:
    runs = ((i, j) for i in range(len(one)) for j in range(len(other)) if one[i] == other[j])
    best: list[str] = []
    for i, j in runs:
        length = 0
        while i + length < len(one) and j + length < len(other) and one[i + length] == other[j + length]:
            length += 1
        best = max(best, one[i : i + length], key=len)
    return best


if __name__ == "__main__":
    main(*sys.argv[1:])
