"""Where lines go: standard output, or a file that bears its name only once it is whole."""

import os
import stat
from pathlib import Path
from typing import IO

from mathkit.errors import MathkitError, UsageError
from mathkit.jsonl.files import STANDARD, Digest, open_output


class Sink:
    """An output that is either committed or left as FILE.partial.

    Lines into a pipe or a terminal leave at once, so that the next program works on them while this one waits
    for a model or for its input. Raises MathkitError when nothing can be written and BrokenPipeError when
    nobody reads any more.
    """

    def __init__(self, path: str | None, digest: Digest | None = None) -> None:
        self._digest = digest  # takes note of the lines
        self._name = "standard output" if path in (None, STANDARD) else str(path)
        self._final: Path | None = None
        try:
            if path is None or path == STANDARD:
                self._file = _take_standard_output()
            else:
                target = Path(path)
                if _may_be_replaced(target):
                    self._final = Path(os.path.realpath(target))  # a link stays one
                    target = Path(f"{self._final}.partial")
                self._file = open_output(target, path)
                self._partial = target
        except OSError as error:
            raise UsageError(f"{self._name}: {error.strerror}") from None
        self._at_once = not _is_regular(self._file)

    def write(self, line: bytes) -> None:
        """Write one line."""
        try:
            self._file.write(line)
            if self._digest:
                self._digest.update(line)
            if self._at_once:
                self._file.flush()
        except OSError as error:
            raise self._explained(error) from None

    def commit(self) -> None:
        """Make the output final: everything is on disk, and FILE.partial becomes FILE."""
        try:
            self._file.close()
            if self._final:
                self._partial.replace(self._final)
        except OSError as error:
            raise self._explained(error) from None

    def abandon(self) -> None:
        """Keep what was written, as FILE.partial."""
        try:
            self._file.close()
        except OSError:
            _close_without_flush(self._file)

    def _explained(self, error: OSError) -> Exception:
        if isinstance(error, BrokenPipeError):
            return error
        return MathkitError(f"{self._name}: {error.strerror or error}")


def _take_standard_output() -> IO[bytes]:
    """Keep standard output for data: whatever else prints there (C libraries too) goes to standard error."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "wb")


def _may_be_replaced(path: Path) -> bool:
    """Return whether a path is, or will be, a file of its own: no device, no pipe, no other name of a stream."""
    beyond = path.readlink() if path.is_symlink() else path
    is_stream = any(part.parts[:2] in (("/", "dev"), ("/", "proc")) for part in (path.absolute(), beyond))
    return not is_stream and (path.is_file() or not path.exists())


def _is_regular(file: IO[bytes]) -> bool:
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (OSError, AttributeError):  # a compressor has no file descriptor, and nothing to gain from flushes
        return True


def _close_without_flush(file: IO[bytes]) -> None:
    """Point the descriptor at nothing, so that closing the file at exit cannot fail once more."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, file.fileno())
        os.close(null)
        file.close()
    except (OSError, ValueError, AttributeError):
        return
