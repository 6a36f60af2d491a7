"""rapidfuzz's longest common subsequence of words, one call a pair: BENCHMARK INPUT OUTPUT."""

import re
import sys
from pathlib import Path

from common import batches, texts
from rapidfuzz.distance import LCSseq

benchmark, source, target = sys.argv[1:]
letters: dict[str, str] = {}


def spelled(text: str) -> str:
    """Return a text's words as one character each."""
    return "".join(
        letters.setdefault(word, chr(0x10000 + len(letters))) for word in re.findall(r"[^\W_]+", text.lower())
    )


items = [item for text in texts(benchmark) if (item := spelled(text))]
with Path(target).open("wb") as out:
    for batch in batches(source, 1000):
        for line, text in batch:
            problem = spelled(text)
            if not any(5 * LCSseq.similarity(problem, item) >= 3 * min(len(problem), len(item)) for item in items):
                out.write(line)
