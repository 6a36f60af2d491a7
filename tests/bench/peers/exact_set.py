"""A Python set of the texts' digests: INPUT OUTPUT."""

import sys
from hashlib import blake2b
from pathlib import Path

from common import batches

source, target = sys.argv[1:]
seen: set[bytes] = set()
with Path(target).open("wb") as out:
    for batch in batches(source, 1000):
        for line, text in batch:
            digest = blake2b(text.encode(), digest_size=16).digest()
            if digest not in seen:
                seen.add(digest)
                out.write(line)
