r"""Bring an answer to plain LaTeX: what a writer may vary without saying anything else is varied back.

Unicode becomes LaTeX, `\dfrac` becomes `\frac`, delimiters and spacing commands go, and words keep a `\text{}` of
their own. `normal_form` drops spaces too: answers of equal normal form are equal.
"""

import re
from collections.abc import Callable

from mathkit.expressions.characters import LATEX
from mathkit.expressions.numerals import with_digits
from mathkit.expressions.remembering import remembered
from mathkit.text import CJK

Replacement = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_FUNCTION = r"(?:sin|cos|tan|cot|csc|arcsin|arccos|arctan|ln|log|lg|exp|gcd|lcm)"
_TEXT = r"(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:rm|bf|it|sf|tt|bb)|mbox|operatorname\*?|hbox|rm|bf)"
_INSIDE = r"(?:[^{}]++|\{[^{}]*+\})*+"  # braces, at most one deep
_SYSTEM = r"(?:cases|aligned|align\*?|gathered|split)"


def _without_wrapper(match: re.Match[str]) -> str:
    """Return what a text holds that is mathematics."""
    return f" {match[1]} " if re.search(r"[\d\\^]", match[1]) else match[0]


def _rows(match: re.Match[str]) -> str:
    """Return the rows of a system of equations as a list."""
    rows = [_WORDS_OF_CASES.sub(" ", row).strip(" ,;") for row in match[1].split("\\cr")]
    return " , ".join(_case(row) for row in rows if row)


def _case(row: str) -> str:
    """Return a row of a system; the value and the condition of a case as a pair."""
    value, mark, condition = row.partition("&")
    is_pair = (
        mark and re.search(r"[<>=]|\\(?:le|ge|ne|in)(?![a-z])", condition) and not re.search(r"[=<>]\s*$|^\s*$", value)
    )
    if is_pair and not re.match(r"\s*(?:[<>=]|\\(?:le|ge)(?![a-z]))", condition):
        return f"({value.strip(' ,;')}, {condition.strip(' ,;')})"
    return row.replace("&", " ")


def _permutations(match: re.Match[str]) -> str:
    """Return {}_5P_2 as a quotient of factorials, {}_5C_2 as a binomial."""
    n, letter, k = match.groups()
    return rf"\binom{{{n}}}{{{k}}}" if letter == "C" else rf"\frac{{{n}!}}{{({n}-{k})!}}"


def _arrangements(match: re.Match[str]) -> str:
    """Return A_5^2 as a quotient of factorials."""
    n, k = int(match[1]), int(match[2])
    return rf"\frac{{{n}!}}{{{n - k}!}}" if n >= k else match[0]


def _combinations(match: re.Match[str]) -> str:
    """Return C_5^2 as a binomial; C_1^2 is the square of a variable."""
    n, k = (group for group in match.groups() if group)
    is_power = n.isdecimal() and k.isdecimal() and int(n) < int(k)
    return match[0] if is_power else rf"\binom{{{n}}}{{{k}}}"


def _compiled(*rules: tuple[str, str | Callable[[re.Match[str]], str]]) -> list[Replacement]:
    return [(re.compile(pattern, re.DOTALL) if ".*" in pattern else re.compile(pattern), new) for pattern, new in rules]


_WORDS_OF_CASES = re.compile(r"\\text\{\s*(?:if|for|when|where|当|若)\s*\}")
_SPACING = _compiled(
    (r"\\\\(?:\[[^\]]*\])?", r"\\cr "),
    (r"\{ ?, ?\}|,\\!\s*", ","),
    (r"(?<=\d)\\,(?=\d{3}(?!\d))", ","),
    (r"\\[()\[\]]|\\[!,;:> ]|\\q?quad(?![a-zA-Z])|(?<!\\)~", " "),
    (r"\\h(?:space|skip)\*?\s*\{[^{}]*\}|\\h?phantom\s*\{[^{}]*\}|\\(?:display|text)style(?![a-zA-Z])", " "),
    (r"\\(?:left|right|middle|[bB]igg?[lrm]?|limits)(?![a-zA-Z])\s*\.?", " "),
    (r"\\(?:bf|rm|it|sf|tt|tiny|small|normalsize|[lL]arge|LARGE|[hH]uge|boldmath)(?![a-zA-Z])|\\tag\s*\{[^{}]*\}", " "),
    (r"\\color\s*\{\w+\}|\\\Z", " "),
)
_VARIANTS = _compiled(
    (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (r"\\[dt]binom(?![a-zA-Z])", r"\\binom"),
    (r"\{([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}", r"\\frac{\1}{\2}"),
    (r"\{([^{}]*)\\choose(?![a-zA-Z])([^{}]*)\}", r"\\binom{\1}{\2}"),
    (r"\\(?:leq|leqslant|leqq)(?![a-zA-Z])", r"\\le "),
    (r"\\(?:geq|geqslant|geqq)(?![a-zA-Z])", r"\\ge "),
    (r"\\neq(?![a-zA-Z])|\\not\s*=", r"\\ne "),
    (r"\\lbrace(?![a-zA-Z])", r"\\{"),
    (r"\\rbrace(?![a-zA-Z])", r"\\}"),
    (r"\\varnothing(?![a-zA-Z])", r"\\emptyset"),
    (r"\\var(epsilon|phi|theta|rho|sigma)(?![a-zA-Z])", r"\\\1"),
    (r"\^\s*\{\s*\\(?:circ|degree)\s*\}|\\degree(?![a-zA-Z])", r"^\\circ "),
    (r"\\%", "%"),
    (r"\\textcircled\s*\{?\s*(\d+)\s*\}?", r"\\circled{\1}"),
    (r"\\mathbb\s*\{?\s*R(?![A-Za-z])\s*\}?|\\(?:mathbf|Bbb|mathrm)\s*\{\s*R\s*\}", r"\\reals "),
)
_WORDS = _compiled(
    (r"\\(?:mathbf|boldsymbol|bm|mathit|mathbb|mathcal)\s*\{\s*([A-Za-z]{1,2})\s*\}", r" \1 "),
    (r"\\overrightarrow(?![a-zA-Z])", r"\\vec"),
    (r"\\(?:wide)?bar(?=\s*\{?\s*[A-Za-z])", r"\\overline"),
    (r"\\widehat(?![a-zA-Z])", r"\\hat"),
    (rf"(?<![\d}}\s])\\{_TEXT}\s*\{{\s*([a-z])\s*\}}(?=\s*\^)|\\(?:mathrm|text|rm)\s*\{{\s*([ei])\s*\}}", r" \1\2 "),
    (rf"\\{_TEXT}\s*\{{\s*({_FUNCTION})\s*\}}", r"\\\1 "),
    (rf"\\{_TEXT}\s*\{{({_INSIDE})\}}", r"\\text{\1}"),
    (r"\\text\{([^{}]*[:：])\s*\}", r" \1 "),  # a label
    (r"\\text\{\s*(?:[Tt]he\s+)?(?:final\s+)?[Aa]nswer\s+is\s*\}", " "),
    (r"\\frac\s*\{\s*\\text\{([^{}]*)\}\s*\}\s*\{\s*\\text\{([^{}]*)\}\s*\}", r"\\text{\1/\2}"),
    (rf"\\text\{{({_INSIDE})\}}", _without_wrapper),
    (r"\A\s*\\text\{([^{}]*)\}\s*\Z", r"\1"),
    (r"\\text\s*\{\s*\}", " "),
)  # fmt: skip
_STRUCTURES = _compiled(
    (rf"(?:\\\{{\s*)?\\begin\{{{_SYSTEM}\}}(.*?)\\end\{{{_SYSTEM}\}}", _rows),
    (r"\\\{\s*\\begin\{(?:array|matrix)\}\s*(?:\{[lcr| ]*\})?(.*?)\\end\{(?:array|matrix)\}(?!\s*\\\})", _rows),
    (r"\{\}_\{?(\d+)\}?\s*(?:\\text\{)?([CP])\}?_\{?(\d+)\}?", _permutations),
)
_PLAIN_TEXT = _compiled(
    (r"(?<![A-Za-z\\])(?:\\text\{)?C\}?_(?:\{([^{}]+)\}|(\w))\s*\^(?:\{([^{}]+)\}|(\w))", _combinations),
    (r"(?<![A-Za-z\\])A_\{?(\d+)\}?\s*\^\{?(\d+)\}?", _arrangements),
    (r"(?<![A-Za-z\\])C\((\d+), ?(\d+)\)", r"\\binom{\1}{\2}"),
    (r"(?<=[)\]]) ?U ?(?=[(\[])", r"\\cup "),
    (r"\^ ?\{? ?(?:\\top(?![a-z])|\\text\{ ?T ?\}|T|⊤) ?\}?", "^T"),
    (r"(?:\( ?|\\text\{ ?(?:for|where) ?\} ?)([a-z]) ?\\in ?(?:\\mathbb)? ?\{? ?([ZN]) ?\}? ?\)?", r", \1 \\in \2"),
    (r"(\d ?(?:小时|时) ?\d+)分(?!钟)", r"\1分钟"),
    (r"点半", "点30"),
    (r"(\d)个半(?=小时|月|星期)", r"\1.5个"),
    (r"半(?=小时|个)", "0.5"),
    (r"<=|=<", r"\\le "),
    (r">=", r"\\ge "),
    (r"!=", r"\\ne "),
    (r"(?<![^\s=(])<([^<>=]*,[^<>=]*)>", r"\\langle \1\\rangle "),
    (r"(?<=\d) ?x ?(?=10\s?\^)", r"\\times "),
    (r"(?<![\d)])(\d+)\(\((\d+)\)/\((\d+)\)\)", r"\1 \2/\3"),  # mixed numbers as data sets write them
    (r"(?<=\d)\s*又\s*(?=\d|\\frac)", " "),
    (r"(?i)(?<![a-z\\])(?:negative|minus) (?=\d|\\frac)|负(?=\d|\\frac)", "-"),
    (r"(?<=\d) ?比 ?(?=\d)", ":"),
    (r"\A([A-Za-z]) ?[:：]\s*(?=[^=]*=)", ""),  # the label of a line
    (r"(?i)(?:\\text\{ *)?degrees? *(celsius|fahrenheit|c\b|f\b)(?: *\})?",
     lambda match: rf"^\circ {match[1][0].upper()}"),
    (r"(?i)\A(?:\\text\{ *)?(?:approximately|about|around|roughly|approx\.?|大约|约等于|约为|约)(?: *\})?\s*",
     r"\\approx "),
    (r"每(小时|分钟|秒|天|时)\s*([\d.]+)\s*([^\W\d_a-zA-Z]+)", r"\2\3/\1"),
)  # fmt: skip
_RAISED = re.compile(r"([\^_])\{([^{}]+)\}(?:\1\{[^{}]+\})+")
_BOX = re.compile(r"\\(?:boxed|fbox|underline|mathord|ensuremath|boldsymbol|bm|(?:text)?color\s*\{\w+\})\s*\{")
_DOLLARS = re.compile(r"(?<!\\)\$")
_CURRENCY = re.compile(r"(?<![\\\w$])\$(?=\s*-?\.?\d[^$]*$)")
_WRAPPED = re.compile(rf"\\text\{{([^{{}}]*)\}}|([{CJK}])")
_SPACES = re.compile(r"(\d) (?=\d)|(\\[A-Za-z]+) (?=[A-Za-z])|([A-Za-z]{3,}) (?=[A-Za-z]{2})| ")
_LONGEST_UNIT = 3  # letters of a unit whose case counts: mW, MHz
_SIMPLE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|[A-Za-z]")


@remembered
def plain(answer: str) -> str:
    r"""Return an answer in plain LaTeX, words in `\text{}`, without delimiters.

    >>> plain(r"$\left( \dfrac12,\ 10{,}000 \right)$.")
    '( \\frac12, 10,000 )'
    >>> plain("３２㎝²"), plain("二分之一"), plain("$5"), plain("½x²"), plain("x¹⁰")
    ('32cm^{2}', '1/2', '\\$5', '\\frac{1}{2}x^{2}', 'x^{10}')
    """
    text = _without_marks(answer)
    if _SIMPLE.fullmatch(text):
        return text
    if not text.isascii():
        text = _RAISED.sub(_joined, text.translate(LATEX))
    if "\\" in text:
        text = _without_boxes(text)
        if "\\\\" in text and ("begin" not in text or "\\\\begin" in text):
            text = text.replace("\\\\", "\\")  # escaped twice
    if "$" in text:
        if len(_DOLLARS.findall(text)) % 2:
            text = _CURRENCY.sub(r"\\$", text)
        text = _DOLLARS.sub(" ", text)
    text = with_digits(text)
    if "\\" in text or "~" in text or "{" in text:
        for pattern, new in (*_SPACING, *_VARIANTS, *_WORDS, *_STRUCTURES):
            text = pattern.sub(new, text)
    for pattern, new in _PLAIN_TEXT:
        text = pattern.sub(new, text)
    return " ".join(_without_marks(text).split())


@remembered
def normal_form(answer: str) -> str:
    r"""Return an answer without what does not change it: spaces, wrappers, variants of LaTeX.

    >>> normal_form(r"$\left( \dfrac12,\ 10{,}000 \right)$.")
    '(\\frac12,10,000)'
    """
    form = plain(answer)
    if "\\text{" in form:
        form = _WRAPPED.sub(_unwrapped, form)
    return _SPACES.sub(_kept_space, form)


def _unwrapped(match: re.Match[str]) -> str:
    """Return a text without its wrapper; in a word case does not count, in a unit it does."""
    text: str = match[1] or match[2] or ""
    return text.lower() if len(text.strip()) > _LONGEST_UNIT else text


def _joined(match: re.Match[str]) -> str:
    """Return x^{1}^{0} as x^{10}."""
    return f"{match[1]}{{{''.join(re.findall(r'[{]([^{}]+)[}]', match[0]))}}}"


def _kept_space(match: re.Match[str]) -> str:
    """Keep a space between digits, between a command and a letter, and between words."""
    kept = match[1] or match[2] or match[3]
    return f"{kept} " if kept else ""


def _without_marks(text: str) -> str:
    """Return a text without spaces, bold marks and final stops around it."""
    text = text.strip()
    if text.startswith("**") or text.endswith("**"):
        text = text.strip("*").strip()
    while text and text[-1] in ".。,，;；" and not text.endswith(("\\,", "\\;")):
        if text.endswith("...") or (text.endswith("..") and text[-3:-2].isalpha()):
            break  # what is left out, or an abbreviation
        text = text[:-1].rstrip()
    return text


def _without_boxes(text: str) -> str:
    for _ in range(8):  # boxes nest, but not deeply where anybody means it
        box = _BOX.search(text)
        if not box:
            break
        depth = 0
        for position in range(box.end() - 1, len(text)):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            if depth == 0:
                text = f"{text[: box.start()]} {text[box.end() : position]} {text[position + 1 :]}"
                break
        else:
            break
    return text
