r"""What two texts must share to be alike: the levels of normalisation, words, and what LaTeX hides.

Every command that compares texts names the level it uses. Chinese, Japanese and Korean characters are words of
their own, for their scripts put no spaces between words.
"""

import re
import unicodedata

LEVELS = ("exact", "ws", "latex", "latex+num")

CJK = (  # as the inside of a character class
    "\u2e80-\u2fd5\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003fffd"
)
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
OPERATORS = r"+*/=<>^%!|~±×÷·∓√∞∑∏∫∂∇∈∉∩∪⊂⊆≈≠≡≤≥→⇒⇔¬∧∨∀∃°′-"
_SYMBOL = re.compile(rf"[{CJK}]|[^\W_{CJK}]+|[{re.escape(OPERATORS)}]")
_FRACTION = re.compile(r"\\[dtc]frac(?![a-zA-Z])")
_SIZING = re.compile(r"\\(?:left|right|[bB]ig+[lrm]?)(?![a-zA-Z])")
_SPACING = re.compile(r"\\(?:[,;:!> ]|quad(?![a-zA-Z])|qquad(?![a-zA-Z]))|(?<!\\)~")
_DELIMITER = re.compile(r"(?<!\\)\$+|\\[()\[\]]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPACES = bytes(32 if chr(code).isspace() else code for code in range(128)).ljust(256)
_CLUSTER = re.compile(r".[\u0300-\u036f\u1160-\u11ff\u3099\u309a]*", re.DOTALL)  # what NFKC may compose
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
    return text if level == "exact" else _collapsed(fold(text, level))


def fold(text: str, level: str) -> str:
    """Return a text at one of the LEVELS but for its white space, which stays as it is."""
    if level in ("exact", "ws"):
        return text
    text = plain_latex(lower(text))
    if "\\" in text or "$" in text or "~" in text:
        text = _DELIMITER.sub("", _SPACING.sub(" ", text))
    return _NUMBER.sub("0", text) if level == "latex+num" else text


def _collapsed(text: str) -> str:
    """Return `" ".join(text.split())`, without making a string of each word where it can be done."""
    if not text.isascii():
        return " ".join(text.split())
    text = text.encode().translate(_SPACES).decode().strip(" ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def lower(text: str) -> str:
    """Return a text in lower case, its compatible forms of characters made one (NFKC)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def plain_latex(text: str) -> str:
    r"""Return a text with its fractions of one kind and without the sizes of its brackets.

    >>> plain_latex(r"\left(\tfrac12\right)")
    '(\\frac12)'
    """
    return _SIZING.sub("", _FRACTION.sub(r"\\frac", text)) if "\\" in text else text


def words(text: str) -> list[str]:
    r"""Return the lower-cased runs of letters and digits of a text, and each CJK character by itself.

    >>> words(r"小明有$\dfrac{1}{2}$ of X_1 Apples")
    ['小', '明', '有', 'frac', '1', '2', 'of', 'x', '1', 'apples']
    """
    return _WORD.findall(plain_latex(lower(text)))


def symbols(text: str) -> list[str]:
    """Return the words of a normalised text and its operators: "3 + 5" and "7 - 2" differ in three of three.

    >>> symbols("x_1 + 2 = 5?")
    ['x', '1', '+', '2', '=', '5']
    """
    return _SYMBOL.findall(text)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each of `words(text)` stands in the text itself, as [start, end) in characters.

    Normalisation can merge and split characters; a word is given the original characters that it came from.
    """
    origin: list[int] = []  # for each character of the normalised text, the original position it came from
    pieces: list[str] = []
    position = 0
    for cluster in _CLUSTER.findall(text):
        piece = unicodedata.normalize("NFKC", cluster).lower()
        pieces.append(piece)
        origin.extend([position] * len(piece))
        position += len(cluster)
    origin.append(position)
    blanked = _SIZING.sub(_blank, _FRACTION.sub(_blank_letter, "".join(pieces)))
    return [(origin[match.start()], _end(origin, match.end())) for match in _WORD.finditer(blanked)]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _blank_letter(match: re.Match[str]) -> str:
    return r" \frac"  # as long as \dfrac, so that every position stays


def _end(origin: list[int], end: int) -> int:
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
