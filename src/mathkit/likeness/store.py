"""What is kept of each text: in files that vanish with the process, or in a directory that later runs read.

A directory holds what its manifest names: columns that are only appended to, and sorted runs of bucket entries that
are never changed. The manifest is replaced at the end of a run, in one step; what a killed run left is overwritten by
the next one. A second run that writes into the same directory is refused.
"""

import json
import re
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mathkit.durable import hold_alone, replace_file
from mathkit.errors import MathkitError, UsageError
from mathkit.grams import Hashes
from mathkit.jsonl.codec import dump, parse
from mathkit.likeness.buckets import Buckets
from mathkit.likeness.clusters import Clusters
from mathkit.likeness.columns import Pieces, Rows, open_file
from mathkit.likeness.sketch import Features

_MANIFEST = "manifest.json"
_FORMAT = 2
_OWN = re.compile(r"(?:digests|sketches|ids|shingles)\.|(?:run|clusters)-|manifest\.|lock$")  # names of our files


class Store:
    """The ids, digests, sketches, shingles, clusters and buckets of the texts seen so far.

    `settings` are what the texts of a directory must have been read with, under the names of the options.
    """

    def __init__(
        self, directory: Path | None, settings: Mapping[str, Any], *, sketch_width: int, with_shingles: bool
    ) -> None:
        self._directory = directory
        self._settings = {"format": _FORMAT, **settings}
        manifest = self._open_directory(directory) if directory else {}
        count = manifest.get("texts", 0)
        self.digests = Rows(self._file("digests.u64"), np.uint64, 2, count)
        self.sketches = Rows(self._file("sketches.u8"), np.uint8, sketch_width, count)
        self._ids = Pieces(self._file("ids.jsonl"), Rows(self._file("ids.ends.i64"), np.int64, 1, count))
        self._shingles: Pieces | None = None
        if with_shingles:
            ends = Rows(self._file("shingles.ends.i64"), np.int64, 1, count)
            self._shingles = Pieces(self._file("shingles.u32"), ends)
        self.clusters = Clusters()
        self.buckets = Buckets()
        self._saved_runs: list[tuple[Hashes, str]] = []
        if directory and manifest:
            self.clusters = Clusters(array("I", _whole(directory / manifest["clusters"], 4 * count).read_bytes()))
            for name, entries in manifest["runs"].items():
                run = np.memmap(_whole(directory / name, 8 * entries), np.uint64, "r")
                self.buckets.add(run)
                self._saved_runs.append((run, name))

    def __len__(self) -> int:
        return self.digests.count

    def append(self, ids: Sequence[Any], features: Features) -> None:
        """Keep some texts, each in a cluster of its own and in no bucket yet."""
        lines = [dump({"id": id}) for id in ids]
        self._ids.append(b"".join(lines), np.array([len(line) for line in lines]))
        self.digests.append(features.digests)
        self.sketches.append(features.sketches)
        if self._shingles:
            self._shingles.append(features.shingles.tobytes(), np.diff(features.bounds) * features.shingles.itemsize)
        self.clusters.grow(len(ids))

    def id(self, number: int) -> Any:
        """Return the id of a text."""
        return parse(self._ids[number])["id"]

    def shingles(self, number: int) -> NDArray[np.uint32]:
        """Return the shingles of a text."""
        assert self._shingles is not None
        return np.frombuffer(self._shingles[number], np.uint32)

    def save(self) -> None:
        """Make what was added part of the directory."""
        if not self._directory:
            return
        self.digests.save()
        self.sketches.save()
        self._ids.save()
        if self._shingles:
            self._shingles.save()
        count = len(self)
        clusters = f"clusters-{count}.u32"
        replace_file(self._directory / clusters, self.clusters.parents.tobytes())
        runs = {
            self._save_run(run, f"run-{count}-{place}.u64"): len(run) for place, run in enumerate(self.buckets.runs)
        }
        manifest = {
            "settings": self._settings,
            "texts": count,
            "clusters": clusters,
            "runs": runs,
        }
        replace_file(self._directory / _MANIFEST, json.dumps(manifest, indent=1).encode())
        for path in [*self._directory.glob("run-*"), *self._directory.glob("clusters-*")]:
            if path.name not in (*runs, clusters):
                path.unlink()

    def _save_run(self, run: Hashes, name: str) -> str:
        for saved, its_name in self._saved_runs:
            if saved is run:
                return its_name
        assert self._directory
        replace_file(self._directory / name, run.tobytes())
        return name

    def _file(self, name: str) -> IO[bytes]:
        return open_file(self._directory / name if self._directory else None)

    def _open_directory(self, directory: Path) -> Any:
        """Lock a directory and return its manifest, {} for a new one."""
        path = directory / _MANIFEST
        if not directory.absolute().parent.is_dir() or (directory.exists() and not directory.is_dir()):
            raise UsageError(f"--index {directory}: cannot be made a directory")
        directory.mkdir(exist_ok=True)
        if not path.exists() and not all(_OWN.match(other.name) for other in directory.iterdir()):
            raise UsageError(f"--index {directory}: holds other files, and is no index")
        self._lock = (directory / "lock").open("w")
        hold_alone(self._lock, f"--index {directory}")
        if not path.exists():
            return {}
        try:
            manifest = json.loads(path.read_bytes())
            settings = manifest["settings"]
        except (ValueError, KeyError, TypeError):
            raise MathkitError(f"{path}: not the manifest of an index") from None
        for name, value in self._settings.items():
            if settings.get(name) != value:
                raise UsageError(f"--index {directory}: was made with {name} {settings.get(name)}, not {value}")
        return manifest


def _whole(path: Path, size: int) -> Path:
    """Return the path of a file of the size that the manifest says, or raise MathkitError."""
    if path.stat().st_size != size:
        raise MathkitError(f"{path}: the file is damaged: it does not hold {size:,} bytes")
    return path
