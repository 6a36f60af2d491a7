"""datasketch in the loop of its documentation: INPUT OUTPUT THRESHOLD."""

import sys
from pathlib import Path

from common import batches, shingles
from datasketch import MinHash, MinHashLSH

source, target, threshold = sys.argv[1:]
index = MinHashLSH(threshold=float(threshold), num_perm=128)
with Path(target).open("wb") as out:
    for batch in batches(source, 1000):
        for line, text in batch:
            sketch = MinHash(num_perm=128)
            sketch.update_batch([shingle.encode() for shingle in shingles(text)])
            if not index.query(sketch):
                index.insert(len(index.keys), sketch)
                out.write(line)
