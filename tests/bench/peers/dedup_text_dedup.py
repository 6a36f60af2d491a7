"""text-dedup's minhash, 128 permutations, its faster hash, on 2 cores: INPUT OUTPUT THRESHOLD."""

import subprocess
import sys
import tempfile
from pathlib import Path

from datasets import load_from_disk

source, target, threshold = sys.argv[1:]
with tempfile.TemporaryDirectory() as work:
    kept = Path(work, "kept")
    subprocess.run(
        [sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", source, "--split", "train",
         "--cache_dir", f"{work}/cache", "--output", kept, "--column", "text", "--threshold", threshold,
         "--num_perm", "128", "--hash_func", "xxh3", "--num_proc", "2"],
        check=True,
    )  # fmt: skip
    load_from_disk(str(kept)).to_json(target, force_ascii=False)
