"""Tell whether two expressions have the same value: exactly where they are rational, else at points.

Two expressions that agree at several fixed pseudo-random points are equal (Schwartz 1980, Zippel 1979, for
polynomials; other functions that agree there by chance have not been met): in floating point first, which finds most
that differ, then in 50 digits. Nothing here is unbounded: `TooLarge` is raised instead.
"""

import math
from typing import Any

from mathkit.expressions.arithmetic import FLOATS, LOCK, TooLarge, many_digits
from mathkit.expressions.evaluation import MIXED, PLAIN, POSITIVE, WHOLE, Evaluation, Reading, Undecided
from mathkit.expressions.nodes import Node, children

_ENOUGH = 3  # points at which two expressions must agree


def variables(node: Node) -> frozenset[str]:
    """Return the names of the variables of an expression; a unit counts as none."""
    if node.op == "name":
        return frozenset() if node.args[0] in ("pi", "e", "i") else frozenset([node.args[0]])
    return frozenset().union(*(variables(child) for child in children(node)))


def _at(node: Node, arithmetic: Any, point: int, reading: Reading) -> Any:
    """Return the value at a point, or None where there is none; raises OverflowError."""
    try:
        value = Evaluation(arithmetic, point, reading).value(node)
    except (ZeroDivisionError, ValueError):
        return None
    if value != value or abs(value) == math.inf:
        raise OverflowError
    return value


def constant(node: Node, reading: Reading = PLAIN) -> Any:
    """Return the value of an expression without variables in 50 digits, or None where it has none."""
    with LOCK:
        try:
            return _at(node, many_digits(), 0, reading)
        except (OverflowError, MemoryError):
            raise TooLarge("value") from None


def approximate(node: Node, reading: Reading = PLAIN) -> complex | None:
    """Return the value of an expression at the first point as a complex float, or None where it has none."""
    try:
        return _at(node, FLOATS, 0, reading)  # type: ignore[no-any-return]
    except OverflowError:
        value = constant(node, reading)
        return None if value is None else complex(value)


def same_value(one: Node, other: Node, readings: tuple[Reading, Reading] = (PLAIN, PLAIN)) -> bool:
    """Return whether two expressions have the same value wherever both have a real one.

    Raises TooLarge or Undecided where that cannot be told.
    """
    if one.op == other.op == "number":
        return bool(one.args[0] == other.args[0])
    mine, its = readings
    if not variables(one) | variables(other):
        return _same_constant(one, other, readings)
    agreeing = 0
    for only_real, points in ((True, (*POSITIVE, *MIXED)), (True, WHOLE), (False, POSITIVE)):
        if agreeing >= _ENOUGH:
            return True
        for point in points:
            same = _same_at(one, other, point, mine, its, only_real=only_real)
            if same is False:
                return False
            agreeing += same is not None
    if agreeing >= 2:
        return True
    raise Undecided("too few points")


def _same_at(one: Node, other: Node, point: int, mine: Reading, its: Reading, *, only_real: bool) -> bool | None:
    """Return whether two values at a point agree, or None where one does not exist or is not real."""
    try:
        a, b = _at(one, FLOATS, point, mine), _at(other, FLOATS, point, its)
        if a is None or b is None or (only_real and not (_is_nearly_real(a) and _is_nearly_real(b))):
            return None
        size, difference = max(abs(a), abs(b)), abs(a - b)
        if size > 1e-200 and difference > 1e-6 * size:
            return False
        if size > 1e-200 and difference <= 1e-10 * size:
            return True
    except OverflowError:
        pass  # more digits have larger exponents too
    with LOCK:
        try:
            a, b = _at(one, many_digits(), point, mine), _at(other, many_digits(), point, its)
        except (OverflowError, MemoryError):
            raise TooLarge("value") from None
    if a is None or b is None or (only_real and not (_is_nearly_real(a) and _is_nearly_real(b))):
        return None
    return _agree(a, b)


def _same_constant(one: Node, other: Node, readings: tuple[Reading, Reading]) -> bool:
    mine, its = readings
    try:
        a, b = _at(one, FLOATS, 0, mine), _at(other, FLOATS, 0, its)
        if a is None or b is None:
            return False
        if 1e-200 < max(abs(a), abs(b)) < 1e200 and abs(a - b) > 1e-6 * max(abs(a), abs(b)):
            return False
    except OverflowError:
        pass
    a, b = constant(one, mine), constant(other, its)
    return a is not None and b is not None and _agree(a, b)


def _agree(a: Any, b: Any) -> bool:
    """Return whether two numbers of 50 digits are equal but for rounding."""
    size, difference = max(abs(a), abs(b)), abs(a - b)
    return bool(difference <= 1e-30 * size or (min(abs(a), abs(b)) <= 1e-40 and size <= 1e-40))


def _is_nearly_real(value: Any) -> bool:
    return bool(abs(value.imag) <= 1e-9 * (1e-9 + abs(value.real)))


def constant_ratio(one: Node, other: Node) -> complex | None:
    """Return the number that one expression is a multiple of the other by, or None where there is none."""
    ratios = []
    for point in (*POSITIVE, *MIXED):
        try:
            a, b = _at(one, FLOATS, point, PLAIN), _at(other, FLOATS, point, PLAIN)
        except OverflowError:
            continue
        if a is None or b is None or not (1e-12 < abs(a) < 1e150 and 1e-12 < abs(b) < 1e150):
            continue
        ratios.append(a / b)
    if len(ratios) < _ENOUGH or any(abs(ratio - ratios[0]) > 1e-9 * abs(ratios[0]) for ratio in ratios):
        return None
    return ratios[0]  # type: ignore[no-any-return]
