"""How fast dedup is beside datasketch in a loop, whole processes in one run: the ratio is what counts.

    python tests/bench/dedup_speed.py [DOCUMENTS]

Makes DOCUMENTS (default 10,000) documents of 400 words, one in ten a copy with some words changed, and gives them to
mathkit dedup and to datasketch's MinHash and MinHashLSH over word 5-grams, both at threshold 0.8 and 128 permutations.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = """
import json, sys
from datasketch import MinHash, MinHashLSH
lsh = MinHashLSH(threshold=0.8, num_perm=128)
for line in sys.stdin.buffer:
    record = json.loads(line)
    words = record["text"].split()
    sketch = MinHash(num_perm=128)
    sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
    if not lsh.query(sketch):
        lsh.insert(record["id"], sketch)
        sys.stdout.buffer.write(line)
"""


def main(count: str = "10000") -> None:
    chance = random.Random(0)
    vocabulary = [f"word{number}" for number in range(50_000)]
    texts: list[list[str]] = []
    for number in range(int(count)):
        text = list(chance.choice(texts)) if number % 10 == 9 else chance.choices(vocabulary, k=400)
        if number % 10 == 9:
            for place in chance.sample(range(400), 4):
                text[place] = chance.choice(vocabulary)
        texts.append(text)
    with tempfile.TemporaryDirectory() as work:
        source = Path(work, "documents.jsonl")
        with source.open("w") as file:
            for number, text in enumerate(texts):
                file.write(json.dumps({"id": str(number), "text": " ".join(text)}) + "\n")
        seconds = {}
        for name, command in {
            "mathkit": [sys.executable, "-m", "mathkit", "dedup", "-q", "--threshold", "0.8"],
            "datasketch": [sys.executable, "-c", PEER],
        }.items():
            start = time.monotonic()
            with source.open("rb") as stdin:
                done = subprocess.run(command, stdin=stdin, stdout=subprocess.PIPE, check=True)
            seconds[name] = time.monotonic() - start
            kept = done.stdout.count(b"\n")
            print(f"{name:<10} {seconds[name]:6.1f} s {len(texts) / seconds[name]:8,.0f} documents/s, {kept:,} kept")
    print(f"ratio {seconds['datasketch'] / seconds['mathkit']:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
