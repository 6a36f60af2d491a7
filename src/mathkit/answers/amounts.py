"""Compare expressions as amounts: their values, the decimals that stand for them, their units, what is forgiven."""

from dataclasses import dataclass, replace
from fractions import Fraction

from mathkit.expressions.evaluation import PLAIN, Undecided
from mathkit.expressions.nodes import Node, any_contains, children, contains, mapped
from mathkit.expressions.units import MONEY, RADIAN, Unit
from mathkit.expressions.values import constant, same_value, variables

MANY_PLACES = 6  # decimal places from which a decimal stands for the number that it approximates
_FLOAT_DIGITS = 15


@dataclass(frozen=True)
class Rules:
    """What a policy forgives: missing units, a factor of 100, a relative difference of 1e-4, missing parentheses."""

    units: bool = False
    hundred: bool = False
    rounded: bool = False
    parentheses: bool = False


def same_amount(one: Node, other: Node, rules: Rules) -> str:
    """Return by what two expressions are equal, "" where they are different."""
    if one.op == other.op == "number":
        if one.args[0] == other.args[0]:
            return "equal as numbers"
    elif not _measure_alike(one, other):
        pass
    elif _same(one, other):
        return "equal as quantities" if any_contains((one, other), "unit") else "equal symbolically"
    if contains(one, "unit") != contains(other, "unit") and _units_of(one) | _units_of(other) <= MONEY:
        return same_amount(_without_units(one), _without_units(other), rules) and "equal as quantities"
    if _approximates(one, other) or _approximates(other, one):
        return "equal as numbers"
    return _nearly(one, other, rules)


def _same(one: Node, other: Node) -> bool:
    choices_of_reading = [PLAIN]
    if contains(one, "degrees") or contains(other, "degrees"):
        choices_of_reading = [replace(PLAIN, radians=True)]
        if RADIAN not in _units_of(one) | _units_of(other):
            choices_of_reading.append(PLAIN)
    if _has_bare_logarithm(one) or _has_bare_logarithm(other):
        choices_of_reading += [replace(reading, log_base=10) for reading in choices_of_reading]
    undecided: Exception | None = None
    for reading in choices_of_reading:
        try:
            if same_value(one, other, (reading, reading)):
                return True
        except Undecided as error:
            undecided = error
    if undecided:
        raise undecided
    return False


def _nearly(one: Node, other: Node, rules: Rules) -> str:
    if rules.units and any_contains((one, other), "unit") | any_contains((one, other), "fahrenheit"):
        bare = [_without_units(node) for node in (one, other)]
        if not any_contains(bare, "unit"):
            return same_amount(bare[0], bare[1], rules) and "equal without units"
    if not (rules.hundred or rules.rounded) or variables(one) | variables(other) or any_contains((one, other), "unit"):
        return ""
    factors = (1, 100, Fraction(1, 100)) if rules.hundred else (1,)
    a, b = constant(one), constant(other)
    if a is None or b is None:
        return ""
    for factor in factors[1:]:
        if abs(a * factor.numerator / factor.denominator - b) <= abs(b) * 1e-30 and b:
            return "equal up to a factor of 100"
    is_decimal = any(_is_decimal(node) for node in (one, other))
    if rules.rounded and is_decimal and not (_is_whole(a) or _is_whole(b)):
        for factor in factors:
            scaled = a * factor.numerator / factor.denominator
            if abs(scaled - b) <= 1.0001e-4 * max(abs(b), abs(scaled)):
                return "equal up to rounding"
    return ""


def _measure_alike(one: Node, other: Node) -> bool:
    """Return whether two amounts have units of the same kind, or none; nothing of one is not nothing of another."""
    dimensions = [frozenset(unit.powers for unit in _units_of(node)) for node in (one, other)]
    return dimensions[0] == dimensions[1] or not any(_is_nothing(node) for node in (one, other))


def _is_nothing(node: Node) -> bool:
    return any(part.op == "number" and not part.args[0] for part in (node, *children(node)))


def _units_of(node: Node) -> frozenset[Unit]:
    if node.op == "unit":
        return frozenset(node.args)
    return frozenset().union(*map(_units_of, children(node)))


def _without_units(node: Node) -> Node:
    """Return a value without its unit; 2 hours 30 minutes has two, and keeps them."""
    if node.op == "sum" and sum(contains(part, "unit") for part in node.args) > 1:
        return node
    if node.op == "fahrenheit":
        return _without_units(node.args[0])
    if node.op == "product" and any(part.op == "unit" for part in node.args):
        left = tuple(part for part in node.args if part.op != "unit")
        return _without_units(left[0] if len(left) == 1 else Node("product", left))
    return mapped(node, _without_units)


def _approximates(decimal: Node, exact: Node) -> bool:
    """Return whether a decimal of many places is what the other number rounds to, is cut to, or prints as a float."""
    places = decimal.args[1] if decimal.op == "number" else None
    if places is None or places < MANY_PLACES or variables(exact) or contains(exact, "unit"):
        return False
    if exact.op == "number":
        value = exact.args[0]
        if exact.args[1] is not None:  # two decimals say what they say
            return _is_float(decimal, value)
    else:
        found = constant(exact)
        if found is None or abs(found.imag) > 1e-30 * (1 + abs(found)):
            return False
        value = Fraction(int(found.real * 10**40), 10**40)
    written, unit = decimal.args[0], Fraction(1, 10**places)
    error = abs(value) - abs(written)
    same_sign = (value > 0) == (written > 0)
    return bool(same_sign and (abs(error) <= unit / 2 or 0 <= error < unit)) or _is_float(decimal, value)


def _is_float(decimal: Node, value: Fraction) -> bool:
    """Return whether a decimal of 15 digits or more differs from a number as floating point does."""
    written, places = decimal.args
    digits = len(str(abs(written.numerator * 10**places // written.denominator)))
    return bool(
        _FLOAT_DIGITS <= digits <= _FLOAT_DIGITS + 3 and abs(written - value) <= abs(value) * Fraction(2, 10**14)
    )


def _is_decimal(node: Node) -> bool:
    """Return whether a decimal is written anywhere in an expression."""
    return (node.op == "number" and bool(node.args[1])) or any(map(_is_decimal, children(node)))


def _is_whole(value: object) -> bool:
    real = value.real  # type: ignore[attr-defined]
    return bool(abs(real - round(real)) < 1e-12)


def _has_bare_logarithm(node: Node) -> bool:
    return (node.op == "call" and node.args[0] == "log") or any(_has_bare_logarithm(child) for child in children(node))
