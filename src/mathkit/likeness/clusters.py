"""Disjoint sets of numbers: who is joined with whom, and the earliest of them all."""

from array import array

import numpy as np
from numpy.typing import NDArray


class Clusters:
    """Union-find over 0, 1, 2, ...; the root of a cluster is its least number. Four bytes a number."""

    def __init__(self, parents: "array[int] | None" = None) -> None:
        self.parents = array("I") if parents is None else parents

    def grow(self, count: int) -> None:
        """Add `count` numbers, each alone."""
        size = len(self.parents)
        self.parents.extend(range(size, size + count))

    def root(self, number: int) -> int:
        """Return the least number of the cluster that a number is in."""
        parents = self.parents
        while (parent := parents[number]) != number:
            parents[number] = number = parents[parent]
        return number

    def join(self, one: int, other: int) -> int:
        """Make one cluster of two and return its root."""
        one, other = sorted((self.root(one), self.root(other)))
        self.parents[other] = one
        return one

    def roots(self) -> NDArray[np.uint32]:
        """Return the root of every number."""
        found = np.array(self.parents, np.uint32)
        while not np.array_equal(further := found[found], found):
            found = further
        return found
