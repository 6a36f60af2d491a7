"""The bytes of a page -> its text: what the server says, what the page says, or what the bytes look like."""

import codecs
import re

_LOOK = 4096  # bytes of a page in which it must name its character set
_DECLARED = re.compile(rb"""<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_MARKUP = re.compile(rb"<(script|style)\b.*?(?:</\1|\Z)|<[^>]*>", re.DOTALL | re.IGNORECASE)
_GUESSED = 1 << 16  # bytes of the text that a guess is made from
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# What browsers read where pages name the narrower set (https://encoding.spec.whatwg.org/#names-and-labels).
_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "big5hkscs", "euc_kr": "cp949",
    "shift_jis": "cp932", "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "utf-16": "utf-16-le",
}  # fmt: skip
_ALIASES = {"x-gbk": "gbk", "x-sjis": "shift_jis", "x-x-big5": "big5", "windows-31j": "cp932", "gb_2312-80": "gb2312"}


def decode(body: bytes, charset: str | None) -> str:
    r"""Return the text of a page; `charset` is what the server says, if anything.

    A byte order mark counts most; then UTF-8 that is valid, for what other sets say is rarely valid by chance;
    then the server, the page, and a guess.

    >>> decode('<meta charset="gb2312">中国'.encode("gbk"), None)
    '<meta charset="gb2312">中国'
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and (not body.isascii() or b"\x1b$" not in body):  # ISO-2022 has none but ASCII bytes
        return text
    declared = _DECLARED.search(body[:_LOOK])
    for candidate in (charset, declared and declared[1].decode("ascii", "replace")):
        if (name := _codec(candidate)) and _fits(body, name):
            return body.decode(name, "replace")
    return body.decode(_guess(body), "replace")


def _codec(name: str | None) -> str | None:
    """Return Python's name of the set that browsers read where `name` is given, if there is one."""
    if not name:
        return None
    name = name.strip().lower()
    try:
        known = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return None
    if not known._is_text_encoding:
        return None
    return _WIDER.get(known.name, known.name)


def _fits(body: bytes, name: str) -> bool:
    """Return whether a page can be in a set: a few broken characters are common, many are another set's."""
    return body.decode(name, "replace").count("\ufffd") <= len(body) // 200


def _guess(body: bytes) -> str:
    """Return what an undeclared page is likely in: a web page says so in markup, hence is no UTF-16."""
    if _is_mostly_utf8(body):
        return "utf-8"
    if _is_common_chinese(body):
        return "gb18030"
    from charset_normalizer import from_bytes

    best = from_bytes(_MARKUP.sub(b" ", body)[:_GUESSED]).best()  # markup is of no language
    name = _codec(best.encoding) if best else None
    return name if name and not name.startswith("utf-16") and name not in _LATIN else "cp1252"


def _is_mostly_utf8(body: bytes) -> bool:
    """Return whether the bytes beyond ASCII are UTF-8 but for a few broken ones."""
    beyond = sum(byte >= 0x80 for byte in body[:_GUESSED])
    broken = body[:_GUESSED].decode("utf-8", "replace").count("\ufffd")
    return broken * 10 <= beyond and _fits(body, "utf-8")


def _is_common_chinese(body: bytes) -> bool:
    """Return whether a page read as GB18030 has next to nothing but the 6,763 characters of GB2312 beyond ASCII."""
    text = [character for character in body[:_GUESSED].decode("gb18030", "replace") if character >= "\x80"]
    common = sum(_in_gb2312(character) for character in text)
    return common > 0 and common * 10 >= len(text) * 9


def _in_gb2312(character: str) -> bool:
    try:
        first = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return (
        0xB0 <= first <= 0xD7 or character in "，。、；：？！“”‘’（）《》【】—…　"
    )  # of the first level, the commonest


_LATIN = ("cp1250", "cp1257", "iso8859-2", "iso8859-4", "mac_latin2")  # which little else than cp1252 is taken for
