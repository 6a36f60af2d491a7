"""Web archives for tests: records as crawlers write them, and the example archive of the documentation.

`python -m tests.warc` makes tests/cases/extract/normal/stdin and examples/data/crawl.warc.gz of the pages beside it.
"""

import gzip
from uuid import UUID

from tests.conftest import CASES, ROOT

VERSION = b"WARC/1.0\r\n"


def record(kind: str, body: bytes = b"", *, number: int = 0, length: int | None = None, **headers: str) -> bytes:
    """Return a record; `number` makes its id, and a header's name is written with _ for -."""
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{UUID(int=number)}>",
        "WARC-Date": "2026-01-02T03:04:05Z",
        **{name.replace("_", "-"): value for name, value in headers.items()},
        "Content-Length": str(len(body) if length is None else length),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return VERSION + lines.encode() + b"\r\n" + body + b"\r\n\r\n"


def http(body: bytes, *headers: str, status: str = "200 OK", media: str = "text/html; charset=utf-8") -> bytes:
    """Return an HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response(url: str, page: str | bytes, *headers: str, number: int = 0, **more: str) -> bytes:
    """Return the record of a page that was fetched."""
    body = page if isinstance(page, bytes) else page.encode()
    return record(
        "response", http(body, *headers, **more), number=number,
        WARC_Target_URI=url, Content_Type="application/http; msgtype=response",
    )  # fmt: skip


def request(url: str, *, number: int = 0) -> bytes:
    """Return the record of a request."""
    body = f"GET / HTTP/1.1\r\nHost: {url}\r\n\r\n".encode()
    more = {"WARC_Target_URI": url, "Content_Type": "application/http; msgtype=request"}
    return record("request", body, number=number, **more)


def warcinfo() -> bytes:
    return record(
        "warcinfo", b"software: none\r\nformat: WARC File Format 1.0\r\n", Content_Type="application/warc-fields"
    )


def members(*records: bytes) -> bytes:
    """Return a .warc.gz: a gzip member for each record."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def crawl() -> list[bytes]:
    """Return the records of the example: five pages, what a crawler keeps beside them, and what is no page."""
    pages = {path.name: path.read_bytes() for path in FOLDER.glob("*.html")}
    pages["sets.html"] = pages["sets.html"].decode().encode("gbk")
    records = [warcinfo()]
    for number, (name, headers) in enumerate(FETCHED.items(), 1):
        url = f"https://notes.example/{name.replace('.html', '')}"
        media = "text/html" if name == "sets.html" else "text/html; charset=utf-8"
        records += [
            request(url, number=100 + number),
            response(url, ENCODED.get(headers, bytes)(pages[name]), *headers, number=number, media=media),
        ]
    image = "https://notes.example/logo.png"
    records += [
        response(image, b"\x89PNG\r\n\x1a\n\0\0", number=20, media="image/png"),
        response("https://notes.example/gone", "<p>It is gone.</p>", number=21, status="404 Not Found"),
        record("revisit", number=22, WARC_Target_URI=image),
        record("metadata", b"fetchTimeMs: 12\r\n", number=23, Content_Type="application/warc-fields"),
        record("conversion", "两点确定一条直线。".encode(), number=24, WARC_Target_URI="https://notes.example/line",
               Content_Type="text/plain"),
    ]  # fmt: skip
    return records


def chunked(body: bytes) -> bytes:
    parts = [body[start : start + 500] for start in range(0, len(body), 500)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


FOLDER = CASES / "extract" / "normal"
CHUNKED, PACKED = ("Transfer-Encoding: chunked",), ("Content-Encoding: gzip",)
FETCHED = {"quadratic.html": CHUNKED, "euler.html": (), "sets.html": (), "harmonic.html": PACKED, "index.html": ()}
ENCODED = {CHUNKED: chunked, PACKED: lambda body: gzip.compress(body, mtime=0)}

if __name__ == "__main__":
    (FOLDER / "stdin").write_bytes(b"".join(crawl()))
    (ROOT / "examples" / "data" / "crawl.warc.gz").write_bytes(members(*crawl()))
