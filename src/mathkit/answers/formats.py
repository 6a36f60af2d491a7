"""Answers in a form of their own: dates, times, numbers in another base, circled numbers."""

import re

from mathkit.answers.wording import WRAPPED
from mathkit.expressions.nodes import Node, number, product
from mathkit.expressions.units import SECOND

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:\.|uary|ruary|ch|il|e|y|ust|t\.?|tember|ober|ember)?(?![a-z])"
)
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<y>\d{4}))?"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?{_MONTH} {_DAY}{_YEAR}",
        rf"(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}",
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<y>\d{4})/(?P<m>\d\d)/(?P<d>\d\d)",
        r"(?:(?P<y>\d{4}) ?年 ?)?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]",
    )
]
_TIME = re.compile(
    r"""
    (?P<part>上午|早上|凌晨|下午|晚上|中午)?[ ]?
    (?P<hour>\d{1,2})(?:[ ]?(?P<sign>[:时点])[ ]?(?:(?P<minute>\d\d?)分?)?(?::(?P<second>\d\d))?)?[ ]?
    (?:(?P<half>[ap])\.?[ ]?(?P<m>m\.?)?)?(?P<clock>[ ]?o'clock)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DURATION = re.compile(r"(\d{1,2}):(\d\d) ?(?:h|hr|hrs|hours?)", re.IGNORECASE)
_BASE = re.compile(
    r"(?:\( ?)?(-?[0-9A-Fa-f]+)(?: ?\))? ?"
    r"(?:_ ?\{? ?(?:\\text\{ ?)?(?:base )?\(?(\w+)\)?(?: ?\})* ?|,? ?(?:\\text\{)? ?\(?(?:in )?base (\w+)\)? ?\}?)",
    re.IGNORECASE,
)
_CIRCLED = re.compile(r"(?:\\circled\{\d+\}[\s,]*(?:和|and|,)?\s*)+")


def formatted(text: str) -> Node | None:
    """Return the date, time, number of a base, or list of circled numbers that a text is, or None."""
    return _date(text) or _time(text) or _base(text) or _circled(text)


def _date(text: str) -> Node | None:
    bare = WRAPPED.sub(r"\1", text)
    for pattern in _DATES:
        if match := pattern.fullmatch(bare):
            parts = match.groupdict()
            month = parts["m"] if "m" in parts else _MONTHS.index(parts["name"].lower()) + 1
            year = parts.get("y")
            return Node("date", (int(year) if year else None, int(month), int(parts["d"])))
    return None


def _time(text: str) -> Node | None:
    bare = re.sub(" ?: ?", ":", " ".join(WRAPPED.sub(r"\1", text).split()))
    if match := _DURATION.fullmatch(bare):
        minutes = int(match[1]) * 60 + int(match[2])
        return product(number(minutes * 60), Node("unit", (SECOND,)))
    match = _TIME.fullmatch(bare)
    if not match or int(match["hour"]) > 24 or int(match["minute"] or 0) > 59:
        return None
    part, sign, minute, half = match["part"], match["sign"], match["minute"], (match["half"] or "").lower()
    is_time = part or (half and (match["m"] or minute)) or match["clock"] or sign == "点" or (sign and minute)
    if not is_time or (sign == ":" and len(minute or "") != 2):
        return None  # 3 is a number, 3时 are hours, 3:4 is a ratio, 6p is a product
    hours = int(match["hour"])
    if part:
        half = _half_of_the_day(part, hours)
    if half and hours <= 12:
        hours = hours % 12 + (12 if half == "p" else 0)
    elif hours > 12:
        half = "p"
    return Node("time", (hours * 60 + int(minute or 0), half or None, int(match["second"] or 0)))


def _half_of_the_day(part: str, hours: int) -> str:
    """Return a or p for an hour in Chinese: 晚上12点 is midnight, 中午11点 before noon."""
    if part == "中午":
        return "a" if hours == 11 else "p"
    if part == "晚上":
        return "p" if 5 <= hours < 12 else "a"
    return "p" if part == "下午" else "a"


def _base(text: str) -> Node | None:
    match = _BASE.fullmatch(text)
    if not match:
        return None
    base = match[2] or match[3]
    if not base.isdecimal():
        return None
    if not any(character.isdigit() for character in match[1]) and match[2]:
        return None  # a variable with an index
    return Node("base", (match[1].upper(), int(base)))


def _circled(text: str) -> Node | None:
    if not _CIRCLED.fullmatch(text):
        return None
    return Node("list", (tuple(Node("words", (n,)) for n in re.findall(r"\d+", text)), False, None))
