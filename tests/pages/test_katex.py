r"""What KaTeX shows, where nothing else of the formula is in the page.

`katex.jsonl` holds what releases of KaTeX made of TeX, without MathML and without the paths of drawings.
"""

import json
from pathlib import Path

import pytest

from mathkit.pages import read_page

MADE = [json.loads(line) for line in Path(__file__).with_name("katex.jsonl").read_text(encoding="utf-8").splitlines()]


def text(html: str) -> str:
    return read_page(f"<html><body>{html}</body></html>".encode(), None).text


def shown(html: str) -> str:
    return f'<span class="katex"><span class="katex-html" aria-hidden="true">{html}</span></span>'


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made['katex']} {made['tex']}")
def test_what_is_shown_is_the_formula(made: dict[str, str]) -> None:
    assert text(f"<p>Let {made['html']} be</p>") == f"Let\n$${made['tex']}$$\nbe"


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made['katex']} {made['tex']}")
def test_white_space_between_the_spans_changes_nothing(made: dict[str, str]) -> None:
    html = made["html"].replace("top:", "top: ").replace("</span><span", "</span>\n <span")
    assert text(html) == f"$${made['tex']}$$"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<span class="mord cancel-pad">x</span>', "$x$"),
        ('<span class="mfrac"><span>a</span></span>', "$a$"),
        ('<span class="mfrac"><span class="vlist"><i>a</i><i>b</i><i>c</i><i>d</i></span></span>', "$abcd$"),
        ('<span class="sqrt">a</span>', "$a$"),
        ('<span class="msupsub">a</span>b', "$ab$"),
        ('<span class="mult">a</span>', "$a$"),
        ('<span class="mtable"><span class="col-align-c">a</span></span>', "$a$"),
        ("<span>" * 230 + "x" + "</span>" * 230, "$x$"),
        ("&#1;<span class='text'>&#2;a</span>", r"$\text{a}$"),
        ("", ""),
    ],
)
def test_what_is_not_as_katex_writes_it_is_kept(html: str, expected: str) -> None:
    assert text(f"<p>{shown(html)}</p>") == expected
