"""A Python set of the benchmark's 13-grams, and nothing else: BENCHMARK INPUT OUTPUT."""

import re
import sys
from pathlib import Path

from common import batches, ngrams, texts

benchmark, source, target = sys.argv[1:]
find_words = re.compile(r"[^\W_]+").findall
known = {gram for text in texts(benchmark) for gram in ngrams(find_words(text.lower()), 13)}
with Path(target).open("wb") as out:
    for batch in batches(source, 1000):
        out.writelines(line for line, text in batch if known.isdisjoint(ngrams(find_words(text.lower()), 13)))
