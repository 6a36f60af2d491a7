"""datatrove's four steps of MinHash with its defaults, 14 buckets of 8 (about 0.72): INPUT OUTPUT, more is ignored."""

import sys
import tempfile
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as work:
        reader = JsonlReader(str(source.parent), glob_pattern=source.name)
        writer = JsonlWriter(str(target.parent), output_filename=target.name, compression=None)
        steps = [
            ([reader, MinhashDedupSignature(f"{work}/signatures")], 1),
            ([MinhashDedupBuckets(f"{work}/signatures", f"{work}/buckets")], 14),
            ([MinhashDedupCluster(f"{work}/buckets", f"{work}/remove")], 1),
            ([reader, MinhashDedupFilter(f"{work}/remove"), writer], 1),
        ]
        for number, (pipeline, tasks) in enumerate(steps):
            executor = LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{work}/logs{number}")
            executor.run()


if __name__ == "__main__":
    main()
