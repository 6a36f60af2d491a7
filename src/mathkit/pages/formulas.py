r"""The formulas of a page, in whatever way it shows them, as LaTeX between $ or $$.

Pages carry formulas as MathJax scripts, as what MathJax or KaTeX has made of them, as MathML with or without the
author's TeX, as TeX in an element that says so, and as images whose alternative text is TeX. Most carry several of
these at once: one is kept, the author's TeX before anything made from it. TeX in the text itself ($x$, \(x\)) stays as
it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from mathkit.pages.katex import mathml_of
from mathkit.pages.mathml import name_of, to_latex
from mathkit.pages.tree import parse

_TEX = re.compile(r"(?:application/x-(?:la)?tex|(?:la)?tex)\Z", re.IGNORECASE)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*(?:\n[ \t]*|\Z)")  # to the end of its line; LaTeXML folds long lines so
_DELIMITED = re.compile(r"(\$\$?|\\\(|\\\[)(.*?)(\$\$?|\\\)|\\\])\Z", re.DOTALL)
_DISPLAYSTYLE = re.compile(r"\A\{?\s*\\(?:displaystyle|textstyle)(?![a-zA-Z])\s*")
_DISPLAY = re.compile(r"\\begin\{(?:align|alignat|aligned|equation|gather|multline|eqnarray|flalign)\*?\}")
_LONE_DOLLAR = re.compile(r"(?<!\\)\$")
_IMAGE_CLASSES = frozenset((
    "latex", "tex", "math", "wp-katex-eq", "equation_image", "equation", "ee_img", "texi", "mathimg", "latex_img",
))  # fmt: skip
_IMAGE_SOURCE = re.compile(
    r"latex\.php|latex\.codecogs\.com|math(?:tex|ml)?\.cgi|mimetex|/math/render/|[?&]cht=tx|/equation\?tex=|/math\?formula="
)
_QUERY = re.compile(r"[?&](?:latex|tex|chl|math|formula)=([^&#]*)")
_SAID = ("data-equation-content", "data-formula", "data-tex")  # attributes of an image that hold its TeX
_MATHJAX = frozenset((
    "MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG", "MathJax_SVG_Display", "MathJax_CHTML",
    "MathJax_MathML", "mjx-chtml", "MJXc-display",
))  # fmt: skip
_PREVIEW = "MathJax_Preview"
_TEX_CLASSES = {  # of elements that hold TeX and no elements -> whether it stands on a line of its own
    "math-inline": False, "math-display": True, "js-inline-math": False, "js-display-math": True,
    "katex--inline": False, "katex--display": True, "language-math": True,
}  # fmt: skip
_BLANK_LINE = re.compile(r"\n\s*\n")
_TEX_LIKE = re.compile(r"[\\^_{}=+<>|*/-]|\A[A-Za-z0-9]{1,3}\Z")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and whether it stands on a line of its own."""

    tex: str
    display: bool

    def __str__(self) -> str:
        if self.display and _DISPLAY.match(self.tex):
            return self.tex
        if _LONE_DOLLAR.search(self.tex):  # in a \text{} of its own
            return rf"\[{self.tex}\]" if self.display else rf"\({self.tex}\)"
        return f"$${self.tex}$$" if self.display else f"${self.tex}$"


NOTHING = Formula("", False)  # what only shows another formula once more


class Formulas:
    """Finds the formulas of one page."""

    def __init__(self, root: Any) -> None:
        self._has_scripts = any(element.get("type", "").startswith("math/") for element in root.iter("script"))

    def read(self, element: Any) -> Formula | None:
        """Return the formula that an element (of lxml) is, NOTHING if it repeats another, None if it is none."""
        name = name_of(element)
        match name:
            case "math":
                return _of_mathml(element)
            case "script":
                return _of_script(element)
            case "img":
                return _of_image(element)
            case "mjx-container":
                return _rendered(element)
        if name == "span" and (tex := element.get("data-tex", "").strip()):
            return _made(tex, False)
        if (style := element.get("data-math-style")) and _is_source(element):
            return _made("".join(element.itertext()), style == "display")
        classes = element.get("class", "").split()
        if not classes:
            return None
        if "mwe-math-element" in classes:
            return _first(element)
        if not len(element):
            for called, display in _TEX_CLASSES.items():
                if called in classes:
                    return _made(element.text or "", display)
        if name == "span" or name == "div":
            if not _MATHJAX.isdisjoint(classes):
                return NOTHING if self._has_scripts else None if _PREVIEW in classes else _rendered(element)
            if "katex-display" in classes or "katex" in classes:
                return _of_katex(element, display="katex-display" in classes)
            if "math" in classes and ("inline" in classes or "display" in classes) and not len(element):
                return _made(element.text or "", "display" in classes)
        return None


def joined(row: Any) -> tuple[Formula, str]:
    """Return the one formula that the cells of an equation's row are parts of, and the equation's number.

    Words between the parts are in it as they would be in TeX.
    """
    parts: list[str] = []
    words: list[str] = []
    number: list[str] = []
    for part in _parts(row, number):
        if isinstance(part, str):
            words += part.split()
            continue
        parts += [rf"\text{{ {' '.join(words)} }}"] * bool(words) + [part.tex]
        words = []
    parts += [rf"\text{{ {' '.join(words)}}}"] * bool(words)
    return _made(" ".join(parts), True), " ".join(" ".join(number).split())


def _parts(element: Any, number: list[str]) -> Iterator[Formula | str]:
    for child in element:
        if "ltx_eqn_eqno" in child.get("class", ""):
            number.append("".join(child.itertext()))
        elif name_of(child) == "math":
            yield _of_mathml(child)
        else:
            yield child.text or ""
            yield from _parts(child, number)
        yield child.tail or ""


def _made(tex: str, display: bool) -> Formula:
    r"""Return a formula of TeX as pages hold it: with delimiters, comments and \displaystyle around it or not.

    >>> _made(r"{\displaystyle \frac 12}", False), _made(r"\[x<y\]", False)
    (Formula(tex='\\frac 12', display=False), Formula(tex='x<y', display=True))
    """
    tex = _COMMENT.sub("", tex).strip()
    if delimited := _DELIMITED.match(tex):
        display = display or delimited[1] in ("$$", r"\[")
        tex = delimited[2].strip()
    if style := _DISPLAYSTYLE.match(tex):
        wrapped = tex.startswith("{")
        if not wrapped:
            tex = tex[style.end() :]
        elif tex.endswith("}") and _closes_last(tex):
            tex = tex[style.end() : -1]
    return Formula(tex.strip(), display)


def _closes_last(tex: str) -> bool:
    """Return whether the first brace is closed by the last."""
    depth = 0
    for place, character in enumerate(re.sub(r"\\.", "  ", tex, flags=re.DOTALL)):
        depth += (character == "{") - (character == "}")
        if not depth:
            return place == len(tex) - 1
    return False


def _of_mathml(element: Any) -> Formula:
    display = element.get("display") == "block" or element.get("mode") == "display"
    for annotation in element.iter("annotation"):
        if _TEX.match(annotation.get("encoding", "").strip()) and (annotation.text or "").strip():
            return _made(annotation.text, display)
    for name in ("alttext", "data-latex"):
        if (tex := element.get(name, "").strip()) and (name == "data-latex" or _TEX_LIKE.search(tex)):
            return _made(tex, display)
    return Formula(to_latex(element), display)


def _of_script(element: Any) -> Formula | None:
    kind = element.get("type", "").lower()
    if kind.startswith("math/tex"):
        return _made(re.sub(r"\A\s*%\s*<!\[CDATA\[|%?\s*\]\]>\s*\Z", "", element.text or ""), "mode=display" in kind)
    if kind.startswith("math/mml"):
        return _parsed(element.text or "")
    return None


def _rendered(element: Any) -> Formula:
    """Return what MathJax made of a formula whose TeX is not in a script beside it."""
    display = element.get("display") == "true" or "_Display" in element.get("class", "")
    found = _first(element)
    return Formula(found.tex, found.display or display) if found else _of_data(element, display) or NOTHING


def _of_katex(element: Any, *, display: bool) -> Formula | None:
    """Return what KaTeX made of a formula: its MathML, the text that a page has left of that, or what it shows.

    Of MathML written over many lines and without its tags, the annotation is what stands behind the last blank line.
    """
    if found := _first(element):
        return Formula(found.tex, found.display or display)
    for span in element.iter("span"):
        classes = span.get("class", "").split()
        if "katex-mathml" in classes:
            *tokens, tex = _BLANK_LINE.split("".join(span.itertext()).strip())
            if tokens:
                return _made(tex, display)
        elif "katex-html" in classes and (tex := to_latex(mathml_of(span))):
            return Formula(tex, display)
    return None


def _is_source(element: Any) -> bool:
    """Return whether an element holds TeX, maybe line by line, and not what was made of it."""
    return all(
        name_of(inner) in ("code", "span") and "katex" not in inner.get("class", "")
        for inner in element.iterdescendants()
    )


def _of_data(element: Any, display: bool) -> Formula | None:
    """Return the formula that an element keeps in an attribute, as MathJax does."""
    if tex := element.get("data-latex"):
        return _made(tex, display)
    for holder in element.iter():
        if found := _parsed(holder.get("data-mathml", "")):
            return Formula(found.tex, found.display or display)
    return None


def _parsed(mathml: str) -> Formula | None:
    """Return the formula of MathML that stands in a script or an attribute."""
    root = parse(mathml)
    return None if root is None else _first(root)


def _of_image(element: Any) -> Formula | None:
    """Return the formula that an image shows: its alternative text, or else what its address asks for."""
    classes = element.get("class", "").lower().split()
    source = element.get("src", "") or element.get("data-src", "")
    fallback = any(name.startswith("mwe-math") for name in classes)
    for attribute in _SAID:
        if tex := element.get(attribute, "").strip():
            return _made(tex, False)
    if not fallback and _IMAGE_CLASSES.isdisjoint(classes) and not _IMAGE_SOURCE.search(source):
        return None
    display = any(name.endswith("-display") for name in classes)
    tex = element.get("alt", "").strip()
    if not tex or not (fallback or _TEX_LIKE.search(tex)):
        query = _QUERY.search(source)
        tex = unquote_plus(query[1]) if query else _after_codecogs(source)
    return _made(tex, display) if tex else None


def _after_codecogs(source: str) -> str:
    r"""Return the TeX of an address such as https://latex.codecogs.com/gif.latex?x%5E2, without its sizes.

    >>> _after_codecogs(r"https://latex.codecogs.com/svg.image?%5Cinline%20x%5E2")
    'x^2'
    """
    parts = urlsplit(source)
    if "codecogs" not in parts.netloc and "mathtex" not in parts.path and "mimetex" not in parts.path:
        return ""
    return re.sub(
        r"\\(?:inline|dpi\{\d+\}|large|Large|bg_\w+|fn_\w+)(?![a-zA-Z])\s*", "", unquote_plus(parts.query)
    ).strip()


def _first(element: Any) -> Formula | None:
    """Return the formula of the first <math> in an element, or else of the first image."""
    for found in element.iter("math"):
        return _of_mathml(found)
    for found in element.iter("img"):
        return _of_image(found)
    return None
