"""The tree that an answer is read into: plain nodes, whose constructors fold exact numbers."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

_BITS = 100_000  # of the largest number that is computed exactly
_LARGEST_FACTORIAL = 5000

_OPERATIONS = "number name sum product power call apply pm degrees unit fahrenheit ratio infinity"
EXPRESSIONS = frozenset(_OPERATIONS.split())


class Node(NamedTuple):
    """An operation and its operands.

    Expressions: number(Fraction, decimal places or None), name(str), sum(*nodes), product(*nodes), power(base,
    exponent), call(function, *nodes), apply(name of an unknown function, *nodes), pm(node, 1 or -1) for plus-minus,
    degrees(node), unit(Unit), fahrenheit(node), ratio(nodes), infinity().
    Answers: tuple(opening, nodes, closing), set(nodes), list(nodes, ordered, label), assignments(labels, nodes),
    relation(nodes, signs), either(nodes), both(nodes), such_that(nodes), matrix(rows), union(nodes), reals(),
    without(node, removed), words(str), date(year, month, day), time(minutes, half of the day or None, seconds),
    base(digits, base).
    """

    op: str
    args: tuple[Any, ...]


def number(value: Fraction | int, places: int | None = None) -> Node:
    """Return a number; `places` counts the digits after the point where it is written as a decimal."""
    return Node("number", (Fraction(value), places))


def name(text: str) -> Node:
    """Return a variable or constant."""
    return Node("name", (text,))


def negative(node: Node) -> Node:
    """Return the node with its sign changed."""
    if node.op == "number":
        return number(-node.args[0], node.args[1])
    if node.op == "fahrenheit":
        return Node("fahrenheit", (negative(node.args[0]),))
    return product(number(-1), node)


def sum_of(one: Node, other: Node) -> Node:
    """Return a sum, folded where both are numbers."""
    if one.op == other.op == "number" and _size(one) + _size(other) <= _BITS:
        return number(one.args[0] + other.args[0])
    return Node("sum", ((*one.args, other) if one.op == "sum" else (one, other)))


def product(one: Node, other: Node) -> Node:
    """Return a product, folded where both are numbers."""
    if one.op == other.op == "number" and _size(one) + _size(other) <= _BITS:
        return number(one.args[0] * other.args[0])
    return Node("product", ((*one.args, other) if one.op == "product" else (one, other)))


def quotient(one: Node, other: Node) -> Node:
    """Return a quotient, folded where both are numbers."""
    if one.op == other.op == "number" and other.args[0] and _size(one) + _size(other) <= _BITS:
        return number(one.args[0] / other.args[0])
    return product(one, Node("power", (other, number(-1))))


def _size(node: Node) -> int:
    """Return the bits of a number's numerator and denominator."""
    value: Fraction = node.args[0]
    return abs(value.numerator).bit_length() + value.denominator.bit_length()


def percent(node: Node) -> Node:
    """Return so many hundredths; a decimal stays one."""
    if node.op == "number" and node.args[1] is not None:
        return number(node.args[0] / 100, node.args[1] + 2)
    return quotient(node, number(100))


def power(base: Node, exponent: Node) -> Node:
    """Return a power, folded where it is a rational number of reasonable size."""
    if base.op == exponent.op == "number" and exponent.args[0].denominator == 1:
        value, times = base.args[0], int(exponent.args[0])
        if (value or times > 0) and _size(base) * abs(times) <= _BITS:
            return number(value**times)
    return Node("power", (base, exponent))


def factorial(node: Node) -> Node:
    """Return a factorial, folded where it is a number of reasonable size."""
    if node.op == "number" and node.args[0].denominator == 1 and 0 <= node.args[0] <= _LARGEST_FACTORIAL:
        return number(math.factorial(int(node.args[0])))
    return Node("call", ("factorial", node))


def children(node: Node) -> list[Node]:
    """Return the nodes directly below a node."""
    found = []
    for argument in node.args:
        if isinstance(argument, Node):
            found.append(argument)
        elif isinstance(argument, tuple):
            for part in argument:
                if isinstance(part, Node):
                    found.append(part)
                elif isinstance(part, tuple):
                    found += [cell for cell in part if isinstance(cell, Node)]
    return found


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a node with the nodes directly below it changed."""

    def changed(part: Any) -> Any:
        if isinstance(part, Node):
            return change(part)
        if type(part) is tuple:
            return tuple(changed(inner) for inner in part)
        return part

    return Node(node.op, tuple(changed(part) for part in node.args))


def both_signs(node: Node) -> list[Node]:
    """Return the values of a node with a plus-minus, or the node alone."""
    if not contains(node, "pm"):
        return [node]

    def signed(node: Node, sign: int) -> Node:
        if node.op == "pm":
            inner = signed(node.args[0], sign)
            return inner if node.args[1] * sign > 0 else negative(inner)
        return mapped(node, lambda child: signed(child, sign))

    return [signed(node, 1), signed(node, -1)]


def contains(node: Node, op: str) -> bool:
    """Return whether a node of this operation stands anywhere in a tree."""
    return node.op == op or any(contains(child, op) for child in children(node))


def any_contains(nodes: Iterable[Node], op: str) -> bool:
    """Return whether any of some trees has a node of this operation."""
    return any(contains(node, op) for node in nodes)
