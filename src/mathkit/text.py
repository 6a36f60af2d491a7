r"""What two texts must share to be alike: the levels of normalisation, words, and what LaTeX hides.

Every command that compares texts names the level it uses. Chinese, Japanese and Korean characters are words of
their own, for their scripts put no spaces between words.
"""

import re
import unicodedata
from collections.abc import Sequence

LEVELS = ("exact", "ws", "latex", "latex+num")

CJK = (  # as the inside of a character class
    "\u2e80-\u2fd5\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003fffd"
)
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
OPERATORS = (  # as the inside of a character class; arrows and mathematical operators as Unicode groups them
    r"+*/=<>^%!|~:'()\[\]±×÷·¬°′″−\-" "\u2190-\u22ff\u27c0-\u27ef\u2900-\u2aff"
)
_SYMBOL = re.compile(rf"[{CJK}]|[^\W_{CJK}]+|[{OPERATORS}]|(?<=[0-9])\.(?=[0-9])")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_FRACTION = re.compile(r"\\[dtc]frac(?![a-zA-Z])")
_SIZING = re.compile(r"\\(?:left|right|[bB]ig+[lrm]?)(?![a-zA-Z])")
_SPACING = re.compile(r"\\(?:[,;:!> ]|quad(?![a-zA-Z])|qquad(?![a-zA-Z]))|(?<!\\)~")
_DELIMITER = re.compile(r"(?<!\\)\$+|\\[()\[\]]")
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CLUSTER = re.compile(r".[\u0300-\u036f\u1160-\u11ff\u3099\u309a]*", re.DOTALL)  # what NFKC composes most often
_RUN = re.compile(r"\S+|\s+")  # NFKC composes nothing across white space
_BOX_OR_BRACE = re.compile(r"(?P<box>\\(?:boxed|fbox)\s*\{)|\\.|[{}]", re.DOTALL)


def normalize(text: str, level: str) -> str:
    r"""Return a text at one of the LEVELS of likeness, each of which includes those before it.

    exact       as it is
    ws          runs of white space are one space
    latex       Unicode's compatible forms and cases are one; spelling variants of the same LaTeX are one
    latex+num   every number is 0

    >>> normalize(r"What is  $\dfrac{1}{2}$?", "latex")
    'what is \\frac{1}{2}?'
    >>> normalize("3 + 5", "latex+num") == normalize("7 + 12", "latex+num")
    True
    """
    return text if level == "exact" else " ".join(fold(text, level).split())


def fold(text: str, level: str) -> str:
    """Return a text at one of the LEVELS but for its white space, which stays as it is."""
    if level in ("exact", "ws"):
        return text
    if not text.isascii():
        text = _SUPERSCRIPT.sub(r"^\g<0>", text)  # NFKC would make 52 of 5²
    text = plain_latex(nfkc_lower(text))
    if "\\" in text or "$" in text or "~" in text:
        text = _DELIMITER.sub("", _SPACING.sub(" ", text))
    return _NUMBER.sub("0", text) if level == "latex+num" else text


def nfkc_lower(text: str) -> str:
    """Return a text in lower case, its compatible forms of characters made one (NFKC)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def plain_latex(text: str) -> str:
    r"""Return a text with its fractions of one kind and without the sizes of its brackets.

    >>> plain_latex(r"\left(\tfrac12\right)")
    '(\\frac12)'
    """
    return _SIZING.sub("", _FRACTION.sub(r"\\frac", text)) if "\\" in text else text


def plain(text: str) -> str:
    r"""Return a text in which equal words look equal: in lower case and NFKC, with LaTeX's spelling variants made one.

    >>> plain(r"Ｘ² = \dfrac{1}{2}")
    'x2 = \\frac{1}{2}'
    """
    return plain_latex(nfkc_lower(text))


def numbers_alike(text: str) -> str:
    """Return a text with 0 for every run of digits; each word begins and ends where it did.

    >>> numbers_alike("3.5 apples of x12")
    '0.0 apples of x0'
    """
    return _DIGITS.sub("0", text)


def words(text: str) -> list[str]:
    r"""Return the lower-cased runs of letters and digits of a text, and each CJK character by itself.

    >>> words(r"小明有$\dfrac{1}{2}$ of X_1 Apples")
    ['小', '明', '有', 'frac', '1', '2', 'of', 'x', '1', 'apples']
    """
    return plain_words(plain(text))


def plain_words(text: str) -> list[str]:
    """Return the `words` of a text that `plain` returned."""
    return _WORD.findall(text)


def symbols(text: str) -> list[str]:
    """Return the words of a normalised text and its operators: "3 + 5" and "7 - 2" differ in three of three.

    >>> symbols("x_1 + 2 = 5?")
    ['x', '1', '+', '2', '=', '5']
    """
    return _SYMBOL.findall(text)


def word_spans(text: str) -> list[tuple[int, int]]:
    r"""Return where each of `words(text)` stands in the text itself, as [start, end) in characters.

    Normalisation can merge and split characters; a word is given the original characters that it came from.

    >>> word_spans(r"\left(½ OF")
    [(6, 7), (6, 7), (8, 10)]
    """
    places = _WordPlaces(text)
    return [places.span(number, number) for number in range(len(places.words))]


def run_span(text: str, first: int, count: int) -> tuple[int, int]:
    """Return where `count` of `words(text)` in a row stand in the text itself, as [start, end) in characters.

    >>> run_span("Is it 1, 2 or 3?", 1, 3)
    (3, 10)
    """
    return _WordPlaces(text).span(first, first + count - 1)


class _WordPlaces:
    """The words of a text, and the way from them back to the characters they came from."""

    def __init__(self, text: str) -> None:
        folded, self._origin = _with_origins(text)
        folded = _FRACTION.sub(_blank_letter, folded)
        shown = _SIZING.sub("", folded)
        self._places: Sequence[int] = range(len(folded))  # of the characters that are shown
        if len(shown) != len(folded):
            hidden = {place for match in _SIZING.finditer(folded) for place in range(*match.span())}
            self._places = [place for place in self._places if place not in hidden]
        self.words = [match.span() for match in _WORD.finditer(shown)]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where the first to the last of some words stand."""
        start, end = self._places[self.words[first][0]], self._places[self.words[last][1] - 1] + 1
        return self._origin[start], _end(self._origin, end)


def _with_origins(text: str) -> tuple[str, Sequence[int]]:
    """Return a text in NFKC and lower case, and for each character (and the end) the place it came from."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    normal = unicodedata.normalize("NFKC", text)
    for pattern in (_CLUSTER, _RUN):  # the first is finer, but wrong for some scripts
        clusters = pattern.findall(text)
        pieces = [unicodedata.normalize("NFKC", cluster) for cluster in clusters]
        if "".join(pieces) == normal:
            break
    origin: list[int] = []
    position = 0
    for cluster, piece in zip(clusters, pieces, strict=True):
        origin.extend([position] * len(piece.lower()))
        position += len(cluster)
    return normal.lower(), [*origin, position]


def _blank_letter(match: re.Match[str]) -> str:
    return r" \frac"  # as long as \dfrac, so that every position stays


def _end(origin: Sequence[int], end: int) -> int:
    last = origin[end - 1]
    while end < len(origin) and origin[end] == last:
        end += 1
    return origin[end] if end < len(origin) else origin[-1]


def boxed(text: str) -> list[tuple[int, int]]:
    r"""Return where the contents of the \boxed{} (or \fbox{}) of a text begin and end, those in others left out.

    A last one whose braces do not close was cut off: it ends at -1.

    >>> boxed(r"so \boxed{1} and \boxed{\frac{1}{2}}"), boxed(r"\boxed{\frac{1}{2")
    ([(10, 11), (24, 35)], [(7, -1)])
    """
    found: list[tuple[int, int]] = []
    opened: list[int | None] = []  # for each brace that is open, where its box begins, if it is a box
    last = -1
    for match in _BOX_OR_BRACE.finditer(text):
        if match["box"]:
            opened.append(match.end())
            last = match.end()
        elif match[0] == "{":
            opened.append(None)
        elif match[0] == "}" and opened and (start := opened.pop()) is not None:
            while found and found[-1][0] > start:
                found.pop()  # a box in a box
            found.append((start, match.start()))
    return [*found, (last, -1)] if last in opened else found


def last_boxed(text: str) -> str | None:
    r"""Return what stands in the last \boxed{} (or \fbox{}) whose braces close, else None.

    >>> last_boxed(r"so \boxed{1} and \boxed{\frac{1}{2}}")
    '\\frac{1}{2}'
    >>> last_boxed(r"\boxed{\frac{1}{2")
    """
    closed = [(start, end) for start, end in boxed(text) if end >= 0]
    return text[closed[-1][0] : closed[-1][1]] if closed else None
