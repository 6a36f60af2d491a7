"""Which captures become documents, what a document says, and why the others do not."""

from typing import Any

import pytest

from mathkit.archives import Capture
from mathkit.records import Rejected, content_id
from mathkit.stages.extract import extract_documents


def capture(**fields: Any) -> Capture:
    body = b"<html lang=en><title>T</title><p>Let $x<y$."
    defaults = {"place": "F:7", "offset": 7, "kind": "response", "media": "text/html", "body": body}
    return Capture(**{**defaults, **fields})


def outcome(**fields: Any) -> Any:
    (found,) = extract_documents([capture(**fields)])
    return found


def test_a_page_becomes_a_document() -> None:
    found = outcome(id="<urn:uuid:1>", url="https://a.example", date="2026-01-02T03:04:05Z")
    assert found == {
        "id": "<urn:uuid:1>",
        "url": "https://a.example",
        "title": "T",
        "lang": "en",
        "date": "2026-01-02T03:04:05Z",
        "text": "Let $x<y$.",
    }
    assert next(iter(found)) == "id"


def test_a_file_has_the_id_that_its_text_would_get_anywhere() -> None:
    found = outcome(kind="file")
    assert found["id"] == content_id({"text": found["text"]})


def test_a_conversion_is_its_text() -> None:
    found = outcome(kind="conversion", media="text/plain", body="\n两点 <p> $x$\n\n".encode())
    assert found["text"] == "两点 <p> $x$"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "request"}, "not a page"),
        ({"kind": "warcinfo"}, "not a page"),
        ({"kind": "metadata", "media": "application/json"}, "not a page"),
        ({"kind": "revisit"}, "not a page"),
        ({"kind": "conversion", "media": "application/pdf"}, "not a page"),
        ({"media": "image/png"}, "not HTML"),
        ({"media": "text/plain"}, "not HTML"),
        ({"kind": "resource", "media": "text/css"}, "not HTML"),
        ({"media": None, "body": b"\x89PNG"}, "not HTML"),
        ({"problem": "status 404"}, "status 404"),
        ({"body": b""}, "no text"),
        ({"body": b"<html><nav>Home</nav>"}, "no text"),
        ({"kind": "conversion", "media": "text/plain", "body": b" \n"}, "no text"),
    ],
)
def test_what_is_no_page_is_rejected_without_its_bytes(fields: dict[str, Any], reason: str) -> None:
    found = outcome(id="i", url="u", **fields)
    assert isinstance(found, Rejected)
    assert (found.reason, found.inputs) == (reason, 1)
    assert found.record == {"id": "i", "url": "u", "type": fields.get("kind", "response")}
    assert found.evidence["place"] == "F:7"
    assert found.evidence["offset"] == 7


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "resource"},
        {"media": "application/xhtml+xml"},
        {"media": None, "body": b"\n<!DOCTYPE html><p>x"},
        {"media": "application/octet-stream", "body": b"<HTML><p>x"},
    ],
)
def test_other_pages(fields: dict[str, Any]) -> None:
    assert outcome(**fields)["text"]
