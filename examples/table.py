"""Print what each stage of the pipeline read, kept and rejected, from the logs it left."""

import json
import re
import sys
from pathlib import Path

STAGES = [
    "recalled", "unique", "documents", "problems-en", "problems-zh", "sampled-en", "sampled-zh",
    "training", "voted", "training-voted",
]  # fmt: skip
SUMMARY = re.compile(
    r"^mathkit (?P<command>[\w-]+): (?P<read>[\d,]+) read, (?P<kept>[\d,]+) kept, (?P<rejected>[\d,]+) rejected"
    r"(?: \((?P<why>.*)\))?, (?P<written>[\d,]+) written$",
    re.MULTILINE,
)


def main(folder: str) -> None:
    row = "{file:<22} {command:<11} {read:>6} {kept:>6} {rejected:>8} {written:>7}  {why}"
    print()
    heads = ("file", "command", "read", "kept", "rejected", "written", "why")
    print(row.format(**{head: head for head in heads}))
    for stage in STAGES:
        found = SUMMARY.search(Path(folder, f"{stage}.log").read_text())
        if found:
            print(row.format(file=f"{stage}.jsonl", **{k: v or "" for k, v in found.groupdict().items()}))
    print("written counts output records: a problem can become several training examples.")
    print(
        f"Of the samples drawn, {right_samples(folder)} are right; of the votes that pass, {right_votes(folder)} are."
    )
    print("\nThe model, untrained, on the benchmark's problems, which the training data do not hold:\n")
    for line in Path(folder, "evaluation.log").read_text().splitlines():
        if not line.startswith("mathkit"):
            print(line)
    print(f"\nThe files lie in {Path(folder).resolve()}:")
    for file, what in (
        ("documents.jsonl", "clean mathematical documents"),
        ("domains.jsonl", "the sites that count as mathematical, and which of their sections"),
        ("training.jsonl", "training examples: the right and different solutions"),
        ("training-voted.jsonl", "training examples chosen by vote alone, right or wrong"),
        ("voted.jsonl", "all sampled problems with their votes"),
        ("evaluation.json", "every figure of the evaluation"),
        ("*.rejects.jsonl", "what each stage left out, and why"),
    ):
        print(f"  {file:<22} {what}")


def right_samples(folder: str) -> str:
    samples = [
        sample for name in ("sampled-en", "sampled-zh") for record in read(folder, name) for sample in record["samples"]
    ]
    return f"{sum(sample['correct'] for sample in samples)} of {len(samples)}"


def right_votes(folder: str) -> str:
    votes = [record["vote"] for record in read(folder, "voted") if record["vote"]["share"] >= 0.5]
    return f"{sum(vote['correct'] for vote in votes)} of {len(votes)}"


def read(folder: str, name: str) -> list[dict]:
    return [json.loads(line) for line in Path(folder, f"{name}.jsonl").read_bytes().splitlines()]


if __name__ == "__main__":
    main(sys.argv[1])
