r"""However a page shows a formula, it comes out once, as the author's TeX where that is in the page."""

import re

import pytest

from mathkit.pages import read_page

MATHML = "<msup><mi>x</mi><mn>2</mn></msup>"
ANNOTATED = f'<math><semantics>{MATHML}<annotation encoding="application/x-tex">x^2</annotation></semantics></math>'
KEPT = "&lt;math&gt;&lt;msup&gt;&lt;mi&gt;x&lt;/mi&gt;&lt;mn&gt;2&lt;/mn&gt;&lt;/msup&gt;&lt;/math&gt;"
IMAGE = '<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle x^2}" src="/svg/1">'
STRIPPED = (
    '<span class="katex"><span class="katex-mathml">\n  \n   \n    \n     x\n    \n    \n     2\n    \n   \n'
    '   \n    x^2\n   \n  \n </span><span class="katex-html"><span class="mord mathnormal">x</span>2</span></span>'
)


def text(html: str) -> str:
    return read_page(f"<html><body>{html}</body></html>".encode(), None).text


INLINE = {
    "a MathJax script": '<script type="math/tex">x^2</script>',
    "MathJax 2, rendered": '<span class="MathJax_Preview">x2</span><span class="MathJax" id="MathJax-Element-1-Frame">'
    '<nobr>x2</nobr></span><script type="math/tex" id="MathJax-Element-1">x^2</script>',
    "MathJax 2 as SVG, with MathML": f'<span class="MathJax_SVG" data-mathml="&lt;math&gt;"><svg><text>x</text></svg>'
    f'<span class="MJX_Assistive_MathML"><math>{MATHML}</math></span></span><script type="math/tex">x^2</script>',
    "MathJax 2, whose script was removed": f'<span class="MathJax" data-mathml="{KEPT}"><nobr>x2</nobr></span>',
    "MathJax 3": f'<mjx-container jax="CHTML"><mjx-math><mjx-mi>x</mjx-mi></mjx-math><mjx-assistive-mml>'
    f"<math>{MATHML}</math></mjx-assistive-mml></mjx-container>",
    "MathJax 4": '<mjx-container data-latex="x^2"><mjx-math>x2</mjx-math></mjx-container>',
    "KaTeX": f'<span class="katex"><span class="katex-mathml">{ANNOTATED}</span>'
    '<span class="katex-html" aria-hidden="true">x2</span></span>',
    "KaTeX on CSDN": f'<span class="katex--inline">{STRIPPED}</span>',
    "KaTeX on CSDN, not yet run": '<span class="katex--inline">x^2</span>',
    "MathML with TeX beside it": ANNOTATED,
    "MathML with alttext": f'<math alttext="x^2">{MATHML}</math>',
    "MathML by itself": f"<math>{MATHML}</math>",
    "MathML with a prefix": "<m:math><m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup></m:math>",
    "MathML in a script": f'<script type="math/mml"><math>{MATHML}</math></script>',
    "Wikipedia": f'<span class="mwe-math-element"><span style="display: none;">{ANNOTATED}</span>{IMAGE}</span>',
    "Wikipedia's image": IMAGE,
    "WordPress": '<img src="https://s0.wp.com/latex.php?latex=x%5E2" alt="x^2" class="latex">',
    "WordPress without text": '<img src="https://s0.wp.com/latex.php?latex=x%5E2&bg=ffffff" alt="">',
    "codecogs": '<img src="https://latex.codecogs.com/gif.latex?%5Cdpi%7B120%7D%20x%5E2" alt="">',
    "Canvas": '<img class="equation_image" data-equation-content="x^2" src="/e/1" alt="LaTeX: x^2">',
    "pandoc": '<span class="math inline">x^2</span>',
    "pandoc for MathJax": '<span class="math inline">\\(x^2\\)</span>',
    "GitLab": '<code class="code math js-render-math" data-math-style="inline">x^2</code>',
    "comrak": '<span data-math-style="inline">x^2</span>',
    "GitHub": '<math-renderer class="js-inline-math" style="display: inline-block">$x^2$</math-renderer>',
    "remark": '<code class="language-math math-inline">x^2</code>',
    "remark's spans": '<span class="math math-inline">x^2</span>',
    "kramdown": '<span class="kdmath">$x^2$</span>',
    "LaTeXML's folded lines": f'<math alttext="x%&#10;^2">{MATHML}</math>',
    "a script in CDATA": '<script type="math/tex">% <![CDATA[\nx^2 %]]></script>',
}


@pytest.mark.parametrize("name", INLINE)
def test_a_formula_comes_out_once(name: str) -> None:
    assert text(f"<p>Let {INLINE[name]} be</p>") == "Let $x^2$ be"


DISPLAY = {
    "a MathJax script": '<script type="math/tex; mode=display">x^2</script>',
    "MathJax 2, rendered": '<div class="MathJax_Display"><span class="MathJax">x2</span></div>'
    '<script type="math/tex; mode=display">x^2</script>',
    "MathJax 3": f'<mjx-container display="true"><mjx-assistive-mml><math>{MATHML}</math></mjx-assistive-mml>'
    "</mjx-container>",
    "KaTeX": f'<span class="katex-display"><span class="katex"><span class="katex-mathml">{ANNOTATED}</span>'
    '<span class="katex-html" aria-hidden="true">x2</span></span></span>',
    "KaTeX on CSDN": f'<span class="katex--display"><span class="katex-display">{STRIPPED}</span></span>',
    "pandoc for MathJax": '<span class="math display">\\[x^2\\]</span>',
    "GitLab": '<pre class="code math js-render-math" data-math-style="display"><code>x^2</code></pre>',
    "GitLab, by lines": '<pre data-math-style="display"><code><span class="line">x^2\n</span></code></pre>',
    "GitHub": '<math-renderer class="js-display-math" style="display: block">$$x^2$$</math-renderer>',
    "remark's blocks": '<div class="math math-display">x^2</div>',
    "MathML": f'<math display="block">{MATHML}</math>',
    "an image of display": '<img class="mwe-math-fallback-image-display" alt="x^2">',
    "delimiters within": '<script type="math/tex">\\[x^2\\]</script>',
}


@pytest.mark.parametrize("name", DISPLAY)
def test_a_displayed_formula_has_a_line_of_its_own(name: str) -> None:
    assert text(f"<div>Let {DISPLAY[name]} be</div>") == "Let\n$$x^2$$\nbe"


@pytest.mark.parametrize("kind", ["language-math", "language-math math-display"])
def test_code_in_the_language_of_mathematics_is_a_formula(kind: str) -> None:
    assert text(f'<p>Let<pre><code class="{kind}">x^2\n+ 1\n</code></pre>be') == "Let\n\n$$x^2\n+ 1$$\n\nbe"


def test_what_gitlab_has_rendered_comes_out_once() -> None:
    katex = INLINE["KaTeX"]
    assert text(f'<code class="code math" data-math-style="inline">{katex}</code>') == "$x^2$"


@pytest.mark.parametrize("tex", ["x \\in A", "\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}", "2"])
def test_the_tex_behind_stripped_mathml_is_kept_whole(tex: str) -> None:
    source = tex.replace("&", "&amp;")
    assert text(STRIPPED.replace("x^2", source)) == f"${tex}$"


def test_mathml_that_was_stripped_to_one_line_gives_way_to_what_is_shown() -> None:
    assert text(re.sub(r"\s+", " ", STRIPPED).replace("x 2 x^2", "x2x^2")) == "$x2$"


def test_an_annotation_may_have_blank_lines() -> None:
    html = INLINE["KaTeX"].replace("x^2", "\nx\n\n+1\n")
    assert text(html).split() == ["$x", "+1$"]


@pytest.mark.parametrize("tex", ["a<b", "a < b", "x \\& y > z", "p&q", 'say "x"', "a<b>c", "a<!b", "\\text{<p>}"])
def test_nothing_of_tex_is_taken_for_markup(tex: str) -> None:
    escaped = tex.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert text(f'<script type="math/tex">{tex}</script>') == f"${tex}$"
    assert text(f'<math alttext="{escaped}=0"></math>') == f"${tex}=0$"
    assert text(f"<p>Let ${escaped}$ be</p>") == f"Let ${tex}$ be"
    assert text(f"<p>Let \\({escaped}\\) be</p>") == f"Let \\({tex}\\) be"


@pytest.mark.parametrize("tex", ["$a<b$ and $b<c$", "\\(x<y\\)", "$1<x<2$", "$n<m_1$", "$$a<b+c$$", "$p<q, r<s$"])
def test_a_less_than_sign_that_nobody_escaped_ends_no_text(tex: str) -> None:
    assert text(f"<p>If {tex} then <b>so</b>.</p><p>Next.") == f"If {tex} then so.\n\nNext."


def test_tex_in_the_text_stays_as_it_is() -> None:
    source = "Let \\[x_1 \\ne x_2\\] or $$\\begin{aligned}\na &amp;= b \\\\ % so\nc &amp;= d\n\\end{aligned}$$ be"
    assert text(f"<p>{source}</p>") == source.replace("&amp;", "&")


def test_a_dollar_within_a_formula_is_not_its_end() -> None:
    assert text('<script type="math/tex">x \\text{ if $y$}</script>') == r"\(x \text{ if $y$}\)"
    assert text('<script type="math/tex">5\\$</script>') == r"$5\$$"


def test_an_environment_needs_no_dollars() -> None:
    tex = "\\begin{align}a&=b\\end{align}"
    assert text(f'<script type="math/tex; mode=display">{tex}</script>') == tex


def test_the_cells_of_an_equation_are_one_formula() -> None:
    row = (
        '<tr class="ltx_equation ltx_eqn_row"><td><math alttext="\\displaystyle a"></math></td>'
        '<td><math alttext="\\displaystyle=b"></math></td><td>since <math alttext="c"></math></td>'
        '<td class="ltx_eqn_eqno">(2)</td></tr>'
    )
    assert text(f'<table class="ltx_eqn_table">{row}</table>') == "$$a =b \\text{ since } c$$ (2)"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("x<sup>2</sup>", "x^2"),
        ("x<sup>10</sup>", "x^{10}"),
        ("x<sup>n<sub>1</sub></sup>", "x^{n_1}"),
        ("H<sub>2</sub>O", "H_2O"),
        ("1<sup>st</sup>", "1st"),
        ('said<sup><a href="#1">[1]</a></sup>', "said"),
        ('<img src="cat.jpg" alt="a cat">x', "x"),
        ("<sup></sup>x", "x"),
    ],
)
def test_superscripts_and_pictures(html: str, expected: str) -> None:
    assert text(f"<p>{html}</p>") == expected
