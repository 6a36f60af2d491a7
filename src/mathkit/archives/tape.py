"""The unpacked bytes of an archive, read from front to back, up to the next damage."""

from collections import deque
from collections.abc import Iterable

from mathkit.archives.packing import Damage, Piece

LINE = 1 << 16  # bytes; a longer line is no header


class Tape:
    """Reads bytes; never across damage: `gap` is then what is wrong, and `cross` goes on behind it."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = iter(pieces)
        self._buffer = bytearray()
        self._members: deque[tuple[int, int]] = deque()  # (position of its first byte, offset in the file)
        self._damage: Damage | None = None
        self._position = 0

    @property
    def gap(self) -> Damage | None:
        """The damage that stands exactly here."""
        return None if self._buffer else self._damage

    def cross(self) -> None:
        """Go on behind the damage."""
        self._damage = None

    def ended(self) -> bool:
        """Return whether there is no byte more, up to damage or the end."""
        return not self._need(1)

    def place(self) -> tuple[int, int]:
        """Return where the next byte is: offset in the file (of its member, if packed), and bytes into that."""
        while len(self._members) > 1 and self._members[1][0] <= self._position:
            self._members.popleft()
        if not self._members:
            return self._position, 0
        start, offset = self._members[0]
        return offset, self._position - start

    def peek(self, size: int) -> bytes:
        """Return the next bytes without reading them."""
        self._need(size)
        return bytes(self._buffer[:size])

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer where damage or the end comes first."""
        self._need(size)
        return self._take(min(size, len(self._buffer)))

    def skip(self, size: int) -> int:
        """Go past the next bytes and return how many there were."""
        left = size
        while left and self._need(1):
            left -= len(self._take(min(left, len(self._buffer))))
        return size - left

    def readline(self) -> bytes:
        """Return the next line with its end; no more than LINE bytes of it."""
        size = 0
        while (end := self._buffer.find(b"\n", size, LINE)) < 0 and len(self._buffer) < LINE:
            size = len(self._buffer)
            if not self._fill():
                break
        return self._take(end + 1 if end >= 0 else min(LINE, len(self._buffer)))

    def push_back(self, data: bytes) -> None:
        """Put back what was read since `place` was last asked for."""
        self._buffer[:0] = data
        self._position -= len(data)

    def read_until(self, mark: bytes, limit: int) -> bytes:
        """Return all before the next line that begins with a mark, at most `limit` bytes of it."""
        found = bytearray()
        for data in self._until(mark):
            found += data[: max(0, limit - len(found))]
        return bytes(found)

    def skip_until(self, mark: bytes) -> int:
        """Go to the next line that begins with a mark, or to damage or the end; return how many bytes that were."""
        return sum(map(len, self._until(mark)))

    def _until(self, mark: bytes) -> Iterable[bytes]:
        if self.peek(len(mark)) == mark:
            return
        while self._need(1):
            place = self._buffer.find(b"\n" + mark)
            if place >= 0:
                yield self._take(place + 1)
                return
            if not self._need(len(self._buffer) + 1):
                yield self._take(len(self._buffer))
                return
            yield self._take(max(0, len(self._buffer) - len(mark) - 1) if len(self._buffer) > LINE else 0)

    def _need(self, size: int) -> bool:
        while len(self._buffer) < size:
            if not self._fill():
                return False
        return True

    def _fill(self) -> bool:
        """Append the next piece; return False at damage and at the end."""
        while not self._damage:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            if piece.member is not None and (not self._members or self._members[-1][1] != piece.member):
                self._members.append((self._position + len(self._buffer), piece.member))
            self._buffer += piece.data
            self._damage = piece.damage
            if piece.data:
                return True
        return False

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._position += size
        return data
