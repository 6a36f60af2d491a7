"""Files that other runs read: there as a whole or not at all, and written by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mathkit.errors import Unavailable


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write that gets its name, on disk and instead of what had it, when the block ends well."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too
    finally:
        os.close(folder)


def replace_file(path: Path, data: bytes) -> None:
    """Make a file hold some data, so that it never holds a part of it."""
    with replacing(path) as file:
        file.write(data)


def hold_alone(file: IO[Any], name: str) -> None:
    """Lock a file until it is closed; raise Unavailable, beginning with `name`, where another process has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Unavailable(f"{name}: another process is writing to it") from None
