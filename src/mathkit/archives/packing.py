"""The bytes of a file, unpacked, with the place that each came from and the damage between them.

An archive is usually one gzip member (or zstd frame) a record, so that a reader can begin at any of them. That
is also what makes a damaged one readable: what follows the damage begins with the next member that holds a
record. Readers that see one long stream give up at the first damage.
"""

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK = 1 << 16  # bytes read, and at most unpacked, at a time
_KEPT = 1 << 20  # bytes of the file before the place of reading, in which the next member is looked for
_RECORD = b"WARC/"  # how what follows damage must begin, for two bytes of a magic number are found anywhere
_DICTIONARY = b"\x5d\x2a\x4d\x18"  # the frame that a .warc.zst may begin with
_NEEDED = 8  # bytes that tell what a member is, with the size of a dictionary


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a file cannot be unpacked: the byte where the damaged member begins, and what is wrong with it."""

    offset: int
    detail: str
    final: bool  # nothing after it can be read


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes, the offset in the file of the member that they were packed in, and the damage after them."""

    data: bytes
    member: int | None
    damage: Damage | None = None


class _Decoder(Protocol):
    name: str
    magic: bytes
    eof: bool
    unused: bytes  # what was fed and is not part of the member
    hungry: bool  # nothing more comes out of what was fed

    def __init__(self, dictionary: bytes) -> None: ...

    def feed(self, data: bytes) -> bytes:
        """Return the next bytes of the member, at most a chunk."""


class _Gzip:
    name = "gzip"
    magic = b"\x1f\x8b\x08"

    def __init__(self, dictionary: bytes) -> None:
        self._object = zlib.decompressobj(wbits=31)
        self.unused = b""
        self.eof = False
        self.hungry = True

    def feed(self, data: bytes) -> bytes:
        made = self._object.decompress(self._object.unconsumed_tail + data, _CHUNK)
        self.eof, self.unused = self._object.eof, self._object.unused_data
        self.hungry = not self._object.unconsumed_tail and len(made) < _CHUNK
        return made


class _Zstd:
    name = "zstd"
    magic = b"\x28\xb5\x2f\xfd"

    def __init__(self, dictionary: bytes) -> None:
        self._object = zstd.ZstdDecompressor(zstd.ZstdDict(dictionary) if dictionary else None)
        self.unused = b""
        self.eof = False
        self.hungry = True

    def feed(self, data: bytes) -> bytes:
        made: bytes = self._object.decompress(data, _CHUNK)
        self.eof = self._object.eof
        self.unused = self._object.unused_data
        self.hungry = self._object.needs_input
        return made


_MAGIC = ((_Gzip, _Gzip.magic), (_Zstd, _Zstd.magic), (_Zstd, _DICTIONARY))
_BROKEN = (zlib.error, zstd.ZstdError)


def pieces(file: IO[bytes]) -> Iterator[Piece]:
    """Yield the unpacked bytes of a plain, gzip or zstd file, told apart by its first bytes."""
    window = _Window(file)
    window.need(_NEEDED)
    for kind, magic in _MAGIC:
        if window.starts(magic):
            yield from _unpacked(window, kind)
            return
    while window.need(1):
        yield Piece(window.take(), None)


def _unpacked(window: "_Window", kind: type[_Decoder]) -> Iterator[Piece]:
    """Yield what the members hold; bytes wait until the next are known to be sound, or the member's end."""
    dictionary = b""
    while window.need(1):
        window.need(_NEEDED)
        start = window.offset
        if window.starts(_DICTIONARY):
            dictionary = _dictionary(window)
            continue
        if window.starts(b"\0") and not window.rest.strip(b"\0"):  # what tapes and block devices are filled up with
            window.take()
            continue
        waiting = b""
        try:
            if not window.starts(kind.magic):
                raise zlib.error(f"no {kind.name} member begins here")
            decoder = kind(dictionary)
            while not decoder.eof:
                if decoder.hungry and not window.need(1):
                    yield Piece(waiting, start, Damage(start, "it is cut off", final=True))
                    return
                made = decoder.feed(window.take() if decoder.hungry else b"")
                if made:
                    if waiting:
                        yield Piece(waiting, start)
                    waiting = made
            window.give_back(len(decoder.unused))
            yield Piece(waiting, start)
        except _BROKEN as error:
            found = _seek(window, kind, dictionary, after=start)
            yield Piece(waiting, start, Damage(start, str(error), final=not found))


def _dictionary(window: "_Window") -> bytes:
    """Return the dictionary in the skippable frame that begins here, itself packed or not."""
    size = int.from_bytes(window.rest[4:8], "little")
    window.need(_NEEDED + size)
    data = window.take()
    window.give_back(max(0, len(data) - _NEEDED - size))
    data = data[_NEEDED : _NEEDED + size]
    return zstd.decompress(data) if data.startswith(_Zstd.magic) else data


def _seek(window: "_Window", kind: type[_Decoder], dictionary: bytes, *, after: int) -> bool:
    """Go to the next member that holds a record; return whether there is one."""
    window.back_to(after + 1)
    while True:
        place = window.rest.find(kind.magic)
        if place < 0:
            window.forward(max(0, len(window.rest) - len(kind.magic) + 1))
            if not window.more():
                return False
            continue
        window.forward(place)
        window.need(_CHUNK)
        try:
            if kind(dictionary).feed(window.rest[:_CHUNK]).startswith(_RECORD):
                return True
        except _BROKEN:
            pass
        window.forward(1)


class _Window:
    """The bytes of a file around the place of reading."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._data = b""
        self._base = 0  # where in the file the data begins
        self._at = 0

    @property
    def offset(self) -> int:
        return self._base + self._at

    @property
    def rest(self) -> bytes:
        return self._data[self._at :]

    def starts(self, prefix: bytes) -> bool:
        return self._data.startswith(prefix, self._at)

    def more(self) -> bool:
        """Read on, without waiting for more than there is; return whether there was anything."""
        new: bytes = self._file.read1(_CHUNK)  # type: ignore[attr-defined]
        drop = max(0, self._at - _KEPT)
        self._data = self._data[drop:] + new
        self._base += drop
        self._at -= drop
        return bool(new)

    def need(self, size: int) -> bool:
        """Read until there are `size` bytes; return whether there are."""
        while len(self._data) - self._at < size:
            if not self.more():
                return False
        return True

    def take(self) -> bytes:
        rest = self.rest
        self._at = len(self._data)
        return rest

    def give_back(self, size: int) -> None:
        self._at -= size

    def forward(self, size: int) -> None:
        self._at += size

    def back_to(self, offset: int) -> None:
        self._at = max(0, offset - self._base)
