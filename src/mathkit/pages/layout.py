r"""A page's tree -> its text: a block of the page is a line or paragraph of its own, a formula is LaTeX.

Paragraphs and headings stand between blank lines, items of lists behind "- " or their number, cells of a table's
row between " | "; preformatted text keeps its lines.
"""

import re
from collections.abc import Iterator
from typing import Any

from mathkit.pages.boilerplate import Boilerplate
from mathkit.pages.formulas import Formula, Formulas, joined
from mathkit.pages.mathml import name_of

_PARAGRAPHS = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "figure", "hr",
    "article", "section", "main", "header", "address", "fieldset", "details",
))  # fmt: skip
_LINES = frozenset((
    "div", "li", "dt", "dd", "tr", "caption", "figcaption", "tbody", "thead", "tfoot", "center", "summary", "form",
    "legend", "body", "html", "option", "aside",
))  # fmt: skip
_CELLS = frozenset(("td", "th"))
_IN_CELLS = frozenset(("p", "div", "center"))  # what the content of a cell may be wrapped in
_NOT_IN_DATA = frozenset(("table", "ul", "ol", "pre", "h1", "h2", "h3"))
_SPACE = re.compile(r"\s{2,}|[^\S ]")  # what is to be one space: no-break and wide spaces too
_SPACES = re.compile(r"  +")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # where a line may be broken, or not
_ENVIRONMENT = re.compile(r"(\\(?:begin|end)\{)")
_EQUATIONS = frozenset(("ltx_equation", "ltx_eqn_row"))
_ITEM_TAG = re.compile(r"ltx_tag_(?:item|enumerate|description)")  # LaTeXML writes an item's number itself
_ORDINAL = re.compile(r"(?:st|nd|rd|th|e|er|ème|o|a|tm|®|™|℠)\Z", re.IGNORECASE)
_MAX_SCRIPT = 40  # characters; longer superscripts are notes


def text_of(root: Any) -> str:
    """Return the text of a page."""
    layout = _Layout(root)
    layout.walk(root)
    return layout.text()


class _Layout:
    def __init__(self, root: Any) -> None:
        self._formulas = Formulas(root)
        self._boilerplate = Boilerplate(root)
        self._lines: list[str] = []
        self._line: list[str] = []  # of the line that is being written
        self._blank = False  # a blank line is due before the next
        self._lists: list[int | None] = []  # of each open list: the number of its next item, if it numbers them
        self._mark = ""  # of the item that has begun
        self._preformatted = 0
        self._scripts: list[tuple[list[str], int]] = []  # for each open sup and sub: its line and place there
        self._tables: list[bool] = []  # whether each open table is of data

    def walk(self, root: Any) -> None:
        """Write an element and all in it; without recursion, for pages nest deeper than Python's stack."""
        stack: list[tuple[Any, Iterator[Any]]] = []
        element = root
        while True:
            if element is not None and self._open(element):
                stack.append((element, iter(element)))
            elif element is not None:
                self._write(element.tail)
            while stack:
                parent, children = stack[-1]
                element = next(children, None)
                if element is not None:
                    break
                stack.pop()
                self._close(parent)
                if stack:
                    self._write(parent.tail)
            else:
                return

    def text(self) -> str:
        """Return what has been written."""
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _open(self, element: Any) -> bool:
        """Begin an element; return whether its children are to be written."""
        formula = self._formulas.read(element)
        if formula is not None:
            self._add(formula)
            return False
        if self._boilerplate.covers(element):
            return False
        name = name_of(element)
        if name == "br":
            self._break_unless_in_row()
        elif name in ("sup", "sub"):
            self._scripts.append((self._line, len(self._line)))
        elif name == "tr" and _is_equation(element):
            formula, number = joined(element)
            self._break()
            self._line.append(f"{formula} {number}")
            self._break()
            return False
        elif self._mark and _ITEM_TAG.search(element.get("class", "")):
            mark = "".join(element.itertext()).strip()
            self._mark = f"{mark} " if mark.strip("•–∗*-") else self._mark
            return False
        elif name in _PARAGRAPHS or name in _LINES:
            self._begin(element, name)
        elif name in _CELLS:
            self._cell(element)
        self._write(element.text)
        return True

    def _begin(self, element: Any, name: str) -> None:
        if name in _IN_CELLS:
            self._break_unless_in_row(blank=name in _PARAGRAPHS)
        else:
            self._break(blank=name in _PARAGRAPHS)
        match name:
            case "ul" | "ol":
                start = element.get("start", "1")
                self._lists.append(None if name == "ul" else int(start) if start.isdigit() and len(start) < 9 else 1)
            case "li":
                number = self._lists[-1] if self._lists else None
                self._mark = "- " if number is None else f"{number}. "
                if number is not None:
                    self._lists[-1] = number + 1
            case "pre":
                self._preformatted += 1
            case "table":
                self._tables.append(_is_data(element))

    def _close(self, element: Any) -> None:
        name = name_of(element)
        if name in _IN_CELLS:
            self._break_unless_in_row(blank=name in _PARAGRAPHS)
        elif name in _PARAGRAPHS or name in _LINES:
            self._break(blank=name in _PARAGRAPHS)
        match name:
            case "ul" | "ol" if self._lists:
                self._lists.pop()
                self._break(blank=True)
            case "li":
                self._mark = ""
            case "pre":
                self._preformatted -= 1
            case "sup" | "sub":
                self._script(element, "^" if name == "sup" else "_")
            case "table" if self._tables:
                self._tables.pop()
            case "td" | "th" if not (self._tables and self._tables[-1]):
                self._break()

    def _cell(self, element: Any) -> None:
        if self._tables and self._tables[-1]:
            if element.getprevious() is not None:
                self._line.append(" | ")
        else:
            self._break()

    def _add(self, formula: Formula) -> None:
        if not formula.tex:
            return
        if not formula.display:
            self._line.append(str(formula))
            return
        self._break_unless_in_row()
        self._line.append(str(formula))
        self._break_unless_in_row()

    def _script(self, element: Any, mark: str) -> None:
        """Write what was in a superscript or subscript as in TeX, unless it is a note or the end of an ordinal."""
        line, start = self._scripts.pop()
        if line is not self._line:  # it held a line's end
            return
        inner = "".join(line[start:]).strip()
        del line[start:]
        if mark == "^" and (element.find(".//a") is not None or "note" in element.get("class", "")):
            return
        if not inner or "$" in inner or len(inner) > _MAX_SCRIPT or _ORDINAL.match(inner):
            line.append(inner)
        else:
            line.append(mark + (inner if len(inner) == 1 else f"{{{inner}}}"))

    def _write(self, text: str | None) -> None:
        """Write text as a browser shows it; a TeX environment keeps its lines, for a comment ends with one."""
        if not text:
            return
        if not text.isascii():
            text = _INVISIBLE.sub("", text)
        if self._preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in rest:
                self._break(keep=True)
                self._line.append(line)
        elif r"\begin{" in text and "\n" in text:
            depth = 0
            for part in _ENVIRONMENT.split(text):
                depth = max(0, depth + (part == r"\begin{") - (part == r"\end{"))
                lines = part.split("\n") if depth else [part]
                self._line.append("\n".join(_SPACE.sub(" ", line) for line in lines))
        else:
            self._line.append(_SPACE.sub(" ", text))

    def _break_unless_in_row(self, *, blank: bool = False) -> None:
        """End the line, but for the row of a table of data, which is one."""
        if self._tables and self._tables[-1]:
            self._line.append(" ")
        else:
            self._break(blank=blank)

    def _break(self, *, blank: bool = False, keep: bool = False) -> None:
        """End the line; `blank` sets it apart from the next, `keep` writes it as it is, empty too."""
        line = "".join(self._line)
        self._line = []
        if keep or (self._preformatted and line.strip()):
            line = line.rstrip()
        else:
            line = _SPACES.sub(" ", line).strip().removeprefix("| ").removesuffix(" |")
        if line or keep:
            if self._blank and self._lines and self._lines[-1]:
                self._lines.append("")
            self._blank = False
            indent = "  " * (len(self._lists) - 1) if self._mark else ""
            self._lines.append(f"{indent}{self._mark}{line}")
            self._mark = ""
        self._blank = self._blank or (blank and not self._lists)


def _is_equation(row: Any) -> bool:
    """Return whether the cells of a table's row are the parts of an equation, as LaTeXML writes them."""
    table = next(row.iterancestors("table"), row)
    classes = {*row.get("class", "").split(), *table.get("class", "").split()}
    return not _EQUATIONS.isdisjoint(classes) and row.find(".//math") is not None and row.find(".//table") is None


def _is_data(table: Any) -> bool:
    """Return whether a table is one of data, whose rows are lines, and not what lays out a page."""
    if any(name_of(inner) in _NOT_IN_DATA for inner in table.iterdescendants()):
        return False
    wrapped = (sum(name_of(inner) in _IN_CELLS for inner in cell.iterdescendants()) for cell in table.iter("td", "th"))
    return all(count < 2 for count in wrapped)
