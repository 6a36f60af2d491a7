"""What can be had of an archive, whole or damaged, and what is said of the rest."""

import gzip
import io
import os

import pytest
from backports import zstd

from mathkit.archives import Capture, read_captures
from mathkit.archives.records import MAX_BODY
from mathkit.errors import BadData
from mathkit.records import Broken
from tests.warc import http, members, record, request, response, warcinfo

PAGES = [response(f"https://a.example/{number}", f"<p>page {number}", number=number) for number in range(4)]


def read(data: bytes) -> list[Capture | Broken]:
    return list(read_captures("FILE", io.BytesIO(data)))


def read_all(data: bytes) -> tuple[list[str], list[str], str | None]:
    """Return the addresses of the pages, the places and reasons of what is broken, and how the file ends, if badly."""
    pages, broken, end = [], [], None
    try:
        for found in read_captures("FILE", io.BytesIO(data)):
            if isinstance(found, Broken):
                broken.append(f"{found.place} {found.reason}")
            else:
                pages.append(found.url[-1] if found.url else "-")
    except BadData as error:
        end = str(error)
    return pages, broken, end


def dictionary_frame(dictionary: bytes) -> bytes:
    return b"\x5d\x2a\x4d\x18" + len(dictionary).to_bytes(4, "little") + dictionary


PACKED = {
    "plain": b"".join(PAGES),
    "a member a record": members(*PAGES),
    "one member": gzip.compress(b"".join(PAGES)),
    "members within records": members(b"".join(PAGES)[:700], b"".join(PAGES)[700:]),
    "zeros at the end": members(*PAGES) + b"\0" * 1000,
    "zstd": b"".join(map(zstd.compress, PAGES)),
    "no blank line at the end": b"".join(PAGES).rstrip(),
    "blank lines before": b"\r\n\r\n" + b"".join(PAGES),
}


@pytest.mark.parametrize("name", PACKED)
def test_an_archive_is_read_however_it_is_packed(name: str) -> None:
    found = read(PACKED[name])
    assert [(capture.kind, capture.url[-1], capture.media, capture.charset, capture.body) for capture in found] == [
        ("response", str(number), "text/html", "utf-8", f"<p>page {number}".encode()) for number in range(4)
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_a_zstd_archive_with_a_dictionary(packed: bool) -> None:
    dictionary = zstd.train_dict([page + os.urandom(8) for page in PAGES * 20], 1000)
    frames = [zstd.compress(page, zstd_dict=dictionary) for page in PAGES]
    content = dictionary.dict_content
    data = dictionary_frame(zstd.compress(content) if packed else content) + b"".join(frames)
    assert read_all(data) == (["0", "1", "2", "3"], [], None)


def test_the_offset_is_that_of_the_record_or_of_the_member_that_holds_it() -> None:
    sizes = [0, *(len(page) for page in PAGES)]
    assert [found.place for found in read(b"".join(PAGES))] == [f"FILE:{sum(sizes[: n + 1])}" for n in range(4)]
    data = members(PAGES[0], PAGES[1] + PAGES[2])
    second = len(members(PAGES[0]))
    assert [found.place for found in read(data)] == ["FILE:0", f"FILE:{second}", f"FILE:{second}+{len(PAGES[1])}"]
    assert gzip.decompress(data[second:])[len(PAGES[1]) :] == PAGES[2]


def test_damage_costs_the_member_it_is_in_and_no_other() -> None:
    whole = members(*PAGES)
    start = [len(members(*PAGES[:number])) for number in range(5)]
    for place in range(start[1], start[2]):
        data = bytearray(whole)
        data[place] ^= 0xFF
        pages, broken, end = read_all(bytes(data))
        assert end is None
        if place - start[1] in range(3, 10):  # flags, time and system of a member, which change none of its bytes
            continue
        assert pages == ["0", "2", "3"], place - start[1]
        assert broken and all(text.startswith(f"FILE:{start[1]}") for text in broken)


def test_a_truncated_archive_gives_all_before_its_end_and_says_so() -> None:
    for whole in (members(*PAGES), b"".join(PAGES), gzip.compress(b"".join(PAGES))):
        ends = [
            pack(PAGES[:number]).rstrip(b"\r\n") for number in range(5) for pack in (b"".join, lambda p: members(*p))
        ]
        for size in range(12, len(whole), 7):
            pages, broken, end = read_all(whole[:size])
            assert pages == ["0", "1", "2", "3"][: len(pages)]
            assert end or broken or whole[:size] in ends or whole[:size].rstrip() in ends
    pages, broken, end = read_all(PAGES[0] + PAGES[1][:-9])
    assert (pages, broken) == (["0"], [f"FILE:{len(PAGES[0])} cut off"])
    assert end == f"FILE:{len(PAGES[0])}: the archive ends within this record"


BROKEN = {
    "junk": (b"junk between records\r\n", "not a record"),
    "no length": (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "broken header"),
    "no number": (record("response", b"x").replace(b"Length: 1", b"Length: one"), "broken header"),
    "a number of a thousand digits": (
        record("response", b"x").replace(b"h: 1", b"h: 1" + b"0" * 1000),
        "broken header",
    ),
    "no version": (record("response", b"x").replace(b"WARC/1.0", b"WARC/one"), "broken header"),
    "too long": (record("response", b"x", length=80), "wrong length"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("pack", [b"".join, lambda parts: members(*parts)], ids=["plain", "gzip"])
def test_what_is_broken_is_named_and_the_next_record_is_read(name: str, pack: object) -> None:
    data, reason = BROKEN[name]
    pages, broken, end = read_all(pack([PAGES[0], data, PAGES[1]]))
    assert (pages, end) == (["0", "1"], None)
    assert broken == [f"FILE:{len(pack([PAGES[0]]))} {reason}"]


def test_a_length_too_short_gives_the_record_and_names_the_rest() -> None:
    data = PAGES[0] + record("resource", b"<html>abcdef", length=9) + PAGES[1]
    assert [type(found).__name__ for found in read(data)] == ["Capture", "Capture", "Broken", "Capture"]


def test_an_archive_whose_line_ends_were_converted_is_told_apart_by_its_first_lines() -> None:
    lines = "直线\r\n和\r\n平面\r\n".encode() * 20
    data = b"".join(
        record(
            "conversion", lines, number=number, Content_Type="text/plain", WARC_Target_URI=f"https://a.example/{number}"
        )
        for number in range(3)
    )
    found = read(data.replace(b"\r\n", b"\n"))
    assert [capture.body.strip() for capture in found] == [lines.replace(b"\r\n", b"\n").strip()] * 3


def test_what_is_no_page_keeps_no_bytes() -> None:
    found = read(warcinfo() + request("https://a.example") + record("revisit", http(b"")) + record("metadata", b"x"))
    assert [(capture.kind, capture.body) for capture in found] == [
        ("warcinfo", b""), ("request", b""), ("revisit", b""), ("metadata", b""),
    ]  # fmt: skip


def test_problems_of_responses_are_named() -> None:
    url = "https://a.example"
    found = read(
        response(url, "x", status="301 Moved") + response(url, "x", "Content-Encoding: br")
        + record("response", b"no HTTP", WARC_Target_URI=url, Content_Type="application/http")
        + record("response", b"x" * (MAX_BODY + 1), WARC_Target_URI=url, Content_Type="application/http")
    )  # fmt: skip
    assert [capture.problem for capture in found] == ["status 301", "encoded as br", "not HTTP", "too large"]


def test_addresses_in_brackets_and_with_spaces() -> None:
    for address in ("<https://a.example/b>", "https://a.example/b c"):
        assert read(record("resource", WARC_Target_URI=address))[0].url in (
            "https://a.example/b",
            "https://a.example/b%20c",
        )


@pytest.mark.parametrize("page", ["<!doctype html><p>x", "\ufeff\n <html>x", "<?xml version='1.0'?><html/>", "a<p>b"])
def test_a_page_in_a_file_of_its_own(page: str) -> None:
    for data in (page.encode(), gzip.compress(page.encode()), zstd.compress(page.encode())):
        (found,) = read(data)
        assert isinstance(found, Capture)
        assert (found.kind, found.media, found.body) == ("file", "text/html", page.encode())
    with pytest.raises(BadData, match="FILE:0: the compressed stream is broken"):
        read(gzip.compress(page.encode())[:-5])


@pytest.mark.parametrize("data", [b'{"text": "<p>x</p>"}\n', b"%PDF-1.4\n\0<p>", b"filedesc://x", b"plain text", b"\0"])
def test_a_file_that_is_neither_is_broken(data: bytes) -> None:
    (found,) = read(data)
    assert isinstance(found, Broken)
    assert found.reason == "not a page"
    assert found.place == "FILE:0"


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b"\xef\xbb\xbf", gzip.compress(b""), zstd.compress(b"")])
def test_nothing_holds_nothing(data: bytes) -> None:
    assert read(data) == []


def test_noise_never_raises_anything_else() -> None:
    for seed in range(200):
        noise = os.urandom(seed * 5)
        for data in (noise, b"WARC/1.0\r\n" + noise, PAGES[0] + noise + PAGES[1], members(PAGES[0]) + noise):
            read_all(data)


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time and says how many."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.given = 0

    def read1(self, size: int) -> bytes:
        part = self.data[self.given : self.given + min(size, 50)]
        self.given += len(part)
        return part


@pytest.mark.parametrize("pack", [b"".join, lambda parts: members(*parts)], ids=["plain", "gzip"])
def test_a_record_leaves_before_the_next_has_come(pack: object) -> None:
    pipe = Trickle(pack(PAGES))
    captures = read_captures("FILE", pipe)
    for number in range(3):
        capture = next(captures)
        assert capture.url == f"https://a.example/{number}"
        assert pipe.given <= len(pack(PAGES[: number + 1])) + 50
