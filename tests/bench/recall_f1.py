"""How well recall finds mathematics on sources that it never saw.

    python tests/bench/recall_f1.py FOLDER [recall's training options]

FOLDER holds JSON Lines of documents with id, text, lang, source and label ("math" or anything else). By turns one
source is held out, the classifier is trained on all others, and judges it. Prints what was right of each source,
precision, recall and F1 of each language over all sources so judged, at the threshold of 0.5 and at the best one, and
for comparison F1 after training on a random half. The command line does it all, as a user would.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

Document = dict
Judged = list[tuple[Document, float]]


def judge(train: Iterable[Document], test: Iterable[Document], options: list[str]) -> Judged:
    """Return documents with the scores of a classifier that was trained on others."""
    test = list(test)
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, name) for name in ("positives", "negatives", "test", "scored")}
        rows = {"test": [{"text": row["text"]} for row in test], "positives": [], "negatives": []}
        for row in train:
            rows["positives" if row["label"] == "math" else "negatives"].append({"text": row["text"]})
        for name, some in rows.items():
            files[name].write_text("".join(json.dumps(row) + "\n" for row in some))
        subprocess.run(
            [sys.executable, "-m", "mathkit", "recall", "--positives", files["positives"], "--negatives",
             files["negatives"], "--threshold", "0", "-q", files["test"], "-o", files["scored"], *options],
            check=True,
        )  # fmt: skip
        scores = [json.loads(line)["recall"]["score"] for line in files["scored"].open("rb")]
    return list(zip(test, scores, strict=True))


def measure(judged: Judged, threshold: float) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    counts = Counter((row["label"] == "math", score >= threshold) for row, score in judged)
    found, mistaken, missed = counts[True, True], counts[False, True], counts[True, False]
    precision, recall = found / max(found + mistaken, 1), found / max(found + missed, 1)
    return precision, recall, 2 * found / max(2 * found + mistaken + missed, 1)


def show(title: str, judged: Judged) -> None:
    print(f"\n{title}")
    for language in sorted({row["lang"] for row, _ in judged}):
        mine = [(row, score) for row, score in judged if row["lang"] == language]
        precision, recall, f1 = measure(mine, 0.5)
        best, at = max((measure(mine, step / 100)[2], step / 100) for step in range(1, 100))
        print(f"{language}  precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}  best {best:.4f} at {at:.2f}")


def show_sources(judged: Judged) -> None:
    key: Callable[[Document], tuple[str, str, str]] = lambda row: (row["lang"], row["source"], row["label"])  # noqa: E731
    right, total = Counter(), Counter()
    for row, score in judged:
        total[key(row)] += 1
        right[key(row)] += (score >= 0.5) == (row["label"] == "math")
    for name in sorted(total):
        print(f"{name[0]}  {name[1]:20} {name[2]:8} {total[name]:6,} documents  {right[name] / total[name]:.3f} right")


def main(folder: str, *options: str) -> None:
    documents = [json.loads(line) for path in sorted(Path(folder).glob("*.jsonl")) for line in path.open("rb")]
    start = time.monotonic()
    judged: Judged = []
    for source in sorted({row["source"] for row in documents}):
        rest = (row for row in documents if row["source"] != source)
        judged += judge(rest, (row for row in documents if row["source"] == source), list(options))
    show_sources(judged)
    show(f"sources never seen, {time.monotonic() - start:.0f} s", judged)
    half = {row["id"] for row in documents if blake2b(str(row["id"]).encode(), digest_size=1).digest()[0] % 2}
    chosen = [row for row in documents if row["id"] in half], [row for row in documents if row["id"] not in half]
    show("the other half of the same sources", judge(*chosen, list(options)))


if __name__ == "__main__":
    main(*sys.argv[1:])
