import gzip
import zlib

import pytest

from mathkit.archives.http import parse_response
from tests.warc import chunked, http

PAGE = b"<p>some page</p>" * 400


def body_of(message: bytes) -> bytes:
    response = parse_response(message)
    assert response
    return response.body


def bare(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([], PAGE),
        (["Transfer-Encoding: chunked"], chunked(PAGE)),
        (["Transfer-Encoding: chunked"], PAGE),  # the crawler undid it
        (["Content-Encoding: gzip"], gzip.compress(PAGE)),
        (["Content-Encoding: gzip"], PAGE),
        (["Content-Encoding: deflate"], zlib.compress(PAGE)),
        (["Content-Encoding: deflate"], bare(PAGE)),
        (["Content-Encoding: GZIP", "Transfer-Encoding: Chunked"], chunked(gzip.compress(PAGE))),
        (["Content-Encoding: identity"], PAGE),
        (["nonsense", "X-Folded: a", " b", "X-Latin: \xe9"], PAGE),
    ],
    ids=str,
)
def test_the_body_without_its_encodings(headers: list[str], body: bytes) -> None:
    assert body_of(http(body, *headers)) == PAGE


def test_what_can_be_had_of_a_broken_body() -> None:
    lines = http(gzip.compress(PAGE + bytes(range(256)) * 99)[:-300], "Content-Encoding: gzip")
    assert body_of(lines).startswith(PAGE)
    torn = chunked(PAGE)[:700] + b"zz\r\n" + PAGE
    assert body_of(http(torn, "Transfer-Encoding: chunked")).startswith(PAGE[:500])


def test_the_charset_and_media_type_of_careless_servers() -> None:
    response = parse_response(b'HTTP/1.0 200\nContent-Type: TEXT/HTML;charset="GBK"\n\nbody')
    assert response
    assert (response.status, response.body) == (200, b"body")
    assert (response.headers.get_content_type(), response.headers.get_content_charset()) == ("text/html", "gbk")
    assert parse_response(b"<html>") is None
    assert parse_response(b"") is None


def test_a_small_body_that_unpacks_to_a_huge_one_is_cut() -> None:
    bomb = gzip.compress(b"\0" * (1 << 28))
    assert len(body_of(http(bomb, "Content-Encoding: gzip"))) < 1 << 27
