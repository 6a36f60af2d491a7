"""Groups of equal answers."""

from collections.abc import Callable, Hashable, Sequence


def group_equal(
    answers: Sequence[str], canonical: Callable[[str], Hashable], equal: Callable[[str, str], bool]
) -> list[list[int]]:
    """Group the positions of answers that are equal, first seen first.

    Answers of one canonical form are equal; one of each form is compared with the others, in an order of their own.
    Groups are the connected components of equality, so that nothing depends on the order of the answers even where
    equality is not transitive.

    >>> group_equal(["1/2", "3", "0.5", " 3"], str.strip, lambda one, other: {one, other} == {"1/2", "0.5"})
    [[0, 2], [1, 3]]
    """
    places: dict[str, list[int]] = {}
    for position, answer in enumerate(answers):
        places.setdefault(answer, []).append(position)
    forms: dict[Hashable, list[str]] = {}
    for answer in sorted(places):
        forms.setdefault(canonical(answer), []).append(answer)
    classes = list(forms.values())
    root = list(range(len(classes)))
    for one in range(len(classes)):
        for other in range(one):
            if root[one] != root[other] and equal(classes[one][0], classes[other][0]):
                low, high = sorted((root[one], root[other]))
                root = [low if label == high else label for label in root]
    groups: dict[int, list[int]] = {}
    for label, members in zip(root, classes, strict=True):
        groups.setdefault(label, []).extend(place for member in members for place in places[member])
    return sorted(sorted(group) for group in groups.values())
