"""How fast recall judges documents with a trained model, beside fastText's own Python, on one core.

    python tests/bench/recall_speed.py FOLDER [documents] [repetitions]

FOLDER holds JSON Lines of documents with text. They are cut and mixed into so many (20,000) of about 3 KB, and judged
with a model of 256 dimensions, word 3-grams and 2,000,000 buckets that fastText trained. Both are whole processes:
start, load, read, judge, write; they take turns. Prints documents a second, the most memory, and whether both kept the
same.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAIN = """
import fasttext, sys
model = fasttext.train_supervised(sys.argv[1], dim=256, epoch=1, wordNgrams=3, bucket=2_000_000, thread=1, verbose=0)
model.save_model(sys.argv[2])
"""
PEER = """
import fasttext, json, sys
fasttext.FastText.eprint = lambda message: None
model = fasttext.load_model(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as documents, open(sys.argv[3], "w", encoding="utf-8") as kept:
    for line in documents:
        row = json.loads(line)
        labels, chances = model.predict(row["text"].replace("\\n", " "), k=2)
        score = dict(zip(labels, chances))["__label__math"]
        if score >= 0.5:
            kept.write(json.dumps({**row, "score": float(score)}, ensure_ascii=False) + "\\n")
"""


def write_documents(folder: str, count: int, path: Path) -> None:
    rows = [json.loads(line) for file in sorted(Path(folder).glob("*.jsonl")) for line in file.open("rb")]
    lines = [line[:1500] for row in rows for line in row["text"].split("\n") if len(line) > 40]
    draw = random.Random(4)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text: list[str] = []
            while sum(len(line.encode()) for line in text) < 2700:
                text.append(draw.choice(lines))
            file.write(json.dumps({"id": number, "text": "\n".join(text)}, ensure_ascii=False) + "\n")


def train(documents: Path, folder: Path) -> Path:
    examples, model = folder / "examples.txt", folder / "model.bin"
    draw = random.Random(5)
    with documents.open("rb") as file, examples.open("w", encoding="utf-8") as out:
        for _, line in zip(range(5000), file, strict=False):
            label = draw.choice(["math", "general"])
            out.write(f"__label__{label} {' '.join(json.loads(line)['text'].split())}\n")
    environment = os.environ | {"MALLOC_PERTURB_": "255"}
    subprocess.run([sys.executable, "-c", TRAIN, examples, model], check=True, env=environment)
    return model


def run(words: list[object]) -> tuple[float, float]:
    """Run a program and return its seconds and the most memory it held, in MB."""
    start = time.monotonic()
    process = subprocess.Popen(
        list(map(str, words)), env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, words
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main(folder: str, count: str = "20000", repetitions: str = "3") -> None:
    core = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        documents, peer, own = work / "documents.jsonl", work / "peer.jsonl", work / "own.jsonl"
        write_documents(folder, int(count), documents)
        model = train(documents, work)
        os.sched_setaffinity(0, {core})
        programs = {
            "fasttext": [sys.executable, "-c", PEER, model, documents, peer],
            "mathkit": [
                sys.executable,
                "-m",
                "mathkit",
                "recall",
                "-q",
                "-j",
                1,
                "--model",
                model,
                documents,
                "-o",
                own,
            ],
        }
        for program in programs.values():
            run(program)  # files into the page cache
        best: dict[str, float] = {}
        for _ in range(int(repetitions)):
            for title, program in programs.items():
                seconds, megabytes = run(program)
                best[title] = max(best.get(title, 0), int(count) / seconds)
                print(f"{title:10}{seconds:8.2f} s {int(count) / seconds:10,.0f} documents/s {megabytes:8,.0f} MB")
        print(f"ratio of the best: {best['mathkit'] / best['fasttext']:.1f}")
        theirs = {row["id"]: row["score"] for row in map(json.loads, peer.open("rb"))}
        ours = {row["id"]: row["recall"]["score"] for row in map(json.loads, own.open("rb"))}
        difference = max((abs(ours[name] - score) for name, score in theirs.items() if name in ours), default=0)
        print(f"kept by both {len(theirs.keys() & ours.keys()):,}, by one {len(theirs.keys() ^ ours.keys()):,}; "
              f"probabilities differ by {difference:.7f} at most")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
