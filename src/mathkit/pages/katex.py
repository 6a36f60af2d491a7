r"""What KaTeX shows of a formula -> MathML, for pages that hold nothing else of it.

KaTeX (https://katex.org) stacks spans and says of each how high it stands. Read are scripts, fractions, roots, limits,
accents, braces, tables, delimiters, alphabets and negations, as they are written since 0.6. Not read are sizes,
colours, boxes, \cancel, the rules of tables, arrows with words, and where lines break: what stands in them is kept.
"""

import re
import unicodedata
from typing import Any

from mathkit.pages.mathml import name_of

_MAX_DEPTH = 200  # spans, of which a formula within a formula takes about five
_PREFIX = "katex-"  # of some classes since 0.19
_UNSEEN = frozenset((
    "strut", "pstrut", "vlist-s", "nulldelimiter", "frac-line", "arraycolsep", "vertical-separator", "sqrt-sign",
    "fontsize-ensurer",
))  # fmt: skip
_STACKED = frozenset(("mfrac", "sqrt", "op-limits", "accent", "overline", "underline", "mover", "munder"))
_ALPHABETS = {
    "mathbf": "bold", "boldsymbol": "bold-italic", "mathbb": "double-struck", "mathcal": "script", "mathscr": "script",
    "mathfrak": "fraktur", "mathsf": "sans-serif", "mathtt": "monospace", "mathrm": "normal",
}  # fmt: skip
_TOKEN = re.compile(r"(?P<mn>\d+)|(?P<mi>[^\W\d_]+)|(?P<mo>[^\s\u200b])")
_TOP = re.compile(r"(?:\A|;)\s*top:\s*(-?\d*\.?\d+)em")
_HEIGHT = re.compile(r"(?:\A|;)\s*height:\s*(\d*\.?\d+)em")
_QUAD = re.compile(r"margin-right:\s*[1-9]")
_NOT, _NOT_NEXT = "\u0338", "\ue020"
_BARS = {"∣": "|", "∥": "‖"}  # where they are no relations
_PIECES = {  # the lowest and the topmost of a tall delimiter
    "⎝⎛": "(", "⎠⎞": ")", "⎣⎡": "[", "⎦⎤": "]", "⎩⎧": "{", "⎭⎫": "}", "⎢⎡": "⌈", "⎥⎤": "⌉", "⎣⎢": "⌊", "⎦⎥": "⌋",
    "||": "|", "‖‖": "‖", "((": "(", "[[": "[",
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]"}
_LINES = {"overline-line": "‾", "underline-line": "‾", "brace-center": "⏞"}
_PICTURES = (
    ("^", re.compile(r"0 0 (?:1062|2364) ")), ("~", re.compile(r"0 0 (?:600|1033|2339|2340) ")),
    ("→", re.compile(r"0 0 (?:471 |400000 522 xMax)")), ("‾", re.compile(r"0 0 400000 200 ")),
    ("|", re.compile(r"0 0 333 ")), ("‖", re.compile(r"0 0 556 ")),
    ("[", re.compile(r"0 0 667 ")), ("(", re.compile(r"0 0 875 ")),
)  # fmt: skip


def mathml_of(shown: Any) -> Any:
    """Return the <math> that a span (of lxml) of KaTeX shows."""
    return _element("math", _row(shown, 0))


def _row(span: Any, depth: int) -> list[Any]:
    """Return the MathML of what stands in a span."""
    names = _names(span)
    if depth > _MAX_DEPTH:
        return _tokens("".join(span.itertext()), names)
    row = _tokens(span.text, names)
    for child in span:
        inner = _names(child)
        layers = _layers(child) if "msupsub" in inner or ("vlist" in inner and row) else []
        if len(layers) in (1, 2):
            row, parts = [_scripted(_one(row), layers, depth + 1)], []
        else:
            parts = _read(child, depth + 1)
        for part in [*parts, *_tokens(child.tail, names)]:
            before = row[-1].text if row else None
            if before and part.text == _NOT:
                row[-1].text = unicodedata.normalize("NFC", before + _NOT)
            elif before == _NOT_NEXT and part.text:
                row[-1].text = unicodedata.normalize("NFC", part.text + _NOT)
            elif before and part.get("mathvariant") and part.get("mathvariant") == row[-1].get("mathvariant"):
                row[-1].text += part.text
            else:
                row.append(part)
    return row


def _read(span: Any, depth: int) -> list[Any]:
    """Return the MathML of a span."""
    names, style = _names(span), span.get("style", "")
    if names & _UNSEEN or "transparent" in style:  # what \phantom leaves room for
        return []
    if "mspace" in names:
        return [_element("mspace", width="1em")] if "\xa0" in (span.text or "") or _QUAD.search(style) else []
    if name_of(span) == "svg":
        picture = f"{span.get('viewbox', '')} {span.get('preserveaspectratio', '')}"
        return [_token("mo", drawn) for drawn, known in _PICTURES if known.match(picture)]
    if line := next((_LINES[name] for name in names if name in _LINES), ""):
        return [_token("mo", line)]
    if "text" in names:
        return [_token("mtext", "".join(span.itertext()))]
    if "llap" in names and "".join(span.itertext()).strip() == "/":
        return [_token("mo", _NOT)]
    if "mop" in names and (word := _word(span)):
        return [_token("mo", word)]
    if "mtable" in names and (rows := _rows(span, depth)):
        return [_element("mtable", rows)]
    row = [stacked] if names & _STACKED and (stacked := _stacked(span, names, depth)) is not None else _row(span, depth)
    if "mult" in names and row:
        piece = _PIECES.get(f"{row[0].text}{row[-1].text}", row[-1].text)
        return [_token("mo", _CLOSING.get(piece, piece) if "mclose" in _names(span.getparent()) else piece)]
    return [_one(row)] if "minner" in names else row  # a table with the delimiters around it


def _scripted(base: Any, layers: list[tuple[float, Any]], depth: int) -> Any:
    tag = "msubsup" if len(layers) == 2 else "msup" if layers[0][0] > 0 else "msub"
    return _element(tag, [base, *(_one(_row(layer, depth)) for _, layer in layers)])


def _stacked(span: Any, names: set[str], depth: int) -> Any:
    """Return what is made of two layers or three, the lowest first, or None if that is not what there is."""
    layers = _layers(span[-1] if "sqrt" in names and len(span) else span)
    if len(layers) not in (2, 3):
        return None
    parts = [_one(_row(layer, depth)) for _, layer in layers]
    if "sqrt" in names:
        index = [_one(_row(inner, depth)) for inner in span if "root" in _names(inner)]
        return _element("mroot" if index else "msqrt", [parts[0], *index])
    if "mfrac" in names:
        return _element("mfrac", [parts[-1], parts[0]], linethickness=str(len(layers) - 2))  # the line is one
    if "op-limits" in names:
        place = min(range(len(layers)), key=lambda number: abs(layers[number][0]))
        below, above = parts[:place], parts[place + 1 :]
        return _element("m" + "under" * bool(below) + "over" * bool(above), [parts[place], *below, *above])
    under = bool(names & {"underline", "munder"})
    base, mark = (parts[-1], parts[0]) if under else (parts[0], parts[-1])
    if under and mark.text == _LINES["brace-center"]:
        mark.text = "⏟"
    return _element("munder" if under else "mover", [base, mark]) if len(mark) or mark.text else base


def _rows(span: Any, depth: int) -> list[Any]:
    """Return the rows of a table, which is written by columns."""
    columns = [
        inner
        for inner in span.iter("span")
        if any(name.startswith("col-align") for name in _names(inner))
        and next(outer for outer in inner.iterancestors() if "mtable" in _names(outer)) is span
    ]
    rows: dict[float, list[Any]] = {}  # rows end before the cells that they lack
    for column in columns:
        for height, cell in _layers(column):
            rows.setdefault(round(height, 6), []).append(_element("mtd", _row(cell, depth)))
    return [_element("mtr", rows[height]) for height in sorted(rows, reverse=True)]


def _layers(span: Any) -> list[tuple[float, Any]]:
    """Return the layers of a span as they are written, and how high above the baseline each stands."""
    stack = next((inner for inner in span.iter("span") if "vlist" in _names(inner)), ())
    return [(_height(layer), layer) for layer in stack if "baseline-fix" not in _names(layer)]


def _height(layer: Any) -> float:
    struts = (inner.get("style", "") for inner in layer if "pstrut" in _names(inner))
    top, strut = _TOP.search(layer.get("style", "")), _HEIGHT.search(next(struts, ""))
    return -float(top[1] if top else 0) - float(strut[1] if strut else 0)


def _word(span: Any) -> str:
    """Return the name of a function."""
    word = "".join("".join(span.itertext()).split())
    plain = word.isalpha() and word.isascii() and len(word) > 1
    return word if plain and not any("vlist" in _names(inner) for inner in span.iter("span")) else ""


def _tokens(text: str | None, names: set[str]) -> list[Any]:
    alphabet = next((_ALPHABETS[name] for name in names if name in _ALPHABETS), "")
    tokens = []
    for found in _TOKEN.finditer(text or ""):
        tag, said = found.lastgroup or "", found[0]
        if tag == "mi" and not alphabet:  # a product
            tokens += [_token(tag, letter) for letter in said]
        elif tag == "mo":
            tokens.append(_token(tag, said if "mrel" in names else _BARS.get(said, said)))
        else:
            tokens.append(_token(tag, said, "" if tag == "mn" and alphabet == "normal" else alphabet))
    return tokens


def _token(tag: str, text: str, variant: str = "") -> Any:
    token = _element(tag, mathvariant=variant)
    token.text = "".join(character for character in text if character.isprintable() or character in "\xa0\ue020")
    return token


def _one(row: list[Any]) -> Any:
    return row[0] if len(row) == 1 else _element("mrow", row)


def _element(tag: str, children: list[Any] | tuple[()] = (), **attributes: str) -> Any:
    from lxml import etree

    element = etree.Element(tag, attributes)
    element.extend(children)
    return element


def _names(span: Any) -> set[str]:
    return {name.removeprefix(_PREFIX) for name in span.get("class", "").split()}
