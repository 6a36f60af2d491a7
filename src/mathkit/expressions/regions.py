"""Sets of real numbers: intervals and their unions, and the inequalities that describe them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from mathkit.expressions.nodes import Node, both_signs, name, negative
from mathkit.expressions.values import approximate, same_value, variables

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_INFINITY = float("inf")


class Interval(NamedTuple):
    """An interval; an end without a node is infinite, and open."""

    low: Node | None
    high: Node | None
    low_closed: bool
    high_closed: bool


class Region(NamedTuple):
    """Disjoint intervals in order, and the name of what lies in them, if it has one."""

    intervals: tuple[Interval, ...]
    name: str | None


REALS = Interval(None, None, False, False)


def region(node: Node) -> Region | None:
    """Return the set of real numbers that a node describes, or None where it describes none."""
    found = _region(node)
    if found is None:
        return None
    merged = _merged(found.intervals)
    return None if merged is None else Region(merged, found.name)


def says_region(node: Node) -> bool:
    """Return whether a node can be nothing but a set of real numbers: (1, 2) could be a point."""
    if node.op == "tuple":
        opening, items, closing = node.args
        return len(items) == 2 and ((opening == "[") != (closing == "]") or any(map(_is_infinite, items)))
    if node.op == "relation":
        return bool(set(node.args[1]) - {"=", ":=", "≈"})
    return node.op in ("union", "reals", "without", "either", "both", "such_that")


def same_region(one: Region, other: Region) -> bool:
    """Return whether two regions are the same set of numbers of the same name."""
    if one.name and other.name and one.name != other.name:
        return False
    return len(one.intervals) == len(other.intervals) and all(
        a.low_closed == b.low_closed
        and a.high_closed == b.high_closed
        and _same_end(a.low, b.low)
        and _same_end(a.high, b.high)
        for a, b in zip(one.intervals, other.intervals, strict=True)
    )


def _same_end(one: Node | None, other: Node | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_value(one, other)


def _region(node: Node) -> Region | None:
    match node.op:
        case "tuple":
            opening, items, closing = node.args
            if len(items) != 2 or "⟨" in opening:
                return None
            low, high = items
            return Region(
                (
                    Interval(
                        _end(low),
                        _end(high),
                        opening == "[",
                        closing == "]",
                    ),
                ),
                None,
            )
        case "union" | "either":
            parts = [_region(part) for part in node.args[0]]
            if any(part is None for part in parts):
                return None
            names = {part.name for part in parts if part and part.name}
            return Region(sum((part.intervals for part in parts if part), ()), names.pop()) if len(names) == 1 else (
                Region(sum((part.intervals for part in parts if part), ()), None) if not names else None)  # fmt: skip
        case "both" | "such_that":
            is_list = node.op == "both" and node.args[1]
            return _all_of(node.args[0], is_named=node.op == "both", is_list=is_list)
        case "set":
            return Region(tuple(Interval(item, item, True, True) for item in node.args[0]), None)
        case "reals":
            return Region((REALS,), None)
        case "without":
            whole, removed = (_region(part) for part in node.args)
            return (
                whole and removed and Region(_intersection(whole.intervals, _complement(removed.intervals)), whole.name)
            )
        case "relation":
            return _inequality(*node.args)
    return None


def _inequality(sides: tuple[Node, ...], signs: tuple[str, ...]) -> Region | None:
    if signs == ("∈",) and sides[0].op == "name":
        inner = _region(sides[1])
        return inner and Region(inner.intervals, sides[0].args[0])
    if signs == ("!=",) and sides[0].op == "name" and sides[0].args[0] not in variables(sides[1]):
        removed = sides[1].args[0] if sides[1].op == "list" else both_signs(sides[1])
        return Region(_all_but(removed), sides[0].args[0])
    if len(signs) == 1 and sides[0].op == "call" and sides[0].args[0] == "abs" and sides[0].args[1].op == "name":
        return _of_absolute_value(sides[0].args[1], sides[1], signs[0])
    if signs == ("=",) and sides[0].op == "name" and not variables(sides[1]):
        return Region(tuple(Interval(value, value, True, True) for value in both_signs(sides[1])), sides[0].args[0])
    named = [n for n, side in enumerate(sides) if side.op in ("name", "apply") and side not in (name("pi"), name("i"))]
    if len(named) != 1 or any(sign not in _FLIPPED for sign in signs) or len(signs) > 2:
        return None
    place = named[0]
    low = high = None
    low_closed = high_closed = False
    for n, sign in enumerate(signs):
        left, right = sides[n], sides[n + 1]
        if n not in (place, place - 1):
            return None
        bound, sign = (right, _FLIPPED[sign]) if n == place else (left, sign)  # bound SIGN name
        if bound == sides[place] or variables(bound) & variables(sides[place]):
            return None
        if sign in ("<", "<="):
            low, low_closed = _end(bound), sign == "<=" and not _is_infinite(bound)
        else:
            high, high_closed = _end(bound), sign == ">=" and not _is_infinite(bound)
    who = sides[place]
    return Region((Interval(low, high, low_closed, high_closed),), who.args[0] if who.op == "name" else repr(who))


def _of_absolute_value(who: Node, bound: Node, sign: str) -> Region | None:
    """Return where |x| < c or |x| > c, for positive c."""
    if variables(bound) or sign not in _FLIPPED or _position(bound, 0) <= 0:
        return None
    closed = sign.endswith("=")
    if sign[0] == "<":
        return Region((Interval(negative(bound), bound, closed, closed),), who.args[0])
    below, above = Interval(None, negative(bound), False, closed), Interval(bound, None, closed, False)
    return Region((below, above), who.args[0])


def _all_but(points: Sequence[Node]) -> tuple[Interval, ...]:
    """Return the real numbers without some points."""
    order = sorted(points, key=lambda point: _position(point, 0))
    ends = [None, *order, None]
    return tuple(Interval(low, high, False, False) for low, high in pairwise(ends))


def _all_of(conditions: tuple[Node, ...], *, is_named: bool, is_list: bool) -> Region | None:
    """Return what fulfils all conditions, which in the braces of a set have a name of their own.

    A list that nothing fulfils, "x < 1, x > 2", names the parts of an answer.
    """
    parts = [_region(condition) for condition in conditions]
    names = {part.name for part in parts if part and part.name}
    if any(part is None for part in parts) or (is_named and len(names) > 1):
        return None
    intervals: tuple[Interval, ...] = (REALS,)
    for part in parts:
        intervals = _intersection(intervals, part.intervals if part else ())
    if not intervals and is_list:
        intervals = sum((part.intervals for part in parts if part), ())
    return Region(intervals, names.pop() if is_named and names else None)


def _intersection(one: tuple[Interval, ...], other: tuple[Interval, ...]) -> tuple[Interval, ...]:
    return tuple(common for a in one for b in other if (common := _common(a, b)))


def _complement(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Return the real numbers outside some intervals."""
    outside: tuple[Interval, ...] = (REALS,)
    for interval in intervals:
        below = Interval(None, interval.low, False, not interval.low_closed)
        above = Interval(interval.high, None, not interval.high_closed, False)
        sides = [part for part, end in ((below, interval.low), (above, interval.high)) if end is not None]
        outside = _intersection(outside, tuple(sides))
    return outside


def _common(a: Interval, b: Interval) -> Interval | None:
    low = max(a, b, key=lambda part: (_position(part.low, -1), not part.low_closed))
    high = min(a, b, key=lambda part: (_position(part.high, 1), part.high_closed))
    start, end = _position(low.low, -1), _position(high.high, 1)
    if start > end or (start == end and not (low.low_closed and high.high_closed)):
        return None
    return Interval(low.low, high.high, low.low_closed, high.high_closed)


def _merged(intervals: tuple[Interval, ...]) -> tuple[Interval, ...] | None:
    """Return intervals in order, those that touch made one; None where their order cannot be told."""
    if len(intervals) < 2:
        return intervals
    try:
        order = sorted(intervals, key=lambda part: (_position(part.low, -1), not part.low_closed))
    except ValueError:
        return None
    if any(variables(end) for part in order for end in (part.low, part.high) if end is not None):
        return tuple(order)
    merged = [order[0]]
    for part in order[1:]:
        last = merged[-1]
        end, start = _position(last.high, 1), _position(part.low, -1)
        if start < end or (start == end and (last.high_closed or part.low_closed)):
            if _position(part.high, 1) > end or (_position(part.high, 1) == end and part.high_closed):
                merged[-1] = last._replace(high=part.high, high_closed=part.high_closed)
        else:
            merged.append(part)
    return tuple(merged)


def _position(end: Node | None, side: int) -> float:
    if end is None:
        return side * _INFINITY
    value = approximate(end)
    if value is None or abs(value.imag) > 1e-9:
        raise ValueError("no real end")
    return round(value.real, 9)


def _end(node: Node) -> Node | None:
    return None if _is_infinite(node) else node


def _is_infinite(node: Node) -> bool:
    return (
        node.op == "infinity"
        or (node.op == "product" and node.args[-1].op == "infinity")
        or node == negative(Node("infinity", ()))
    )


def _is_constant(node: Node) -> bool:
    return not variables(node)
