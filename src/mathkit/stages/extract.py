"""What a crawl kept -> documents: the text of its pages, with their formulas as LaTeX."""

from collections.abc import Iterable, Iterator

from mathkit.archives import Capture
from mathkit.pages import decode, read_page
from mathkit.records import Outcome, Record, Rejected, content_id

PAGES = ("text/html", "application/xhtml+xml")


def extract_documents(captures: Iterable[Capture]) -> Iterator[Outcome]:
    """Yield a document for each capture of a page; reject the others, without their bytes, with the reason.

    not a page    a record of a kind that holds none: warcinfo, request, metadata, revisit, ...
    status N      the server answered so, and not with success
    not HTML      an image, a style sheet, ...
    no text       nothing is left of the page
    and what else can be wrong with a response: not HTTP, too large, or an encoding that cannot be undone
    """
    for capture in captures:
        document = _document(capture)
        if isinstance(document, str):
            yield Rejected(_known(capture), document, _evidence(capture))
        else:
            yield document


def _document(capture: Capture) -> Record | str:
    """Return the document that a capture holds, or why it holds none."""
    if capture.kind not in ("response", "resource", "conversion", "file"):
        return "not a page"
    if capture.problem:
        return capture.problem
    if capture.kind == "conversion":
        if capture.media != "text/plain":
            return "not a page"
        text, title, lang = decode(capture.body, capture.charset).strip(), None, None
    else:
        if not _is_page(capture):
            return "not HTML"
        page = read_page(capture.body, capture.charset)
        text, title, lang = page.text, page.title, page.lang
    if not text:
        return "no text"
    document = {
        "id": capture.id or content_id({"text": text}),
        "url": capture.url,
        "title": title,
        "lang": lang,
        "date": capture.date,
        "text": text,
    }
    return {name: value for name, value in document.items() if value is not None}


def _is_page(capture: Capture) -> bool:
    """Return whether a capture is HTML; one that nobody named is told by how it begins."""
    if capture.media in (None, "application/octet-stream", "unknown/unknown"):
        return capture.body[:512].lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
    return capture.media in PAGES


def _known(capture: Capture) -> Record:
    known = {"id": capture.id, "url": capture.url, "type": capture.kind}
    return {name: value for name, value in known.items() if value is not None}


def _evidence(capture: Capture) -> Record:
    evidence = {"place": capture.place, "offset": capture.offset, "media": capture.media}
    return {name: value for name, value in evidence.items() if value is not None}
