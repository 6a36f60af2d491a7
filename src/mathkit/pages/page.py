"""The bytes of a page -> what a document says of it."""

import re
from dataclasses import dataclass

from mathkit.pages.charset import decode
from mathkit.pages.layout import text_of
from mathkit.pages.tree import parse

_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_].*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's content."""

    text: str
    title: str | None
    lang: str | None  # as the page says, without its region: "en"


def read_page(body: bytes, charset: str | None) -> Page:
    """Return the content of an HTML page; `charset` is what the server says of it, if anything."""
    root = parse(decode(body, charset))
    if root is None:
        return Page("", None, None)
    title = next((" ".join("".join(found.itertext()).split()) for found in root.iter("title")), "")
    language = _LANGUAGE.match((root.get("lang") or root.get("xml:lang") or "").strip())
    return Page(text_of(root), title or None, language[1].lower() if language else None)
