"""The records of a WARC archive (ISO 28500), each with its place, and what is no record.

The framing is read here, and by no library: those in use stop at the first damage or pass over it in silence,
while a crawl of years must be read as far as it can be, and what is lost must be known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from mathkit.archives.tape import Tape

MARK = b"WARC/"
MAX_BODY = 1 << 26  # bytes; a larger record is passed over, for no page is as long

_VERSION = re.compile(rb"WARC/\d+\.\d+[ \t]*\r?\n\Z")
NEXT = re.compile(rb"\nWARC/\d+\.\d+[ \t]*\r?\n(?=[A-Za-z-]+:)")  # how a record begins behind something else
_MAX_HEADER = 1 << 20  # bytes
_LOOK = 12  # bytes after a record of doubtful length in which the next one must begin
_HEADERS = HeaderParser()


@dataclass(frozen=True, slots=True)
class Framed:
    """A record as it stands in an archive; `body` is None where it is larger than MAX_BODY."""

    place: tuple[int, int]  # offset in the file of the record, or of the member that holds it and bytes into that
    headers: Message
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Torn:
    """Something that is no whole record."""

    place: tuple[int, int]
    reason: str
    detail: str
    headers: Message | None = None
    final: bool = False  # nothing after it can be read


def framed(tape: Tape) -> Iterator[Framed | Torn]:
    """Yield the records of an archive in order, and between them what is none."""
    while True:
        _skip_blank_lines(tape)
        place = tape.place()
        if damage := tape.gap:
            yield Torn((damage.offset, 0), "broken compression", _broken(damage.detail), final=damage.final)
            tape.cross()
        elif tape.ended():
            return
        elif tape.peek(len(MARK)) != MARK:
            size = tape.skip_until(MARK)
            yield Torn(place, "not a record", f"{size:,} bytes that are no record")
        else:
            yield _record(tape, place)


def parse_headers(block: bytes) -> Message:
    """Return the headers of a block; in UTF-8, or else in Latin-1, where every byte is a character."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        text = block.decode("latin-1")
    return _HEADERS.parsestr(text)


def _record(tape: Tape, place: tuple[int, int]) -> Framed | Torn:
    version = tape.readline()
    lines = [version]
    size = 0
    while (line := tape.readline()).strip(b"\r\n") and size < _MAX_HEADER:
        lines.append(line)
        size += len(line)
    headers = parse_headers(b"".join(lines[1:]))
    if not line:
        return _cut(tape, place, headers)
    if size >= _MAX_HEADER:
        return Torn(place, "broken header", "the header does not end", headers)
    length = headers.get("Content-Length", "").strip()
    if not _VERSION.match(version) or not length.isascii() or not length.isdigit() or len(length) > 18:
        tape.skip_until(MARK)
        what = f"Content-Length: {length[:40]}" if _VERSION.match(version) else repr(version[:40])[1:]
        return Torn(place, "broken header", f"no record can have {what}", headers)
    if int(length) > MAX_BODY:
        skipped = tape.skip(int(length))
        return _cut(tape, place, headers) if skipped < int(length) else Framed(place, headers, None)
    body = tape.read(int(length))
    converted = not version.endswith(b"\r\n")
    if len(body) == int(length) and _ends(tape, doubtful=converted):
        return Framed(place, headers, body)
    if converted:  # its line ends were converted, so that its lengths are those of another text
        tape.push_back(body)
        return Framed(place, headers, tape.read_until(MARK, MAX_BODY))
    if found := NEXT.search(body):
        tape.push_back(body[found.start() + 1 :])
        return Torn(place, "wrong length", "another record begins inside this one", headers)
    return _cut(tape, place, headers) if len(body) < int(length) else Framed(place, headers, body)


def _cut(tape: Tape, place: tuple[int, int], headers: Message) -> Torn:
    """Return what is wrong with a record that ends before its end: damage, or the end of the archive."""
    if damage := tape.gap:
        tape.cross()
        return Torn(place, "broken compression", _broken(damage.detail), headers, damage.final)
    return Torn(place, "cut off", "the archive ends within this record", headers, final=True)


def _broken(detail: str) -> str:
    return f"the compressed stream is broken: {detail}"


def _ends(tape: Tape, *, doubtful: bool) -> bool:
    """Return whether a record can end here: blank lines follow, another record or the end, but no damage.

    A doubtful length may end at some line's end by chance; the next record must follow.
    """
    following = tape.peek(1)
    if not following:
        return not tape.gap
    if following not in b"\r\n":
        return tape.peek(len(MARK)) == MARK
    return not doubtful or MARK.startswith(tape.peek(_LOOK).lstrip(b"\r\n")[: len(MARK)])


def _skip_blank_lines(tape: Tape) -> None:
    while tape.peek(1) in (b"\r", b"\n"):
        tape.read(1)
