"""Compare answers of every kind: what they list, order, relate or describe; expressions are compared as amounts."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

from mathkit.answers.amounts import Rules, same_amount
from mathkit.answers.equations import are_multiples, as_inequality, is_label, renamed, same_inequalities
from mathkit.expressions.nodes import EXPRESSIONS, Node, any_contains, both_signs, contains
from mathkit.expressions.regions import region, same_region, says_region
from mathkit.expressions.values import constant, same_value, variables

_LONGEST_LIST = 200


class Comparison:
    """Compares trees; every method returns by what two are equal, or "" where they are different."""

    def __init__(self, rules: Rules, *, is_inner: bool = False) -> None:
        self._rules = rules
        self._is_inner = is_inner  # compares members of a list or a set

    def equal(self, one: Node, other: Node) -> str:
        """Compare two answers of any kind."""
        if one == other:
            return _reason_of(one)
        if not self._is_inner:
            one, other = _simplest(one), _simplest(other)
        if says_region(one) or says_region(other):
            one, other = as_inequality(one, other), as_inequality(other, one)
            if (found := self._as_regions(one, other)) is not None:
                return found
        for first, second in ((one, other), (other, one)):
            if (
                first.op == "relation"
                and second.op != "relation"
                and second.op != "words"
                and set(first.args[1]) <= {"=", ":=", "≈"}
            ):
                return self._labelled(first, second)
        if one.op in EXPRESSIONS and other.op in EXPRESSIONS:
            return self._values(one, other)
        kinds = {one.op, other.op}
        if kinds == {"relation"}:
            return self._relations(one, other)
        if kinds == {"tuple"}:
            return self._tuples(one, other)
        if kinds == {"matrix"}:
            return self._rows(one.args[0], other.args[0])
        may_be_one = not self._is_inner and kinds <= EXPRESSIONS | {"list", "set", "words"}
        if kinds <= {"list", "set"} or (kinds & {"list", "set"} and may_be_one):
            return self._collections(one, other)
        if kinds == {"assignments"}:
            mine, gold = (sorted(zip(*node.args, strict=True), key=lambda pair: str(pair[0])) for node in (one, other))
            same_labels = [label for label, _ in mine] == [label for label, _ in gold]
            values = ([value for _, value in mine], [value for _, value in gold])
            return self._ordered(*values, "equal as equations") if same_labels else ""
        if kinds == {"ratio"}:
            return self._ratios(one.args[0], other.args[0])
        if kinds == {"time"}:
            return self._times(one, other)
        if kinds <= {"tuple", "matrix", "assignments", "list"}:
            return self._across(one, other)
        if kinds <= {"both", "either"} and one.op == other.op:
            return self._unordered(one.args[0], other.args[0], "equal as sets")
        if kinds == {"words"}:
            return "equal as text" if one.args == other.args else ""
        return ""

    def _inner(self) -> "Comparison":
        """Return what compares the members of a list: a factor of 100 is for numbers alone."""
        return Comparison(replace(self._rules, hundred=False), is_inner=True)

    def _collections(self, one: Node, other: Node) -> str:
        ordered = any(node.op == "list" and node.args[1] for node in (one, other))
        labels = [node.args[2] for node in (one, other) if node.op == "list" and node.args[2]]
        if len(labels) == 2 and labels[0] != labels[1]:
            return ""
        mine, gold = _members(one), _members(other)
        if ordered:
            return self._ordered(mine, gold, "equal as lists")
        if "set" in (one.op, other.op):
            return self._unordered(_distinct(mine), _distinct(gold), "equal as sets")
        if len(mine) != len(gold) and 1 in (len(mine), len(gold)):
            mine, gold = _distinct(mine), _distinct(gold)
        return self._unordered(mine, gold, "equal as sets")

    def _unordered(self, one: Sequence[Node], other: Sequence[Node], reason: str) -> str:
        if len(one) != len(other):
            return ""
        if len(one) > _LONGEST_LIST:
            return reason if sorted(map(repr, one)) == sorted(map(repr, other)) else ""
        left = list(other)
        inner = self._inner()
        for item in one:
            match = next((n for n, candidate in enumerate(left) if inner.equal(item, candidate)), None)
            if match is None:
                return ""
            left.pop(match)
        return reason

    def _ordered(self, one: Sequence[Node], other: Sequence[Node], reason: str) -> str:
        inner = self._inner()
        same = len(one) == len(other) and all(inner.equal(a, b) for a, b in zip(one, other, strict=True))
        return reason if same else ""

    def _tuples(self, one: Node, other: Node) -> str:
        brackets = [(node.args[0].replace("⟨", "("), node.args[2].replace("⟩", ")")) for node in (one, other)]
        return self._ordered(one.args[1], other.args[1], "equal as tuples") if brackets[0] == brackets[1] else ""

    def _rows(self, one: Sequence[Sequence[Node]], other: Sequence[Sequence[Node]]) -> str:
        same = len(one) == len(other) and all(self._ordered(a, b, "x") for a, b in zip(one, other, strict=True))
        return "equal as matrices" if same else ""

    def _across(self, one: Node, other: Node) -> str:
        """Compare a tuple with a column, with assignments, and leniently with a list."""
        if {one.op, other.op} == {"list", "assignments"}:
            values = [node.args[1] if node.op == "assignments" else node.args[0] for node in (one, other)]
            if all(value.op == "tuple" for value in (*values[0], *values[1])):
                return self._unordered(values[0], values[1], "equal as sets")
        if "list" in (one.op, other.op) and not self._rules.parentheses:
            return ""
        mine, gold = _coordinates(one), _coordinates(other)
        return self._ordered(mine, gold, "equal as tuples") if mine and gold else ""

    def _ratios(self, one: Sequence[Node], other: Sequence[Node]) -> str:
        if len(one) != len(other):
            return ""
        pairs = list(zip(one, other, strict=True))
        same = all(
            same_value(Node("product", (a, d)), Node("product", (c, b))) for (a, b), (c, d) in combinations(pairs, 2)
        )
        return "equal as ratios" if same else ""

    def _times(self, one: Node, other: Node) -> str:
        minutes, half, second = one.args
        its_minutes, its_half, its_second = other.args
        if self._rules.units and not (half and its_half):
            return "equal without units" if (minutes - its_minutes) % 720 == 0 and second == its_second else ""
        return "equal as times" if one.args == other.args else ""

    def _as_regions(self, one: Node, other: Node) -> str | None:
        """Compare as sets of real numbers; None where they are none."""
        try:
            mine, gold = region(one), region(other)
        except ValueError:
            return None
        if mine is None or gold is None:
            return None
        return "equal as intervals" if same_region(mine, gold) else ""

    def _labelled(self, relation: Node, value: Node) -> str:
        """Compare x = 5 with 5."""
        sides, signs = relation.args
        if not is_label(sides[:-1], sides[-1]):
            return ""
        if "≈" in signs and not _are_close(sides[-2], sides[-1]):
            return ""
        reason = self.equal(sides[-1], value)
        if not reason and signs[-1] == "≈" and len(sides) > 2:
            reason = self.equal(sides[-2], value)
        if not reason and signs == ("≈",):
            reason = self.equal(sides[0], value)
        return reason

    def _relations(self, one: Node, other: Node) -> str:
        (mine, signs), (gold, its_signs) = one.args, other.args
        if signs == its_signs == ("=",):
            if mine[0] == gold[0] and mine[0].op in ("name", "apply"):
                return self.equal(mine[1], gold[1])
            if value := renamed(mine, gold):
                return self.equal(mine[1], value)
            if mine[1].op not in EXPRESSIONS or gold[1].op not in EXPRESSIONS:
                return self.equal(mine[1], gold[1]) if mine[0] == gold[0] else ""
            return "equal as equations" if are_multiples(mine, gold) else ""
        if any("≈" in node.args[1] and not _are_close(*node.args[0][-2:]) for node in (one, other)):
            return ""
        if set(signs) | set(its_signs) <= {"=", ":=", "≈"}:  # a chain ends with its answer
            ends = [Node("relation", ((sides[0], sides[-1]), ("=",))) for sides in (mine, gold)]
            return self._relations(*ends) if len(mine) > 2 or len(gold) > 2 or "≈" in signs + its_signs else ""
        return "equal as inequalities" if same_inequalities(one, other) else ""

    def _values(self, one: Node, other: Node) -> str:
        pair = (one, other)
        if any_contains(pair, "infinity"):
            return "equal as text" if one == other else ""
        if any_contains(pair, "pm"):
            return self._unordered(both_signs(one), both_signs(other), "equal as sets")
        if any(node.op == "ratio" and len(node.args[0]) > 2 for node in pair):
            return self._ratios(one.args[0], other.args[0]) if one.op == other.op else ""
        return same_amount(one, other, self._rules)


def _reason_of(node: Node) -> str:
    if node.op == "number":
        return "equal as numbers"
    return "equal symbolically" if node.op in EXPRESSIONS else "equal as text"


def _are_close(one: Node, other: Node) -> bool:
    """Return whether one value can be said to be about another; a name can be about anything."""
    if not (one.op in EXPRESSIONS and other.op in EXPRESSIONS) or variables(one) or variables(other):
        return one.op == "name" or one.op == "apply"
    a, b = constant(one), constant(other)
    return a is not None and b is not None and bool(abs(a - b) <= 0.01 * max(abs(a), abs(b)))


def _simplest(node: Node) -> Node:
    """Return the value of a set of one, and the points of a tuple with plus-minus in it."""
    if node.op == "set" and len(node.args[0]) == 1 and node.args[0][0].op != "set" and not contains(node, "pm"):
        return Node(*node.args[0][0])
    if node.op == "tuple" and contains(node, "pm"):
        return Node("list", (tuple(_points(node)), False, None))
    return node


def _points(node: Node) -> list[Node]:
    """Return the points that a tuple with plus-minus stands for, the signs of each coordinate for themselves."""
    opening, items, closing = node.args
    return [Node("tuple", (opening, point, closing)) for point in product(*map(both_signs, items))]


def _members(node: Node) -> list[Node]:
    """Return what a list or a set holds, plus-minus as two."""
    found: list[Node] = []
    for item in node.args[0] if node.op in ("list", "set") else (node,):
        if item.op == "tuple" and contains(item, "pm"):
            found += _points(item)
        else:
            found += both_signs(item) if item.op in EXPRESSIONS else [item]
    return found


def _distinct(items: Sequence[Node]) -> list[Node]:
    strict = Comparison(Rules(), is_inner=True)
    found: list[Node] = []
    for item in items[:_LONGEST_LIST]:
        if not any(strict.equal(item, other) for other in found):
            found.append(item)
    return found


def _coordinates(node: Node) -> list[Node]:
    """Return what a point, a column or assignments hold in order, nothing for an interval or a row."""
    match node.op:
        case "tuple":
            return list(node.args[1]) if node.args[0] in "(⟨" and node.args[2] in ")⟩" else []
        case "matrix":
            return [row[0] for row in node.args[0]] if len(node.args[0][0]) == 1 else []
        case "assignments":
            return list(node.args[1])
    return [] if any(item.op == "relation" for item in node.args[0]) else list(node.args[0])
