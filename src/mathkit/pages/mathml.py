"""Presentation MathML -> LaTeX, for formulas whose author's TeX is not in the page."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mathkit.pages.symbols import latex

_MAX_DEPTH = 80  # levels of nesting; deeper is no formula, and Python's stack is finite
_FUNCTIONS = frozenset((
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "coth", "csc", "deg", "det", "dim", "exp", "gcd",
    "hom", "inf", "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "Pr", "sec", "sin", "sinh",
    "sup", "tan", "tanh",
))  # fmt: skip
_VARIANTS = {
    "bold": r"\mathbf", "bold-italic": r"\boldsymbol", "double-struck": r"\mathbb", "script": r"\mathcal",
    "bold-script": r"\mathcal", "fraktur": r"\mathfrak", "sans-serif": r"\mathsf", "monospace": r"\mathtt",
    "normal": r"\mathrm",
}  # fmt: skip
_OVER = {
    "^": "hat", "ˆ": "hat", "̂": "hat", "~": "tilde", "˜": "tilde", "̃": "tilde", "∼": "tilde", "¯": "bar", "‾": "bar",
    "ˉ": "bar", "̄": "bar", "_": "bar", "―": "bar", "→": "vec", "⃗": "vec", "⇀": "vec", "˙": "dot", ".": "dot", "̇": "dot",
    "¨": "ddot", "..": "ddot", "ˇ": "check", "˘": "breve", "´": "acute", "ˊ": "acute", "`": "grave", "ˋ": "grave",
    "˚": "mathring", "⏞": "overbrace",
}  # fmt: skip
_WIDE = {"hat": "widehat", "tilde": "widetilde", "bar": "overline", "vec": "overrightarrow"}
_UNDER = {"_": "underline", "¯": "underline", "̲": "underline", "―": "underline", "‾": "underline", "⏟": "underbrace"}
_LIMITS = frozenset((
    r"\sum", r"\prod", r"\coprod", r"\bigcup", r"\bigcap", r"\bigvee", r"\bigwedge", r"\bigoplus", r"\bigotimes",
    r"\bigodot", r"\biguplus", r"\bigsqcup", r"\int", r"\iint", r"\iiint", r"\oint", r"\lim", r"\liminf", r"\limsup",
    r"\max", r"\min", r"\sup", r"\inf", r"\det", r"\gcd", r"\Pr",
))  # fmt: skip
_MATRICES = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix", ("‖", "‖"): "Vmatrix",
             ("{", "}"): "Bmatrix", ("{", ""): "cases"}  # fmt: skip
_ESCAPED = r"\\\1"
_NO_BREAK = "\xa0"
_SPECIAL = re.compile(r"([#$%&_{}])")
_BINOMIAL = re.compile(r"\(\{([^()]*?) \\atop ([^()]*?)\}\)")
_RUNS_ON = re.compile(r"(?:\\[a-zA-Z]+|[_^]\w)\Z")  # a command or a script that what follows would be read into
_ONE_TOKEN = re.compile(r"(?:\\[a-zA-Z]+|\\?[^\\\s])\Z")
_ONE_BASE = re.compile(r"(?:\\[a-zA-Z]+(?:\{[^{}]*\})*|\\?[^\\\s]|\d+|\([^()]*\)|\[[^][]*\])\Z")


def to_latex(element: Any) -> str:
    r"""Return the LaTeX of a MathML element (of lxml), without delimiters.

    >>> from lxml.html import fromstring
    >>> to_latex(fromstring("<math><mfrac><mn>1</mn><msqrt><mi>x</mi></msqrt></mfrac><mo>≤</mo><mi>α</mi></math>"))
    '\\frac{1}{\\sqrt{x}}\\le\\alpha'
    """
    return _BINOMIAL.sub(r"\\binom{\1}{\2}", " ".join(_read(element, 0).split()))


def _read(element: Any, depth: int) -> str:
    tag = name_of(element)
    if depth > _MAX_DEPTH:
        return _characters("".join(element.itertext()))
    children = list(element)
    match tag:
        case "mi" | "mn" | "mo":
            return _token(tag, element)
        case "mtext" | "ms":
            return _text("".join(element.itertext()))
        case "mspace":
            return r"\ " if element.get("width", "0")[:1] in "123456789" else ""
        case "mphantom" | "annotation" | "annotation-xml" | "none" | "mprescripts" | "maligngroup" | "malignmark":
            return ""
        case "semantics" | "maction":
            return _read(children[0], depth + 1) if children else ""
        case "mfenced":
            return _fenced(element, children, depth)
        case "mtable":
            return _matrix(element, "matrix", depth)
        case "msqrt":
            return rf"\sqrt{{{_row(children, depth)}}}"
        case "menclose" if "box" in element.get("notation", ""):
            return rf"\boxed{{{_row(children, depth)}}}"
        case _ if len(children) == _ARGUMENTS.get(tag):
            return _scheme(tag, element, [_read(child, depth + 1) for child in children], children)
        case "mmultiscripts" if children:
            return _multiscripts(children, depth)
        case _:
            inner = _row(children, depth)
            return inner if children else _characters((element.text or "").strip())


_ARGUMENTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}


def _scheme(tag: str, element: Any, parts: list[str], children: Sequence[Any]) -> str:
    """Return what an element of a fixed number of parts says."""
    base = parts[0]
    match tag:
        case "mfrac":
            if element.get("linethickness", "1")[:1] == "0":
                return rf"{{{base} \atop {parts[1]}}}"
            return rf"\frac{{{base}}}{{{parts[1]}}}"
        case "mroot":
            return rf"\sqrt[{parts[1]}]{{{base}}}"
        case "msub":
            return _script(base, sub=parts[1])
        case "msup":
            return _script(base, sup=parts[1])
        case "msubsup":
            return _script(base, sub=parts[1], sup=parts[2])
        case "munder" if base.strip() not in _LIMITS:
            return _accent(base, children[1], parts[1], _UNDER, "underset")
        case "mover" if base.strip() not in _LIMITS:
            return _accent(base, children[1], parts[1], _OVER, "overset")
        case "munderover" if base.strip() not in _LIMITS:
            return rf"\underset{{{parts[1]}}}{{\overset{{{parts[2]}}}{{{base}}}}}"
        case "mover":
            return _script(base, sup=parts[1])
        case _:
            return _script(base, sub=parts[1], sup=parts[2] if len(parts) > 2 else "")


def _script(base: str, *, sub: str = "", sup: str = "") -> str:
    if base and not _ONE_BASE.match(base):
        base = f"{{{base}}}"
    if sup and not sup.strip("'"):  # primes stand by themselves
        return base + sup + (f"_{_argument(sub)}" if sub else "")
    return base + (f"_{_argument(sub)}" if sub else "") + (f"^{_argument(sup)}" if sup else "")


def _argument(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _accent(base: str, mark: Any, read: str, accents: dict[str, str], otherwise: str) -> str:
    accent = accents.get("".join(mark.itertext()).strip())
    if not accent:
        return rf"\{otherwise}{{{read}}}{{{base}}}"
    return rf"\{accent if _ONE_TOKEN.match(base) else _WIDE.get(accent, accent)}{{{base}}}"


def _multiscripts(children: list[Any], depth: int) -> str:
    base, *rest = children
    marks = [name_of(child) == "mprescripts" for child in rest]
    split = marks.index(True) if True in marks else len(rest)
    read = [_read(child, depth + 1) for child in rest]
    after, before = read[:split], read[split + 1 :]
    pre = "".join("{}" + _script("", sub=sub, sup=sup) for sub, sup in zip(before[::2], before[1::2], strict=False))
    inner = _read(base, depth + 1)
    return pre + _script(inner, sub="".join(after[::2]), sup="".join(after[1::2]))


def _row(children: Sequence[Any], depth: int) -> str:
    """Return a row; a table between brackets is a matrix of their kind, one behind a brace cases."""
    tables = [place for place, child in enumerate(children) if _table_in(child) is not None]
    if len(tables) == 1:
        place = tables[0]
        before, after = children[:place], children[place + 1 :]
        first = _character_of(before[-1]) if before else ""
        last = _character_of(after[0]) if after else ""
        kind = _MATRICES.get((first, last)) or _MATRICES.get((first, ""))
        if kind:
            used = 1 if (first, last) in _MATRICES and last else 0
            matrix = _matrix(_table_in(children[place]), kind, depth)
            return _join([_row(before[:-1], depth), matrix, _row(after[used:], depth)])
    return _join(_read(child, depth + 1) for child in children)


def _table_in(element: Any) -> Any:
    """Return the table that an element is, or holds and nothing else."""
    for _ in range(_MAX_DEPTH):
        if name_of(element) == "mtable":
            return element
        if name_of(element) not in ("mrow", "mstyle", "mpadded") or len(element) != 1:
            return None
        element = element[0]
    return None


def _character_of(element: Any) -> str:
    return "".join(element.itertext()).strip() if name_of(element) == "mo" else ""


def _fenced(element: Any, children: Sequence[Any], depth: int) -> str:
    first, last = element.get("open", "("), element.get("close", ")")
    table = _table_in(children[0]) if len(children) == 1 else None
    if table is not None and (kind := _MATRICES.get((first.strip(), last.strip()))):
        return _matrix(table, kind, depth)
    separators = element.get("separators", ",").split() or [""]
    parts = [_characters(first)]
    for number, child in enumerate(children):
        if number:
            parts.append(_characters("".join(separators)[min(number, len("".join(separators))) - 1 :][:1]))
        parts.append(_read(child, depth + 1))
    return _join([*parts, _characters(last)])


def _matrix(table: Any, kind: str, depth: int) -> str:
    rows = []
    for row in table:
        if name_of(row) not in ("mtr", "mlabeledtr"):
            continue
        cells = [cell for cell in row if name_of(cell) == "mtd"][name_of(row) == "mlabeledtr" :]
        rows.append(" & ".join(_row(list(cell), depth + 1) or (cell.text or "").strip() for cell in cells))
    return rf"\begin{{{kind}}} " + r" \\ ".join(rows) + rf" \end{{{kind}}}"


def _token(tag: str, element: Any) -> str:
    text = " ".join("".join(element.itertext()).split())
    if (tag == "mi" and text in _FUNCTIONS) or (tag == "mo" and text in _FUNCTIONS):
        return f"\\{text}"
    read = _characters(text)
    variant = _VARIANTS.get(element.get("mathvariant", ""))
    if variant and text.isalnum() and (text.isascii() or variant != r"\mathrm"):
        return f"{variant}{{{read}}}"
    if tag != "mn" and len(text) > 1 and text.isalpha() and text.isascii():
        return rf"\operatorname{{{text}}}" if tag == "mo" else rf"\mathrm{{{text}}}"
    return read


def _characters(text: str) -> str:
    return _join(map(latex, text.replace(_NO_BREAK, " ")))


def _text(text: str) -> str:
    """Return words in a formula."""
    if not text.strip():
        return r"\ " if text else ""
    return f"\\text{{{_SPECIAL.sub(_ESCAPED, text.replace(_NO_BREAK, ' '))}}}"


def _join(parts: Iterable[str]) -> str:
    """Return the parts in a row, with a space where two would be read, or seen, as one."""
    row = ""
    for part in parts:
        if part[:1].isalnum() and _RUNS_ON.search(row, max(0, len(row) - 40)):
            row += " "
        row += part
    return row


def name_of(element: Any) -> str:
    """Return the name of an element, in lower case as the parser gives it, without its prefix."""
    tag: str = element.tag
    return tag.rpartition(":")[2] if ":" in tag else tag
