"""rensa's RMinHashDeduplicator, which verifies by its sketches what its 16 bands of 8 find: INPUT OUTPUT THRESHOLD."""

import sys
from pathlib import Path

from common import batches, shingles
from rensa import RMinHash, RMinHashDeduplicator

source, target, threshold = sys.argv[1:]
seen = RMinHashDeduplicator(float(threshold), 128, True, 16, 42)
count = 0
with Path(target).open("wb") as out:
    for batch in batches(source, 1000):
        sketches = RMinHash.from_token_sets([shingles(text) for _, text in batch], 128, 42)
        new = seen.add_pairs([(str(count + place), sketch) for place, sketch in enumerate(sketches)])
        count += len(batch)
        out.writelines(line for (line, _), is_new in zip(batch, new, strict=True) if is_new)
