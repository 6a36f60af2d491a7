"""Tell whether two expressions have the same value: exactly where they are rational, else at points.

Two expressions that agree at several fixed pseudo-random points are equal (Schwartz 1980, Zippel 1979, for
polynomials; other functions that agree there by chance have not been met): in floating point first, which finds most
that differ, then in 50 digits or more. Nothing here is unbounded: `TooLarge` is raised instead.
"""

import math
from typing import Any

from mathkit.expressions.arithmetic import FLOATS, LOCK, TooLarge, many_digits
from mathkit.expressions.evaluation import LARGE, MIXED, PLAIN, POSITIVE, WHOLE, Evaluation, Reading, Undecided
from mathkit.expressions.nodes import Node, children

REAL = (*POSITIVE, *MIXED, *LARGE)
_ENOUGH = 3  # points at which two expressions must agree
_PRECISE = (POSITIVE[1], MIXED[1], LARGE[1])
_DIGITS, _MOST_DIGITS = 50, 2000
_TOLERANCE = 1e-30


def variables(node: Node) -> frozenset[str]:
    """Return the names of the variables of an expression; a unit counts as none."""
    if node.op == "name":
        return frozenset() if node.args[0] in ("pi", "e", "i") else frozenset([node.args[0]])
    return frozenset().union(*(variables(child) for child in children(node)))


def same_value(one: Node, other: Node, readings: tuple[Reading, Reading] = (PLAIN, PLAIN)) -> bool:
    """Return whether two expressions have the same value wherever both have a real one.

    Raises TooLarge or Undecided where that cannot be told.
    """
    if one.op == other.op == "number":
        return bool(one.args[0] == other.args[0])
    if not variables(one) | variables(other):
        return _same_constant(one, other, readings)
    agreeing = 0
    for only_real, points in ((True, REAL), (True, WHOLE), (False, POSITIVE)):
        if agreeing >= _ENOUGH:
            break
        for point in points:
            same = _same_at(one, other, point, readings, only_real=only_real)
            if same is False:
                return False
            agreeing += same is not None
    if agreeing < 2:
        raise Undecided("too few points")
    return all(_same_precisely(one, other, point, readings) is not False for point in _PRECISE)


def constant_ratio(one: Node, other: Node) -> float | None:
    """Return the real number that one expression is a multiple of the other by, or None where there is none."""
    ratios = []
    for point in REAL:
        try:
            a, b = _at(one, FLOATS, point, PLAIN), _at(other, FLOATS, point, PLAIN)
        except (OverflowError, TooLarge):
            continue
        if a is None or b is None or not (1e-12 < abs(a) < 1e150 and 1e-12 < abs(b) < 1e150):
            continue
        ratios.append(a / b)
        if abs(ratios[-1] - ratios[0]) > 1e-6 * abs(ratios[0]):
            return None
    if len(ratios) < _ENOUGH or abs(ratios[0].imag) > 1e-9 * abs(ratios[0]):
        return None
    precise = [ratio for point in _PRECISE if (ratio := _ratio_at(one, other, point)) is not None]
    same = all(abs(ratio - precise[0]) <= _TOLERANCE * abs(precise[0]) for ratio in precise[1:])
    return float(ratios[0].real) if same else None


def constant(node: Node, reading: Reading = PLAIN) -> Any:
    """Return the value of an expression without variables in 50 digits, or None where it has none."""
    return _precisely(node, 0, reading, _DIGITS)


def approximate(node: Node, reading: Reading = PLAIN) -> complex | None:
    """Return the value of an expression at the first point as a complex float, or None where it has none."""
    try:
        return _at(node, FLOATS, 0, reading)  # type: ignore[no-any-return]
    except OverflowError:
        value = constant(node, reading)
        return None if value is None else complex(value)


def _at(node: Node, arithmetic: Any, point: int, reading: Reading) -> Any:
    """Return the value at a point, or None where there is none; raises OverflowError."""
    try:
        value = Evaluation(arithmetic, point, reading).value(node)
    except (ZeroDivisionError, ValueError):
        return None
    if value != value or abs(value) == math.inf:
        raise OverflowError
    return value


def _precisely(node: Node, point: int, reading: Reading, digits: int) -> Any:
    with LOCK:
        try:
            return _at(node, many_digits(digits), point, reading)
        except (OverflowError, MemoryError):
            raise TooLarge("value") from None


def _same_at(one: Node, other: Node, point: int, readings: tuple[Reading, Reading], *, only_real: bool) -> bool | None:
    """Return whether two values at a point agree, or None where one does not exist, is not real or too large."""
    try:
        a, b = _at(one, FLOATS, point, readings[0]), _at(other, FLOATS, point, readings[1])
        if a is None or b is None or (only_real and not (_is_nearly_real(a) and _is_nearly_real(b))):
            return None
        size, difference = max(abs(a), abs(b)), abs(a - b)
        if size > 1e-200 and difference > 1e-6 * size:
            return False
        if size > 1e-200 and difference <= 1e-10 * size:
            return True
    except OverflowError:
        pass  # more digits have larger exponents too
    except TooLarge:
        return None
    try:
        return _same_precisely(one, other, point, readings, only_real=only_real)
    except TooLarge:
        if point in LARGE:
            return None
        raise


def _same_precisely(
    one: Node, other: Node, point: int, readings: tuple[Reading, Reading], *, only_real: bool = True
) -> bool | None:
    """Return whether two values at a point agree in 30 digits behind the point, or None where one does not exist."""
    digits = _DIGITS
    while True:
        a, b = _precisely(one, point, readings[0], digits), _precisely(other, point, readings[1], digits)
        if a is None or b is None or (only_real and not (_is_nearly_real(a) and _is_nearly_real(b))):
            return None
        size, difference = max(abs(a), abs(b)), abs(a - b)
        if difference > 1e-6 * size and size > 1e-30:
            return False
        if size > 10**15 and digits == _DIGITS:  # the digits before the point are no part of the 30
            digits += int(_log10(size))
            if digits > _MOST_DIGITS:
                raise TooLarge("number of digits")
        elif size <= 1e-30 and digits == _DIGITS:
            digits = _MOST_DIGITS  # nothing, or very little
        elif size <= 1e-30:
            return bool(difference <= _TOLERANCE * size or size * 10**1900 <= 1)  # what is less is rounding
        else:
            return bool(difference <= _TOLERANCE * min(size, 1))


def _same_constant(one: Node, other: Node, readings: tuple[Reading, Reading]) -> bool:
    try:
        a, b = _at(one, FLOATS, 0, readings[0]), _at(other, FLOATS, 0, readings[1])
        if a is None or b is None:
            return False
        if 1e-200 < max(abs(a), abs(b)) < 1e200 and abs(a - b) > 1e-6 * max(abs(a), abs(b)):
            return False
    except OverflowError:
        pass
    return _same_precisely(one, other, 0, readings, only_real=False) is True


def _ratio_at(one: Node, other: Node, point: int) -> Any:
    try:
        a, b = _precisely(one, point, PLAIN, _DIGITS), _precisely(other, point, PLAIN, _DIGITS)
    except TooLarge:
        return None
    return None if a is None or b is None or not abs(b) or not abs(a) else a / b


def _log10(size: Any) -> float:
    return float(many_digits(_DIGITS).log(size).real) / math.log(10)


def _is_nearly_real(value: Any) -> bool:
    return bool(abs(value.imag) <= 1e-9 * (1e-9 + abs(value.real)))
