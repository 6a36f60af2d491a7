"""The lines of an input, plain or compressed."""

from collections.abc import Iterator
from typing import IO

from mathkit.errors import BadData
from mathkit.jsonl.files import CORRUPT, open_input, would_wait

_BOM = b"\xef\xbb\xbf"


class Lines:
    """The lines of a file that are not blank, each with its place."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stream: IO[bytes] | None = None
        self._taken = 0  # bytes of the file, decompressed
        self.length = 0  # bytes of the last line

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        number = 0
        with open_input(self._path) as self._stream:
            try:
                while line := self._stream.readline():
                    number += 1
                    self.length = len(line)
                    self._taken += self.length
                    if number == 1:
                        line = line.removeprefix(_BOM)
                    if line and not line.isspace():
                        yield f"{self._path}:{number}", line
            except CORRUPT as error:
                raise BadData(f"{self._path}:{number + 1}: the compressed stream is broken: {error}") from None

    def would_wait(self) -> bool:
        """Return whether the next line is not there yet."""
        return self._stream is not None and would_wait(self._stream, self._taken)
