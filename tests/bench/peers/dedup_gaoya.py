"""gaoya's index of strings, which verifies what its 16 bands of 8 find, on all cores: INPUT OUTPUT THRESHOLD."""

import sys
from pathlib import Path

from common import NGRAM, batches
from gaoya.minhash import MinHashStringIndex

source, target, threshold = sys.argv[1:]
index = MinHashStringIndex(
    hash_size=32, jaccard_threshold=float(threshold), num_bands=16, band_size=8, analyzer="word", lowercase=True,
    ngram_range=(NGRAM, NGRAM), id_container="smallvec",
)  # fmt: skip
dropped: set[int] = set()
count = 0
with Path(target).open("wb") as out:
    for batch in batches(source, 5000):
        texts = [text for _, text in batch]
        numbers = range(count, count + len(batch))
        count += len(batch)
        index.par_bulk_insert_docs(list(numbers), texts)
        for number, (line, _), alike in zip(numbers, batch, index.par_bulk_query(texts), strict=True):
            if any(other < number and other not in dropped for other in alike):
                dropped.add(number)
            else:
                out.write(line)
