"""What several items together say: a list, the solution of a system, alternatives, conditions, one amount."""

from collections.abc import Callable, Iterable

from mathkit.expressions.cursor import Nonsense
from mathkit.expressions.nodes import EXPRESSIONS, Node
from mathkit.expressions.regions import says_region

_LOGIC = {"∨": "or", "∧": "and"}


def listed(items: list[Node], separators: set[str]) -> Node:
    """Return what items say that stand beside each other, separated so."""
    if separators & _LOGIC.keys():
        if not all(item.op in ("relation", "such_that") for item in items):
            raise Nonsense("logic")
        separators = {_LOGIC.get(separator, separator) for separator in separators}
    return (
        _excluded(items)
        or _regions(items, separators)
        or _amount(items, separators)
        or named_values(items, are_alternatives="or" in separators)
    )


def named_values(items: list[Node], *, are_alternatives: bool) -> Node:
    """Return a list of values, or where they have different names, assignments: x = 1, y = 2."""
    labels = [label_of(item) for item in items]
    if all(labels):
        items = [Node("relation", ((side, item.args[0][-1]), ("=",))) for item in items for side in item.args[0][:-1]]
        labels = [label_of(item) for item in items]
    values = [item.args[0][-1] if label else item for item, label in zip(items, labels, strict=True)]
    named = [label for label in labels if label]
    if len(named) == len(labels):
        letters = {label.partition("_")[0] for label in named}
        if len(letters) == 1 and (len(set(named)) == 1 or all("_" in label for label in named)):
            return Node("list", (tuple(values), False, letters.pop()))  # x = 1, x = 2 or x_1 = 1, x_2 = 2
        if len(set(named)) == len(named) and not are_alternatives:
            pairs = dict(zip(named, values, strict=True))
            order = sorted(pairs, key=_coordinate_order(pairs))
            return Node("assignments", (tuple(order), tuple(pairs[label] for label in order)))
        return Node("list", (tuple(items), False, None))
    if labels[0] and len(named) == 1:
        return Node("list", (tuple(values), False, labels[0]))  # x = 1, 2
    return Node("list", (tuple(items), False, None))


def label_of(item: Node) -> str | None:
    """Return the name that an item gives its value, or None."""
    if item.op != "relation" or not set(item.args[1]) <= {"=", ":="}:
        return None
    sides = item.args[0]
    if not all(side.op in ("name", "apply") for side in sides[:-1]):
        return None
    return str(sides[0].args[0]) if sides[0].op == "name" else repr(sides[0])


def _coordinate_order(labels: Iterable[str]) -> Callable[[str], int | str]:
    """Return what sorts labels as coordinates: x, y, z, w; other letters by the alphabet; else as they were written."""
    if set(labels) <= set("xyzw"):
        return "xyzw".index
    written = list(labels)
    return str if all(len(label) == 1 for label in written) else written.index


def _excluded(items: list[Node]) -> Node | None:
    """Return what x ≠ 1, 2 says: both are excluded."""
    first, *others = items
    if first.op != "relation" or first.args[1] != ("!=",) or any(item.op not in EXPRESSIONS for item in others):
        return None
    left, right = first.args[0]
    return Node("relation", ((left, Node("list", ((right, *others), False, None))), ("!=",)))


def _regions(items: list[Node], separators: set[str]) -> Node | None:
    """Return alternatives or conditions where the items are inequalities or intervals."""
    may_be_regions = all(says_region(item) or item.op == "tuple" for item in items)
    if "or" in separators and may_be_regions and any(map(says_region, items)):
        return Node("either", (tuple(items),))
    if not all(item.op in ("relation", "such_that") for item in items):
        return None
    if not any(set(item.args[1]) - {"="} for item in items if item.op == "relation"):
        return None
    if "or" in separators:
        return Node("either", (tuple(items),))
    return Node("both", (tuple(items), separators == {","}))


def _amount(items: list[Node], separators: set[str]) -> Node | None:
    """Return the sum that "5 dollars and 20 cents" says."""
    if separators > {"and"} or not all(item.op == "product" and item.args[-1].op == "unit" for item in items):
        return None
    units = [item.args[-1].args[0] for item in items]
    is_one = len({unit.powers for unit in units}) == 1 and len({unit.scale for unit in units}) == len(units)
    return Node("sum", tuple(items)) if is_one and separators == {"and"} else None
