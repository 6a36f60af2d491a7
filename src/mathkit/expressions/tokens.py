"""Split an answer in plain LaTeX into tokens."""

import re
from fractions import Fraction
from typing import NamedTuple

from mathkit.expressions.characters import GREEK
from mathkit.text import CJK

FUNCTIONS = {
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arccot", "ln",
    "log", "lg", "exp", "sqrt", "abs", "max", "min", "gcd", "lcm", "floor", "ceil",
}  # fmt: skip
_OTHER_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "tg": "tan", "ctg": "cot", "cbrt": "cbrt"}
_SIGNS = {
    r"\cdot": "*", r"\times": "*", r"\ast": "*", r"\div": "/", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\lt": "<",
    r"\gt": ">", r"\approx": "≈", r"\simeq": "≈", r"\doteq": "≈", r"\pm": "±", r"\mp": "∓", r"\in": "∈",
    r"\cup": "∪", r"\cap": "∩", r"\bigcup": "∪",
    r"\setminus": "∖", r"\backslash": "∖", r"\infty": "∞", r"\circ": "°", r"\prime": "'", r"\langle": "⟨",
    r"\rangle": "⟩", r"\mid": "|", r"\vert": "|", r"\lvert": "|", r"\rvert": "|", r"\lfloor": "⌊", r"\rfloor": "⌋",
    r"\lceil": "⌈", r"\rceil": "⌉", r"\colon": ":", r"\implies": "⇒", r"\Rightarrow": "⇒", r"\lor": "∨", r"\vee": "∨",
    r"\land": "∧", r"\wedge": "∧", r"\equiv": "≡", r"\ldots": "…", r"\dots": "…", r"\cdots": "…", r"\dotsc": "…",
    r"\{": "\\{", r"\}": "\\}", r"\|": "‖", r"\cr": "\\\\", r"\permil": "‰",
}  # fmt: skip
_SEPARATING_WORDS = {"或者": "or", "或": "or", "or": "or"} | dict.fromkeys(
    ("and", "和", "与", "且", "以及", "&"), "and"
)
_LETTERS = frozenset((*GREEK, "ell", "angle", "triangle", "odot", "hbar", "aleph"))
_TOKEN = re.compile(
    r"(?P<repeating>\d*\.\d*(?:\\(?:overline|bar|dot)\s*\{?\s*\d+\s*\}?(?:\d*\\dot\s*\{?\s*\d\s*\}?)?"
    r"|\d+\s?(?:\\ldots|\\dots|\\cdots|\.{3,})))"
    r"|(?P<grouped>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d{1,3}(?: \d{3})+(?![\d ]*/)(?!\d)(?:\.\d+)?)"
    r"|(?P<scientific>\d+\.?\d*[eE](?:[+-]\d{2,}|-?\d+)(?![\w.]))"
    r"|(?P<number>\d+(?:\.\d+)?|\.\d+|\d+\.)"
    r"|\\text\s*\{(?P<text>[^{}]*)\}"
    r"|(?P<command>\\(?:[A-Za-z]+|.))"
    rf"|(?P<letters>[A-Za-z]+)|(?P<chinese>[{CJK}]+)"
    r"|(?P<sign>\*\*|!=|<=|>=|[^\s])"
)
_REPEATING = re.compile(
    r"(\d*)\.(\d*?)(?:\\(?:overline|bar|dot)\s*\{?\s*(\d+)\s*\}?(?:(\d*)\\dot\s*\{?\s*(\d)\s*\}?)?)$"
)
_ELLIPSIS = re.compile(r"(\d*)\.(\d*?)(?:(\d)\3{2,}|(\d{2,}?)\4+\d*?)\s?\D+$")


_OPENING, _CLOSING = frozenset(["(", "[", r"\{", r"\langle"]), frozenset([")", "]", r"\}", r"\rangle"])


class Token(NamedTuple):
    """A piece of an answer.

    `kind` is number, name, word, text, function, command, sign, separator or end; `spaced` says whether a space
    stood before it, `start` and `end` where it stands. The text of a number can be read by `value_of`.
    """

    kind: str
    text: str
    spaced: bool
    start: int
    end: int


def tokens_of(text: str, *, grouped: bool) -> list[Token]:
    """Split a text; with `grouped`, 1,234 is a number, else a list."""
    found: list[Token] = []
    end = 0
    position = 0
    depth = 0  # of the brackets in which a comma separates
    while match := _TOKEN.search(text, position):
        kind, content, stop = match.lastgroup or "sign", match[0], match.end()
        depth += (content in _OPENING) - (content in _CLOSING)
        if kind == "grouped" and (not grouped or depth > 0):
            stop = match.start() + re.match(r"\d+", content).end()  # type: ignore[union-attr]
            kind, content = "number", text[match.start() : stop]
        content = match["text"] if kind == "text" else content
        if content.lower() in ("min", "max", "sec") and kind == "letters" and text[stop : stop + 1] != "(":
            kind = "word"  # minutes, seconds
        found += _tokens(kind, content, match.start() > end, match.start(), stop)
        position = end = stop
    return found


def _tokens(kind: str, content: str, spaced: bool, start: int, end: int) -> list[Token]:
    def token(kind: str, content: str) -> list[Token]:
        return [Token(kind, content, spaced, start, end)]

    if kind in ("repeating", "grouped", "scientific", "number"):
        return token("number", content)
    if kind == "word":
        return token(kind, content)
    if kind in ("text", "letters", "chinese"):
        return token(*_word(content.strip(), is_text=kind == "text"))
    if kind == "command":
        return token(*_command(content))
    if content in ",;∨∧":
        return token("separator", content)
    return token(
        "sign",
        {
            "**": "^",
            "<": "<",
        }.get(content, content),
    )


def _word(content: str, *, is_text: bool) -> tuple[str, str]:
    lower = content.lower()
    if separator := _SEPARATING_WORDS.get(lower):
        return "separator", separator
    if not content:
        return "text", ""
    if not is_text and (content in _OTHER_NAMES or (lower in FUNCTIONS and (lower == content or len(content) > 2))):
        return "function", _OTHER_NAMES.get(content, lower)
    if content in ("pi", "Pi"):
        return "name", "pi"
    if lower in ("infinity", "inf", "oo") and not is_text:
        return "sign", "∞"
    if len(content) == 1 and content.isalpha() and content.isascii():
        return ("text" if is_text else "name"), content
    if lower == "to":
        return "sign", ":"
    return ("text" if is_text else "word"), content


def _command(content: str) -> tuple[str, str]:
    if sign := _SIGNS.get(content):
        return ("separator" if sign in "∨∧" else "sign"), sign
    bare = content[1:]
    if bare in FUNCTIONS or bare in _OTHER_NAMES:
        return "function", _OTHER_NAMES.get(bare, bare)
    if bare in _LETTERS:
        return "name", bare
    if bare == "Reals":
        return "command", "reals"
    return "command", bare


def value_of(text: str) -> tuple[Fraction, int | None]:
    r"""Return the value of a number token and its decimal places, None where it has none.

    >>> value_of("1,234.50"), value_of(r"0.1\overline{6}"), value_of("0.333..."), value_of("1.5e3")
    ((Fraction(2469, 2), 2), (Fraction(1, 6), None), (Fraction(1, 3), None), (Fraction(1500, 1), None))
    """
    if match := _REPEATING.match(text):
        whole, before, period, between, last = match.groups()
        return _repeated(whole, before, period + (between or "") + (last or "")), None
    if text.endswith("..") or "\\" in text:
        if match := _ELLIPSIS.match(text):
            whole, before, digit, period = match.groups()
            return _repeated(whole, before, digit or period), None
        return Fraction(re.match(r"[\d.]*\d", text)[0]), 0  # type: ignore[index]
    digits = text.replace(",", "").replace(" ", "").rstrip(".")
    if "e" in digits or "E" in digits:
        mantissa, _, exponent = digits.lower().partition("e")
        if abs(int(exponent)) > 5000:
            raise OverflowError(text)
        places = max(0, len(mantissa.partition(".")[2]) - int(exponent))
        return Fraction(mantissa) * Fraction(10) ** int(exponent), places or None
    _, point, decimals = digits.partition(".")
    return Fraction(digits), len(decimals) if point else None


def _repeated(whole: str, before: str, period: str) -> Fraction:
    scale = 10 ** len(before)
    return (
        Fraction(int(whole or 0))
        + Fraction(int(before or 0), scale)
        + Fraction(int(period), scale * (10 ** len(period) - 1))
    )
