r"""Tell whether two answers are equal: what can be decided by their form, and what a worker must decide.

An answer is brought to a normal form (spacing, LaTeX variants, wrappers); equal forms are equal, numbers are
compared as exact fractions, words letter by letter. The rest needs algebra: `UNDECIDED`.
"""

import re
from fractions import Fraction

UNDECIDED = None

_LONGEST_NUMBER = 1000  # digits
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(one): other for one, other in {"　": " ", "。": ".", "、": ",", "−": "-", "–": "-", "×": r"\times", "÷": "/",
                                       "π": r"\pi", "√": r"\sqrt", "²": "^2", "³": "^3", "°": r"^\circ",
                                       "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "∪": r"\cup"}.items()
}  # fmt: skip
_WRAPPER = re.compile(
    r"\\(?:boxed|fbox|text|textbf|textit|textrm|mathrm|mathbf|mathbb|mathsf|mbox|operatorname)\s*\{([^{}]*)\}"
)
_REPLACED = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\\[()\[\]]|\\?\$+|\\[!,;: ]|\\q?quad(?![a-zA-Z])|(?<!\\)~|\{,\}", ""),
        (r"\\(?:left|right|[bB]ig+[lrm]?|displaystyle|limits)(?![a-zA-Z])\.?", ""),
        (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
        (r"\\frac\s*([0-9a-z])\s*([0-9a-z])", r"\\frac{\1}{\2}"),
        (r"\\frac\s*([0-9a-z])\s*\{", r"\\frac{\1}{"),
        (r"\\frac\s*(\{[^{}]*\})\s*([0-9a-z])", r"\\frac\1{\2}"),
        (r"\\sqrt\s*([0-9a-z])", r"\\sqrt{\1}"),
        (r"\\(?:leq|leqslant)(?![a-zA-Z])", r"\\le"),
        (r"\\(?:geq|geqslant)(?![a-zA-Z])", r"\\ge"),
        (r"\\neq(?![a-zA-Z])", r"\\ne"),
        (r"\\(?:cdot|times)(?![a-zA-Z])", r"\\times"),
        (r"\^\s*\{\s*(\\circ|\w)\s*\}", r"^\1"),
        (r"\\%", "%"),
    )
]
_GROUPED = re.compile(r"[-+]?[$€£¥]?\d{1,3}(?:,\d{3})+(?:\.\d+)?%?")
_PLAIN_NUMBER = re.compile(r"([-+]?)(\d+\.?\d*|\.\d+)(?:\\times10\^\{?([-+]?\d{1,3})\}?)?(%?)")
_FRACTION = re.compile(r"([-+]?)(\d*)(?:\\frac\{([-+]?\d+)\}\{([-+]?\d+)\}|(?<!\d)([-+]?\d+)/(\d+))")
_SLASHED = re.compile(r"([-+]?\d+)/(\d+)")
_NAMED = re.compile(r"\\?[A-Za-z]{1,2}(?:_\{?\w\}?)?(?:\([A-Za-z]\))?(?:=|\\in(?![a-z]))")
_WORDS = re.compile(r"[A-Za-z]{3,}(?:[ '-][A-Za-z]+)*")
_LETTER = re.compile(r"\(?([A-Ea-e])(?:[).:].*)?", re.DOTALL)
_UNIT_START = re.compile(r"\\(?:text|textrm|mathrm|rm|mbox)(?![a-zA-Z])|(?<![\\a-zA-Z])[A-Za-z%°]|\^\s*\{?\s*\\circ")
_UNIT = re.compile(r"(?:[A-Za-z%°\\{}\s./·*()-]|\^\s*\{?\s*(?:-?[123]|\\circ))+")
_NO_UNITS = frozenset(
    ["pi", "sqrt", "frac", "sin", "cos", "tan", "log", "ln", "or", "and", "to", "times", "mod", *"eiknxyz"]
)
_TYPESETTING = frozenset(["text", "textrm", "mathrm", "rm", "mbox", "circ"])
_CHINESE_UNIT = re.compile(r"(?<=[\d}])\s*[一-鿿]+(?:/[一-鿿]+)?$")
_CURRENCY = re.compile(r"^([-+]?)\s*(?:\\?\$|[€£¥￥])\s*")


def normal_form(answer: str) -> str:
    r"""Return an answer without what does not change its value: spacing, wrappers, variants of LaTeX.

    >>> normal_form(r"$\left( \dfrac12,\ 10{,}000 \right)$.")
    '(\\frac{1}{2},10000)'
    """
    form = answer.strip().strip("*").translate(_FULL_WIDTH)
    previous = None
    while previous != form:  # wrappers nest
        previous, form = form, _WRAPPER.sub(r"\1", form)
    for pattern, new in _REPLACED:
        form = pattern.sub(new, form)
    form = "".join(form.split())
    form = form.rstrip(".") if not form.endswith("..") else form
    if _GROUPED.fullmatch(form):
        form = form.replace(",", "")
    return form


def number(form: str) -> Fraction | None:
    r"""Return the value of a normal form that is a plain number, else None.

    >>> number(r"-1\frac{1}{2}"), number("12.50%"), number("x")
    (Fraction(-3, 2), Fraction(1, 8), None)
    """
    if len(form) > _LONGEST_NUMBER:
        return None
    if match := _PLAIN_NUMBER.fullmatch(form):
        sign, digits, exponent, percent = match.groups()
        value = Fraction(digits) * Fraction(10) ** int(exponent or 0) / (100 if percent else 1)
        return -value if sign == "-" else value
    if match := _SLASHED.fullmatch(form):
        return Fraction(int(match[1]), int(match[2])) if int(match[2]) else None
    if match := _FRACTION.fullmatch(form):
        sign, whole, top, bottom = match.groups()[:4]
        if bottom is None or int(bottom) == 0 or (whole and int(top) < 0):
            return None
        value = int(whole or 0) + Fraction(int(top), int(bottom))
        return -value if sign == "-" else value
    return None


def without_unit(answer: str) -> str:
    r"""Return an answer without its unit or currency, if it is a value with one.

    >>> without_unit(r"5\text{ cm}^2"), without_unit("12米"), without_unit(r"\$3.50"), without_unit("x")
    ('5', '12', '3.50', 'x')
    """
    bare = _CURRENCY.sub(r"\1", answer.strip())
    bare = _CHINESE_UNIT.sub("", bare)
    start = _UNIT_START.search(bare)
    if start is None or number(normal_form(bare[: start.start()])) is None or not _UNIT.fullmatch(bare, start.start()):
        return bare
    names = set(re.findall(r"[A-Za-z]+", bare[start.start() :])) - _TYPESETTING
    is_factor = len(start[0]) == 1 and start[0].isalpha() and bare[start.start() + 1 :][:1] == ""
    if names & _NO_UNITS or (is_factor and not bare[: start.start()].endswith(" ")):
        return bare  # 5x is no five, 3 sqrt no three
    return bare[: start.start()].strip()


def decide(prediction: str, answer: str, policy: str) -> tuple[bool | None, str]:
    """Decide whether two answers are equal as far as their form allows, and say by what.

    Returns True or False, or UNDECIDED where only algebra can tell.
    """
    if prediction.strip() == answer.strip() != "":
        return True, "same form"
    if policy == "lenient":
        prediction, answer = without_unit(prediction), without_unit(answer)
    one, other = normal_form(prediction), normal_form(answer)
    if "=" not in other:
        one = _NAMED.sub("", one, count=1) if _NAMED.match(one) else one
    elif "=" not in one:
        other = _NAMED.sub("", other, count=1) if _NAMED.match(other) else other
    if not one:
        return False, "no answer"
    if one == other:
        return True, "same form"
    if (letter := _LETTER.fullmatch(other)) and (own := _LETTER.fullmatch(one)):
        return own[1].upper() == letter[1].upper(), "choice"
    mine, gold = number(one), number(other)
    if mine is not None and gold is not None:
        if mine == gold:
            return True, "same number"
        if policy == "lenient" and mine in (gold * 100, gold / 100):
            return True, "same number but for a factor of 100"
        approximate = "." in one or "." in other
        if (
            policy == "lenient"
            and approximate
            and gold.denominator > 1
            and any(_nearly(mine, gold * f) for f in (1, 100, Fraction(1, 100)))
        ):
            return True, "same number to four digits"
        if not approximate or (_terminates(mine) and _terminates(gold)):
            return False, "another number"
        return UNDECIDED, ""  # 0.33 and 1/3: a matter of rounding
    words = [_words(text) for text in (prediction, answer)]
    if words[0] or words[1]:  # to algebra, words are products of letters
        return words[0] == words[1], "words"
    return UNDECIDED, ""


def _nearly(one: Fraction, other: Fraction) -> bool:
    """Return whether two numbers agree to four digits, as the Qwen2.5-Math harness compares all numbers."""
    return abs(one - other) <= abs(other) / 10_000


def _terminates(value: Fraction) -> bool:
    """Return whether a number can be written as a decimal."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _words(answer: str) -> str | None:
    plain = _WRAPPER.sub(r"\1", answer).replace("$", "").strip().strip(".")
    return " ".join(plain.lower().split()) if _WORDS.fullmatch(plain) else None
