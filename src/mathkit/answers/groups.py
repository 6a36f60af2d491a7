"""Groups of equal answers."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def group_equal(answers: Sequence[T], equal: Callable[[T, T], bool]) -> list[list[int]]:
    """Group the positions of answers that are equal, first seen first.

    Groups are the connected components of equality between the distinct answers, so that they do not depend on
    the order even where equality is not transitive.

    >>> group_equal(["1/2", "3", "0.5"], lambda one, other: {one, other} == {"1/2", "0.5"})
    [[0, 2], [1]]
    """
    places: dict[T, list[int]] = {}
    for position, answer in enumerate(answers):
        places.setdefault(answer, []).append(position)
    distinct = list(places)
    root = list(range(len(distinct)))
    for one in range(len(distinct)):
        for other in range(one):
            if root[one] != root[other] and equal(distinct[one], distinct[other]):
                low, high = sorted((root[one], root[other]))
                root = [low if label == high else label for label in root]
    groups: dict[int, list[int]] = {}
    for label, answer in zip(root, distinct, strict=True):
        groups.setdefault(label, []).extend(places[answer])
    return sorted(sorted(group) for group in groups.values())
