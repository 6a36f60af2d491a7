"""The captures of a file: each record of an archive, or the one page that the file is.

A file is told by what it holds, not by its name. Of an archive's records only those that can hold a page or its
text keep their bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import IO

from mathkit.archives.http import parse_response
from mathkit.archives.packing import pieces
from mathkit.archives.records import MARK, MAX_BODY, NEXT, Framed, Torn, framed
from mathkit.archives.tape import Tape
from mathkit.errors import BadData
from mathkit.records import Broken

_HEAD = 1 << 12  # bytes of a file that tell what it is
_TAG = re.compile(
    rb"<(?:!doctype\s|!--|\?xml|(?:html|head|body|title|meta|div|p|h[1-6]|[uod]l|table|article|section|main|a|math|span)\b)",
    re.IGNORECASE,
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SPACE = b" \t\r\n\f"


@dataclass(frozen=True, slots=True)
class Capture:
    """What a crawler kept of a page, or a page in a file of its own.

    `kind` is the record's WARC-Type, or "file". Where `problem` names one there is no body.
    """

    place: str  # FILE:OFFSET, and +N for the Nth byte of what is packed there
    offset: int
    kind: str
    id: str | None = None
    url: str | None = None
    date: str | None = None
    media: str | None = None  # the payload's media type
    charset: str | None = None  # as the server, or the record, says
    body: bytes = b""
    problem: str | None = None


def read_captures(path: str, file: IO[bytes]) -> Iterator[Capture | Broken]:
    """Yield each record of an archive, or the one page; raise BadData where nothing more can be read."""
    tape = Tape(pieces(file))
    if tape.peek(len(MARK)) != MARK:  # so that the first record of a pipe need not wait for more
        head = tape.peek(_HEAD).removeprefix(_BOMS[0])
        if not tape.gap and not head.strip(_SPACE) and len(head) < _HEAD:
            return
        if not _is_archive(head) and (head or not tape.gap):
            yield _page(path, tape, head)
            return
    for record in framed(tape):
        if isinstance(record, Framed):
            yield _capture(path, record)
            continue
        place = _place(path, record.place)
        yield Broken(place, record.reason, record.detail, {"offset": record.place[0]}, _known(record))
        if record.final:
            raise BadData(f"{place}: {record.detail}")


def _page(path: str, tape: Tape, head: bytes) -> Capture | Broken:
    """Return the page that a file is, read to its end."""
    body = tape.read(MAX_BODY + 1)
    if damage := tape.gap:
        raise BadData(f"{path}:{damage.offset}: the compressed stream is broken: {damage.detail}")
    if not _is_page(head):
        what = "an ARC archive, which came before WARC" if head.startswith(b"filedesc:") else "no WARC archive or page"
        return Broken(f"{path}:0", "not a page", f"this is {what}", {"offset": 0}, {})
    if len(body) > MAX_BODY:
        return Broken(f"{path}:0", "too large", f"a page of over {MAX_BODY:,} bytes", {"offset": 0}, {})
    return Capture(f"{path}:0", 0, "file", media="text/html", body=body)


def _is_archive(head: bytes) -> bool:
    """Return whether a record begins here, or soon after something that is none."""
    return head.lstrip(b"\r\n").startswith(MARK) or bool(NEXT.search(head))


def _is_page(head: bytes) -> bool:
    if head.startswith(_BOMS[1:]):
        return True
    begin = head.lstrip(_SPACE)[:1]
    binary = b"\0" in head and begin != b"<"
    return bool(_TAG.search(head)) and not binary and begin not in b"{["


def _capture(path: str, record: Framed) -> Capture:
    headers = record.headers
    kind = str(headers.get("WARC-Type", "unknown")).strip().lower()
    media = _media(headers)
    charset = _charset(headers.get_content_charset())
    problem = "too large" if record.body is None else None
    body = record.body or b""
    if kind == "response" and media == "application/http" and not problem:
        response = parse_response(body)
        if response is None:
            problem = "not HTTP"
        elif not 200 <= response.status < 300:
            problem = f"status {response.status}"
        elif response.encoding:
            problem = f"encoded as {response.encoding[:20]}"
        else:
            body, charset = response.body, _charset(response.headers.get_content_charset())
            media = _media(response.headers)
    return Capture(
        _place(path, record.place),
        record.place[0],
        kind,
        media=media,
        charset=charset,
        body=b"" if problem or kind not in ("response", "resource", "conversion") else body,
        problem=problem,
        **_known(record),
    )


def _known(record: Framed | Torn) -> dict[str, str]:
    """Return what the headers say of a record, by the names that documents have for it."""
    names = {"id": "WARC-Record-ID", "url": "WARC-Target-URI", "date": "WARC-Date"}
    found = {name: str(record.headers.get(header, "")).strip() for name, header in names.items() if record.headers}
    if "url" in found:  # some write it in angle brackets, or with spaces
        found["url"] = found["url"].removeprefix("<").removesuffix(">").replace(" ", "%20")
    return {name: value for name, value in found.items() if value}


def _media(headers: Message) -> str | None:
    return headers.get_content_type() if "Content-Type" in headers else None


def _charset(name: str | None) -> str | None:
    return name.strip() if name else None


def _place(path: str, place: tuple[int, int]) -> str:
    offset, within = place
    return f"{path}:{offset}+{within}" if within else f"{path}:{offset}"
