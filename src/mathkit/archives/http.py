"""An HTTP response as a crawler kept it: the status, the headers, and the body without its encodings.

Servers and crawlers are careless with both: what says that it is chunked or packed may not be, or be so only in part.
What can be had is returned.
"""

import re
import sys
import zlib
from dataclasses import dataclass
from email.message import Message

from mathkit.archives.records import MAX_BODY, parse_headers

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_HEAD = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})[^\n]*\n((?:[^\r\n][^\n]*\n)*)\r?\n?")
_STEP = 1024  # bytes; what precedes damage within a step is lost
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Response:
    """A response; `encoding` names what its body is packed with where that cannot be undone."""

    status: int
    headers: Message
    body: bytes
    encoding: str | None


def parse_response(message: bytes) -> Response | None:
    """Return the response in an HTTP message, or None if it is none."""
    head = _HEAD.match(message)
    if not head:
        return None
    headers = parse_headers(head[2])
    body = message[head.end() :]
    if "chunked" in str(headers.get("Transfer-Encoding", "")).lower():
        body = unchunked(body)
    encoding = None
    for name in reversed(str(headers.get("Content-Encoding", "")).lower().split(",")):
        match name.strip():
            case "" | "identity" | "none" | "utf-8":
                pass
            case "gzip" | "x-gzip" | "deflate":
                body = _inflated(body)
            case "zstd":
                body = _unzstd(body)
            case other:
                encoding = other
    return Response(int(head[1]), headers, body, encoding)


def unchunked(body: bytes) -> bytes:
    r"""Return a body without the sizes of its chunks; where one is wrong, the rest is taken as it is.

    >>> unchunked(b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
    b'hello world'
    >>> unchunked(b"never chunked")
    b'never chunked'
    """
    parts: list[bytes] = []
    position = 0
    while size := _CHUNK_SIZE.match(body, position):
        length = int(size[1], 16)
        if not length:
            return b"".join(parts)
        position = size.end() + length
        parts.append(body[size.end() : position])
        position += 2 if body.startswith(b"\r\n", position) else 0
    return b"".join(parts) + body[position:]


def _inflated(body: bytes) -> bytes:
    """Return what a gzip, zlib or bare deflate stream holds, as far as it can be read; else the body itself."""
    for wbits in (47, -15):  # gzip or zlib by its header; no header
        decoder = zlib.decompressobj(wbits)
        made = bytearray()
        try:
            for start in range(0, len(body), _STEP):
                made += decoder.decompress(body[start : start + _STEP])
                if decoder.eof or len(made) > MAX_BODY:
                    break
        except zlib.error:
            pass  # what came before the damage is kept
        if made:
            return bytes(made)
    return body


def _unzstd(body: bytes) -> bytes:
    try:
        return bytes(zstd.ZstdDecompressor().decompress(body, MAX_BODY))
    except zstd.ZstdError:
        return body
