"""The lines of an input, plain or compressed."""

from collections.abc import Iterator

from mathkit.errors import BadData
from mathkit.jsonl.files import CORRUPT, Digest, Source, open_input, pipe_below

_BOM = b"\xef\xbb\xbf"


class Lines:
    """The lines of a file that are not blank."""

    def __init__(self, path: str, digest: Digest | None = None) -> None:
        self._path = path
        self._digest = digest  # takes note of what is read
        self._number = 0
        self._taken = 0  # bytes of the file, decompressed
        self._pipe: Source | None = None

    def __iter__(self) -> Iterator[bytes]:
        with open_input(self._path, self._digest) as stream:
            self._pipe = pipe_below(stream)
            try:
                while line := stream.readline():
                    self._number += 1
                    self._taken += len(line)
                    line = line.removeprefix(_BOM)  # in the middle, too, where files were put together
                    if line and not line.isspace():
                        yield line
            except CORRUPT as error:
                place = f"{self._path}:{self._number + 1}"
                raise BadData(f"{place}: the compressed stream is broken: {error}") from None

    @property
    def place(self) -> str:
        """Where the last line stands."""
        return f"{self._path}:{self._number}"

    def would_wait(self) -> bool:
        """Return whether the next line is not there yet."""
        return self._pipe is not None and self._pipe.would_wait(self._taken)
