"""What further rounds and domains add to recall, and whether they add mistakes.

    python tests/bench/recall_rounds.py FOLDER [recall's options]

FOLDER holds JSON Lines of documents with id, text, url, lang, source and label ("math" or anything else). A twentieth
of them, by a hash of the id, are the seeds, and the rest is the pool; then all of some sources are seeds and all others
the pool. Prints precision, recall and F1 over the pool for one round, for three, and for both with domains, and how
many pages domains found of which the text did not tell.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from hashlib import blake2b
from pathlib import Path

SEEDED = {"planetmath", "digital.gov", "conic10k", "cmrc2018", "howtocook", "c4-demo"}
RUNS = {
    "one round": ["--rounds", "1"],
    "three rounds": ["--rounds", "3", "--expand-domains", "1"],
    "one round, domains": ["--rounds", "1", "--expand-domains", "0.1"],
    "three rounds, domains": ["--rounds", "3"],
}


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps({key: row[key] for key in ("id", "text", "url")}) + "\n" for row in rows))
    return path


def show(title: str, seeds: list[dict], pool: list[dict], options: list[str]) -> None:
    is_math = {row["id"]: row["label"] == "math" for row in pool}
    language = {row["id"]: row["lang"] for row in pool}
    print(f"{title}: {len(seeds):,} seeds, {len(pool):,} documents in the pool")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        positives = write(work / "positives", [row for row in seeds if row["label"] == "math"])
        negatives = write(work / "negatives", [row for row in seeds if row["label"] != "math"])
        documents = write(work / "pool", pool)
        for name, own in RUNS.items():
            subprocess.run(
                [sys.executable, "-m", "mathkit", "recall", "-q", "--positives", positives, "--negatives", negatives,
                 documents, "-o", work / "kept", *own, *options],
                check=True,
            )  # fmt: skip
            kept = {row["id"]: row["recall"]["via"] for row in map(json.loads, (work / "kept").open("rb"))}
            told = []
            for spoken in sorted(set(language.values())):
                counts = Counter((is_math[key], key in kept) for key in is_math if language[key] == spoken)
                found, mistaken, missed = counts[True, True], counts[False, True], counts[True, False]
                precision, recall = found / max(found + mistaken, 1), found / max(found + missed, 1)
                f1 = 2 * found / max(2 * found + mistaken + missed, 1)
                told.append(f"{spoken} P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
            ways = Counter(is_math[key] for key, way in kept.items() if way == "domain")
            print(f"  {name:22} {'   '.join(told)}   by domain {ways[True]:,} right, {ways[False]:,} wrong", flush=True)


def main(folder: str, *options: str) -> None:
    documents = [json.loads(line) for path in sorted(Path(folder).glob("*.jsonl")) for line in path.open("rb")]
    chance = {row["id"]: blake2b(str(row["id"]).encode(), digest_size=1).digest()[0] / 256 for row in documents}
    splits = {
        "seeds of every source": lambda row: chance[row["id"]] < 0.05,
        "seeds of other sources": lambda row: row["source"] in SEEDED,
    }
    for title, chosen in splits.items():
        seeds = [row for row in documents if chosen(row)]
        show(title, seeds, [row for row in documents if not chosen(row)], list(options))


if __name__ == "__main__":
    main(*sys.argv[1:])
