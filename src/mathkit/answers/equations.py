"""Equations and inequalities: labels, function definitions, multiples of each other."""

from collections.abc import Sequence

from mathkit.expressions.nodes import (
    EXPRESSIONS,
    Node,
    any_contains,
    children,
    mapped,
    name,
    negative,
    sum_of,
)  # fmt: skip
from mathkit.expressions.regions import region
from mathkit.expressions.values import constant_ratio, variables


def is_label(sides: Sequence[Node], value: Node) -> bool:
    """Return whether the left of an equation only names or computes the value on its right."""
    for side in sides:
        if side.op not in EXPRESSIONS:
            return side == value or side.op == value.op or not variables(side)
        if not variables(side):
            continue  # 2 + 3 = 5
        if _has_number(side) or (side.op == "power" and len(variables(side)) == 1 and value.op in EXPRESSIONS):
            return False
        if variables(side) & variables(value) and side.op not in ("name", "apply"):
            return False
    return True


def _has_number(node: Node) -> bool:
    """Return whether an expression is more than names: 2x + 1; -1 times a name is a difference of names."""
    if node.op == "number":
        return bool(node.args[0] != -1)
    if node.op == "call":
        return node.args[0] == "log_base" or any(map(_has_number, node.args[1:]))
    if node.op == "apply":
        return False
    if node.op == "power":
        return _has_number(node.args[0])
    return any(_has_number(child) for child in children(node))


def renamed(mine: Sequence[Node], gold: Sequence[Node]) -> Node | None:
    """Return the second function's value with its argument renamed to the first's, where both define a function."""
    if not all(
        sides[0].op == "apply" and len(sides[0].args) == 2 and sides[0].args[1].op == "name" for sides in (mine, gold)
    ):
        return None
    if mine[0].args[0] != gold[0].args[0] or mine[0].args[1].args[0] in variables(gold[1]):
        return None
    return _substituted(gold[1], gold[0].args[1], mine[0].args[1])


def _substituted(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return mapped(node, lambda child: _substituted(child, old, new))


def as_inequality(node: Node, other: Node) -> Node:
    """Return an interval as an inequality of the other's variable, where that one is an inequality to be solved."""
    if (
        other.op != "relation"
        or not set(other.args[1]) <= {"<", ">", "<=", ">="}
        or region(other)
        or len(variables(other)) != 1
    ):
        return node
    found = region(node)
    if found is None or len(found.intervals) != 1 or (found.name and found.name not in variables(other)):
        return node
    (interval,) = found.intervals
    variable = name(min(variables(other)))
    sides: tuple[Node, ...] = (variable,)
    signs: tuple[str, ...] = ()
    if interval.low is not None:
        sides, signs = (interval.low, *sides), ("<=" if interval.low_closed else "<", *signs)
    if interval.high is not None:
        sides, signs = (*sides, interval.high), (*signs, "<=" if interval.high_closed else "<")
    return Node("relation", (sides, signs)) if signs else node


def are_multiples(mine: Sequence[Node], gold: Sequence[Node]) -> bool:
    """Return whether two equations differ by a constant factor, or in what stands on which side."""
    one, other = (sum_of(sides[0], negative(sides[1])) for sides in (mine, gold))
    if not variables(one) or variables(one) != variables(other) or any_contains((one, other), "pm"):
        return False
    return constant_ratio(one, other) is not None


def same_inequalities(one: Node, other: Node) -> bool:
    """Compare inequalities link by link, either way round."""
    links, its_links = _links(one), _links(other)
    if links is None or its_links is None or len(links) != len(its_links):
        return False
    for order in (its_links, its_links[::-1]):
        if all(
            closed == its_closed
            and variables(a) == variables(b) != frozenset()
            and (ratio := constant_ratio(a, b)) is not None
            and ratio > 0
            for (a, closed), (b, its_closed) in zip(links, order, strict=True)
        ):  # fmt: skip
            return True
    return False


def _links(node: Node) -> list[tuple[Node, bool]] | None:
    """Return the links of an inequality as (difference that is positive, whether it may be zero)."""
    sides, signs = node.args
    found = []
    for left, right, sign in zip(sides, sides[1:], signs, strict=False):
        if sign not in ("<", ">", "<=", ">=") or left.op not in EXPRESSIONS or right.op not in EXPRESSIONS:
            return None
        low, high = (left, right) if sign[0] == "<" else (right, left)
        found.append((sum_of(high, negative(low)), sign.endswith("=")))
    return found
