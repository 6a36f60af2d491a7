"""Records put aside on disk, to be read once more when the whole input is known."""

import pickle
import tempfile
from collections.abc import Iterator
from typing import Any


class Spool:
    """A temporary file of Python objects; it takes disk space, not memory, and vanishes with the process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="mathkit-")  # noqa: SIM115

    def append(self, item: Any) -> int:
        """Put an item aside and return the position it can be had back from."""
        position = self._file.seek(0, 2)
        pickle.dump(item, self._file, pickle.HIGHEST_PROTOCOL)
        return position

    def get(self, position: int) -> Any:
        """Return the item at a position."""
        self._file.seek(position)
        return pickle.load(self._file)

    def __iter__(self) -> Iterator[Any]:
        end = self._file.seek(0, 2)
        position = 0
        while position < end:
            self._file.seek(position)
            item = pickle.load(self._file)
            position = self._file.tell()
            yield item
