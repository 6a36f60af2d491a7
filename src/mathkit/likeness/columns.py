"""Files that only grow: rows of one size, mapped into memory, and pieces of any size, read one by one.

What was appended counts once a manifest says so: opened with the counts of the manifest, a file forgets what a
killed run left behind them.
"""

import mmap
import os
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mathkit.errors import MathkitError

_STEP = 1 << 20  # bytes, by which a mapped file grows at least


def open_file(path: Path | None) -> IO[bytes]:
    """Open a file that can be read and appended to; without a path one that vanishes with the process."""
    if path is None:
        return tempfile.TemporaryFile(prefix="mathkit-", buffering=0)
    path.touch()
    return path.open("r+b", buffering=0)


def check_size(file: IO[bytes], size: int) -> None:
    """Raise MathkitError for a file that has lost some of the bytes that its manifest counts on."""
    if os.fstat(file.fileno()).st_size < size:
        raise MathkitError(f"{file.name}: the file is damaged: it holds fewer than {size:,} bytes")


class Rows:
    """An array of rows in a file."""

    def __init__(self, file: IO[bytes], dtype: type[np.generic], width: int, count: int = 0) -> None:
        self._file = file
        self._dtype, self._width = np.dtype(dtype), width
        self._size = self._dtype.itemsize * width
        self._capacity = 0
        self._array: NDArray[Any] = np.empty((0, width), dtype)
        self.count = count
        check_size(file, count * self._size)
        self._file.truncate(count * self._size)
        if count and self._size:
            self._reserve(count)

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows at the end."""
        end = self.count + len(rows)
        if self._size:
            if end > self._capacity:
                self._reserve(end)
            self._array[self.count : end] = rows
        self.count = end

    def __getitem__(self, numbers: Any) -> NDArray[Any]:
        found: NDArray[Any] = self._array[numbers]
        return found

    def save(self) -> None:
        """Put the rows on disk, and nothing behind them."""
        self._file.truncate(self.count * self._size)
        os.fsync(self._file.fileno())
        self._capacity = self.count

    def _reserve(self, count: int) -> None:
        size = max(count * self._size + _STEP, count * self._size * 5 // 4)
        capacity = size // self._size
        self._file.truncate(capacity * self._size)
        mapped = mmap.mmap(self._file.fileno(), capacity * self._size)
        self._array = np.frombuffer(mapped, self._dtype).reshape(capacity, self._width)
        self._capacity = capacity


class Pieces:
    """Byte strings in a file, each found by where it ends; the memory of one offset each."""

    def __init__(self, file: IO[bytes], ends: Rows) -> None:
        self._file = file
        self._ends = ends
        self._end = int(ends[ends.count - 1, 0]) if ends.count else 0
        self._mapped: mmap.mmap | bytes = b""
        check_size(file, self._end)
        self._file.truncate(self._end)
        self._file.seek(self._end)

    def append(self, data: bytes, sizes: NDArray[np.int64]) -> None:
        """Add pieces of the given sizes that lie one after the other in `data`."""
        rest = memoryview(data)
        while rest:  # a disk that is full takes a part before it says so
            rest = rest[self._file.write(rest) :]
        self._ends.append((self._end + np.cumsum(sizes)).reshape(-1, 1))
        self._end += len(data)

    def __getitem__(self, number: int) -> bytes:
        start = int(self._ends[number - 1, 0]) if number else 0
        end = int(self._ends[number, 0])
        if end > len(self._mapped):
            self._mapped = mmap.mmap(self._file.fileno(), self._end, access=mmap.ACCESS_READ)
        return self._mapped[start:end]

    def save(self) -> None:
        """Put the pieces on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._ends.save()
