"""How well recall finds the mathematical half of a labelled collection after training on the other half.

    python tests/bench/recall_f1.py FOLDER

FOLDER holds JSON Lines of documents with id, text, lang and label ("math" or anything else). Documents are split
by a hash of their id. Prints precision, recall and F1 for each language, training and filtering with the
command line as a user would.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from hashlib import blake2b
from pathlib import Path


def in_training_half(document: dict) -> bool:
    return blake2b(str(document["id"]).encode(), digest_size=1).digest()[0] % 2 == 0


def main(folder: str) -> None:
    documents = [json.loads(line) for path in sorted(Path(folder).glob("*.jsonl")) for line in path.open("rb")]
    train = [document for document in documents if in_training_half(document)]
    test = [document for document in documents if not in_training_half(document)]
    with tempfile.TemporaryDirectory() as work:
        files = {name: Path(work, name) for name in ("positives", "negatives", "test", "kept")}
        for name, rows in {
            "positives": [document for document in train if document["label"] == "math"],
            "negatives": [document for document in train if document["label"] != "math"],
            "test": test,
        }.items():
            files[name].write_text("".join(json.dumps(row) + "\n" for row in rows))
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "mathkit", "recall", "--positives", files["positives"],
             "--negatives", files["negatives"], files["test"], "-o", files["kept"]],
            check=True,
        )  # fmt: skip
        seconds = time.monotonic() - start
        kept = {json.loads(line)["id"] for line in files["kept"].open("rb")}
    counts = Counter((row["lang"], row["label"] == "math", row["id"] in kept) for row in test)
    print(f"{len(train):,} documents to train, {len(test):,} to test, {seconds:.1f} s")
    for language in sorted({row["lang"] for row in test}):
        found, false, missed = (counts[language, *kind] for kind in ((True, True), (False, True), (True, False)))
        precision, recall = found / (found + false), found / (found + missed)
        f1 = 2 * found / (2 * found + false + missed)
        print(f"{language}: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f} ({found + missed:,} pages)")


if __name__ == "__main__":
    main(*sys.argv[1:])
