"""Bytes in and out: plain, gzip and zstd files, standard input and output.

What is read is told apart by its first bytes, or else by its suffix; what is written, by its suffix.
"""

import gzip
import io
import os
import select
import stat
import sys
import zlib
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from mathkit.errors import UsageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STANDARD = "-"
CORRUPT = (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError)  # what reading a broken stream raises

_BUFFER = 1 << 20  # bytes
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_SUFFIXES = {".gz": "gzip", ".zst": "zstd"}


def check_readable(paths: list[str]) -> None:
    """Raise UsageError for a file that is not there, before any work is done."""
    for path in paths:
        if path == STANDARD:
            continue
        try:
            if Path(path).is_dir():
                raise IsADirectoryError(21, "Is a directory")
            if Path(path).is_file():  # opening a pipe twice would lose what it holds
                Path(path).open("rb").close()
            else:
                Path(path).stat()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None


def open_raw(path: str, digest: "Digest | None" = None) -> io.BufferedReader:
    """Open a file, or standard input for "-", as it is; a digest takes note of what is read."""
    file = open(0, "rb", closefd=False) if path == STANDARD else Path(path).open("rb")  # noqa: SIM115
    return io.BufferedReader(_Noted(file, digest)) if digest else file


def open_input(path: str, digest: "Digest | None" = None) -> IO[bytes]:
    """Open a file, or standard input for "-", decompressing what is compressed."""
    raw = open_raw(path, digest)
    head = raw.read(4)
    stream = io.BufferedReader(Source(head, raw), _BUFFER)
    match _compression(head, path):
        case "gzip":
            return cast(IO[bytes], gzip.GzipFile(fileobj=stream))  # a buffer more would lose what precedes damage
        case "zstd":
            return cast(IO[bytes], zstd.ZstdFile(stream))
        case _:
            return stream


def pipe_below(stream: IO[bytes]) -> "Source | None":
    """Return what a stream of `open_input` reads from, if that can make it wait: no file and no decompressor."""
    source = getattr(stream, "raw", None)
    return source if isinstance(source, Source) and not source.is_file() else None


def open_output(path: Path, name: str) -> IO[bytes]:
    """Open `path` for writing, compressing as the suffix of `name` says."""
    match _SUFFIXES.get(Path(name).suffix):
        case "gzip":
            # no time stamp and no name inside: the same records give the same bytes
            raw = path.open("wb")
            return cast(IO[bytes], _Owning(gzip.GzipFile("", "wb", 6, raw, mtime=0), raw))
        case "zstd":
            return cast(IO[bytes], zstd.ZstdFile(path, "wb", options={zstd.CompressionParameter.checksum_flag: 1}))
        case _:
            return path.open("wb", _BUFFER)


def _compression(head: bytes, path: str) -> str | None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    return _SUFFIXES.get(Path(path).suffix) if head else None


class Source(io.RawIOBase):
    """A file or pipe whose first bytes were read already, put together again."""

    def __init__(self, head: bytes, rest: io.BufferedReader) -> None:
        self._head = head
        self._rest = rest
        self._given = 0

    def is_file(self) -> bool:
        """Return whether all that there is can be read without waiting for it."""
        return stat.S_ISREG(os.fstat(self._rest.fileno()).st_mode)

    def would_wait(self, taken: int) -> bool:
        """Return whether all bytes were taken that came, and no others are there."""
        return taken == self._given and not select.select([self._rest], [], [], 0)[0]

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as one read goes, and return how far."""
        data = self._head or self._rest.read1(len(buffer))
        self._head = data[len(buffer) :]
        data = data[: len(buffer)]
        buffer[: len(data)] = data
        self._given += len(data)
        return len(data)

    def close(self) -> None:
        """Close what is read from."""
        self._rest.close()
        super().close()


class Digest(Protocol):
    """A hash of what went by."""

    def update(self, data: bytes, /) -> None:
        """Take more."""

    def hexdigest(self) -> str:
        """Return the hash of all so far."""


class _Noted(io.RawIOBase):
    """A file of which a digest takes note as it is read."""

    def __init__(self, file: io.BufferedReader, digest: Digest) -> None:
        self._file = file
        self._digest = digest

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read1(len(buffer))
        self._digest.update(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Owning(io.RawIOBase):
    """A compressor that closes the file beneath it."""

    def __init__(self, compressor: gzip.GzipFile, file: BinaryIO) -> None:
        self._compressor = compressor
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._compressor.write(data)

    def close(self) -> None:
        if not self.closed:
            try:
                self._compressor.close()
            finally:
                self._file.close()
        super().close()
