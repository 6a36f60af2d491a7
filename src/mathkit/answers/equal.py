r"""Tell whether two answers are equal, and by what.

Both are read into trees (`reading`), which are compared by what they are (`comparison`): numbers exactly, expressions
by their values, sets without order, intervals by their ends. Equality is symmetric. What cannot be read is
`UNDECIDED`.
"""

import re
from fractions import Fraction
from itertools import product
from typing import Literal

from mathkit.answers.amounts import MANY_PLACES, Rules
from mathkit.answers.comparison import Comparison
from mathkit.answers.reading import readings
from mathkit.answers.wording import choices
from mathkit.expressions.arithmetic import TooLarge
from mathkit.expressions.evaluation import Undecided
from mathkit.expressions.nodes import any_contains
from mathkit.expressions.notation import normal_form

UNDECIDED = None
Policy = Literal["strict", "lenient"]

_ALGEBRA = re.compile(r"\\(?:i{0,3}nt|oint|sum|prod|lim|det|begin\{vmatrix)(?![a-zA-Z])")
_SPACED_LETTER = re.compile(r"\d [A-Za-z](?:\^\{?[23]\}?)?\Z")  # 5 m, which may be metres
RULES = {"strict": Rules(), "lenient": Rules(units=True, hundred=True, rounded=True, parentheses=True)}


def decide(prediction: str, answer: str, policy: Policy) -> tuple[bool | None, str]:
    """Decide whether two answers are equal, and say by what (`mathkit.answers.grader.Reason`).

    Returns True or False, or UNDECIDED where one cannot be read and only algebra can tell.
    """
    if prediction.strip() == answer.strip() != "":
        return True, "equal as text"
    one, other = normal_form(prediction), normal_form(answer)
    if not one or not other:
        return False, "no answer found" if not one else "different"
    if one == other:
        return True, "equal as text"
    mine, gold = choices(prediction), choices(answer)
    has_capital = prediction + answer != (prediction + answer).lower()  # a and b are variables
    if mine is not None and gold is not None and has_capital:
        if mine == gold:
            return True, "equal as choices"
        if len(mine) == len(gold) == 1:
            return False, "different"
    return _decide_read(prediction, answer, RULES[policy])


def canonical(answer: str) -> Fraction | str:
    """Return the value of an answer that is an exact number, or its normal form: equal ones are equal strictly.

    >>> canonical(r"1\\frac12") == canonical("1.50"), canonical("x + 1")
    (True, 'x+1')
    """
    value = exact_number(answer)
    return normal_form(answer) if value is None else value


def exact_number(answer: str) -> Fraction | None:
    """Return the value of an answer that is a number and stands for no other one, as 0.333333 may."""
    try:
        found = readings(answer)
    except (TooLarge, RecursionError):
        return None
    if len(found) != 1 or found[0].op != "number":
        return None
    value, places = found[0].args
    return None if places is not None and places >= MANY_PLACES else Fraction(value)


def _decide_read(prediction: str, answer: str, rules: Rules) -> tuple[bool | None, str]:
    try:
        return _decide_readings(prediction, answer, rules)
    except (TooLarge, RecursionError):
        return False, "too large to compute"


def _decide_readings(prediction: str, answer: str, rules: Rules) -> tuple[bool | None, str]:
    ones, others = readings(prediction), readings(answer)
    have_units = any_contains((*ones, *others), "unit")
    if have_units or (rules.units and _SPACED_LETTER.search(prediction)):
        ones = (*ones, *readings(prediction, letters_are_units=True))
    if have_units or (rules.units and _SPACED_LETTER.search(answer)):
        others = (*others, *readings(answer, letters_are_units=True))
    if not ones or not others:
        if not all(found or _may_be_algebra(text) for found, text in ((ones, prediction), (others, answer))):
            return False, "could not parse"
        if _brackets(prediction) != _brackets(answer):
            return False, "different"
        read = ones or others
        return (False, "different") if read and all(node.op in ("words", "date") for node in read) else (UNDECIDED, "")
    if ones[0].op == others[0].op == "time":
        ones, others = ones[:1], others[:1]
    outcome: tuple[bool | None, str] = False, "different"
    for one, other in product(ones, others):
        try:
            if reason := Comparison(rules).equal(one, other):
                return True, reason
        except TooLarge:
            outcome = False, "too large to compute"
        except Undecided:
            outcome = UNDECIDED, ""
        except (RecursionError, OverflowError, ValueError, MemoryError):
            outcome = False, "too large to compute"
    return outcome


def _brackets(answer: str) -> str:
    """Return the bracket that an answer begins with, if it begins with one."""
    match = re.match(r"\\?[({[]", normal_form(answer))
    return match[0] if match else ""


def _may_be_algebra(answer: str) -> bool:
    """Return whether SymPy may read what the parser cannot: it has what that knows besides, and no brace too many."""
    braces = re.findall(r"(?<!\\)[{}]", answer)
    return braces.count("{") == braces.count("}") and bool(_ALGEBRA.search(answer))
