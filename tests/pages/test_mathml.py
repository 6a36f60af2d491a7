"""MathML as pages write it, and the LaTeX that says the same."""

import pytest
from lxml.html import fragment_fromstring

from mathkit.pages.mathml import to_latex

CASES = [
    ("<mfrac><mi>a</mi><mi>b</mi></mfrac>", r"\frac{a}{b}"),
    ("<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>", r"{n \atop k}"),
    ("<mo>(</mo><mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac><mo>)</mo>", r"\binom{n}{k}"),
    ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", r"\sqrt{x+1}"),
    ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
    ("<msup><mi>x</mi><mn>10</mn></msup>", "x^{10}"),
    ("<msup><mi>x</mi><mo>′</mo></msup>", "x'"),
    ("<msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow><mn>2</mn></msup>", "(a+b)^2"),
    ("<msup><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></msup>", "{a+b}^2"),
    ("<msup><msub><mi>x</mi><mn>1</mn></msub><mn>2</mn></msup>", "{x_1}^2"),
    ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup><mi>y</mi>", "x_i^2 y"),
    ("<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>", r"\sum_{i=1}^n"),
    ("<munder><mi>lim</mi><mrow><mi>x</mi><mo>→</mo><mn>0</mn></mrow></munder><mi>f</mi>", r"\lim_{x\to 0}f"),
    ("<mover><mo>∑</mo><mi>n</mi></mover>", r"\sum^n"),
    ("<msubsup><mo>∫</mo><mn>0</mn><mi>∞</mi></msubsup><mi>f</mi>", r"\int_0^{\infty}f"),
    ("<mover><mi>x</mi><mo>¯</mo></mover>", r"\bar{x}"),
    ("<mover><mi>x</mi><mo>ˉ</mo></mover>", r"\bar{x}"),
    ("<mover><mi>x</mi><mo>ˊ</mo></mover>", r"\acute{x}"),
    ("<mover><mi>x</mi><mo>ˋ</mo></mover>", r"\grave{x}"),
    ("<mover><mi>x</mi><mo>˚</mo></mover>", r"\mathring{x}"),
    ("<mover><mrow><mi>A</mi><mi>B</mi></mrow><mo>→</mo></mover>", r"\overrightarrow{AB}"),
    ("<munder><mrow><mi>a</mi><mi>b</mi></mrow><mo>⏟</mo></munder>", r"\underbrace{ab}"),
    ("<munder><mi>x</mi><mi>y</mi></munder>", r"\underset{y}{x}"),
    ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
    ("<mfenced open='[' close=')' separators=';'><mi>a</mi><mi>b</mi></mfenced>", "[a;b)"),
    ("<mo>{</mo><mi>x</mi><mo>∣</mo><mi>x</mi><mo>&lt;</mo><mn>1</mn><mo>}</mo>", r"\{x\mid x<1\}"),
    ("<mi>α</mi><mi>Γ</mi><mi>Α</mi><mi>λ</mi>", r"\alpha\Gamma A\lambda"),
    ("<mi>α</mi><mi>x</mi>", r"\alpha x"),
    ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", r"\sin x"),
    ("<mi mathvariant='double-struck'>R</mi><mi>ℝ</mi>", r"\mathbb{R}\mathbb{R}"),
    ("<mi mathvariant='bold'>v</mi><mi>𝐯</mi><mi>𝑣</mi>", r"\mathbf{v}\mathbf{v}v"),
    ("<mi mathvariant='normal'>d</mi><mi>ad</mi>", r"\mathrm{d}\mathrm{ad}"),
    ("<mi>x</mi><mtext> if 5 % &amp; y_1 </mtext>", r"x\text{ if 5 \% \& y\_1 }"),
    ("<mi>f</mi><mo>&amp;</mo><mn>50</mn><mo>%</mo>", r"f\&50\%"),
    ("<mmultiscripts><mi>X</mi><mi>a</mi><mi>b</mi><mprescripts/><mi>c</mi><none/></mmultiscripts>", "{}_cX_a^b"),
    ("<menclose notation='box'><mi>x</mi></menclose>", r"\boxed{x}"),
    ("<mstyle><mpadded><mi>x</mi></mpadded></mstyle><mphantom><mi>y</mi></mphantom>", "x"),
    ("<semantics><mi>x</mi><annotation-xml><ci>x</ci></annotation-xml></semantics>", "x"),
    ("<mi>x</mi><mo>≤</mo><mn>1.5</mn><mo>⋅</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup>",
     r"x\le 1.5\cdot 10^{-3}"),
    ("<mfrac><mi>a</mi></mfrac>", "a"),
    ("plain", "plain"),
    ("", ""),
]  # fmt: skip
ROW = "<mtr><mtd><mn>{}</mn></mtd><mtd><mn>{}</mn></mtd></mtr>"
TABLE = f"<mtable>{ROW.format(1, 2)}{ROW.format(3, 4)}</mtable>"
ROWS = r"1 & 2 \\ 3 & 4"


def latex(mathml: str) -> str:
    return to_latex(fragment_fromstring(mathml, create_parent="math"))


@pytest.mark.parametrize(("mathml", "expected"), CASES)
def test_presentation_mathml(mathml: str, expected: str) -> None:
    assert latex(mathml) == expected


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [("(", ")", "pmatrix"), ("[", "]", "bmatrix"), ("|", "|", "vmatrix"), ("{", "", "cases"), ("", "", "matrix")],
)
def test_matrices_and_cases(before: str, after: str, kind: str) -> None:
    expected = rf"A=\begin{{{kind}}} {ROWS} \end{{{kind}}}+1"
    fenced = f"<mfenced open='{before}' close='{after}'>{TABLE}</mfenced>"
    rest = "<mo>+</mo><mn>1</mn>"
    assert latex(f"<mi>A</mi><mo>=</mo>{fenced}{rest}") == expected
    marks = [f"<mo>{mark}</mo>" if mark else "" for mark in (before, after)]
    assert latex(f"<mi>A</mi><mo>=</mo>{marks[0]}<mrow>{TABLE}</mrow>{marks[1]}{rest}") == expected


def test_what_nests_too_deep_is_only_its_characters() -> None:
    assert latex("<msqrt>" * 200 + "<mi>x</mi>").endswith("x" + "}" * 80)
