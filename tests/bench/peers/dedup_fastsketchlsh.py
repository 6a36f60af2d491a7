"""FastSketchLSH, 16 bands of 8, what they find verified by the sketches, on all cores: INPUT OUTPUT THRESHOLD."""

import sys
from pathlib import Path

import numpy as np
from common import batches, shingles
from FastSketchLSH import LSH, FastSimilaritySketch

source, target, threshold = sys.argv[1:]
sketcher = FastSimilaritySketch(size=128, seed=42)
index = LSH(128, 16)
sketches = np.empty((0, 128), np.uint64)
dropped: set[int] = set()
count = 0
with Path(target).open("wb") as out:
    for batch in batches(source, 5000):
        rows = sketcher.batch([shingles(text) for _, text in batch])
        index.insert(rows)
        if len(sketches) < count + len(rows):
            sketches = np.resize(sketches, (2 * (count + len(rows)), 128))
        sketches[count : count + len(rows)] = rows
        for (line, _), row, candidates in zip(batch, rows, index.query(rows), strict=True):
            earlier = [other for other in candidates if other < count and other not in dropped]
            if earlier and (sketches[earlier] == row).mean(axis=1).max() >= float(threshold):
                dropped.add(count)
            else:
                out.write(line)
            count += 1
