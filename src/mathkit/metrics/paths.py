"""How many different right derivations so many samples of a problem hold, and which model brings which.

RFT (arXiv 2308.01825, sections 3.3 and 3.4): what a model gains by rejection sampling follows the number of distinct
paths, which grows ever more slowly with the samples.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import comb
from typing import Any

AT = (1, 3, 6, 12, 25, 50, 100)  # samples of a problem, as the paper has them


def expected_distinct(counts: Sequence[int], samples: int, k: int) -> float:
    """Return how many derivations k samples are expected to hold, of `samples` among which each has its count.

    >>> expected_distinct([3, 1], 4, 1), expected_distinct([3, 1], 4, 4), expected_distinct([1], 2, 1)
    (1.0, 2.0, 0.5)
    """
    ways = comb(samples, k)
    return sum(1 - comb(samples - count, k) / ways for count in counts)


class Paths:
    """The derivations of many problems."""

    def __init__(self) -> None:
        self.problems = self._samples = self._right = self._chosen = 0
        self._sums: defaultdict[int, float] = defaultdict(float)
        self._counts: Counter[int] = Counter()
        self._models: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, keys: Sequence[object], models: Sequence[str | None], chosen: int) -> None:
        """Take in a problem: the derivation of each sample, None for one that is not right, and who wrote it."""
        counts = Counter(key for key in keys if key is not None)
        self.problems += 1
        self._samples += len(keys)
        self._right += counts.total()
        self._chosen += chosen
        for k in AT:
            if k <= len(keys):
                self._sums[k] += expected_distinct(list(counts.values()), len(keys), k)
                self._counts[k] += 1
        owners: defaultdict[object, set[str]] = defaultdict(set)
        for key, model in zip(keys, models, strict=True):
            if model is not None:
                self._models[model].update(samples=1, right=int(key is not None))
                if key is not None:
                    owners[key].add(model)
        for names in owners.values():
            for name in names:
                self._models[name].update(distinct=1, alone=int(len(names) == 1))

    @property
    def distinct(self) -> dict[int, float]:
        """Distinct right derivations of a problem by the number of its samples, over the problems that have as many."""
        return {k: round(self._sums[k] / self._counts[k], 4) for k in AT if self._counts[k]}

    def as_json(self) -> dict[str, Any]:
        """Return the report: counts, distinct derivations by samples, and by model how many it alone brings."""
        return {
            "problems": self.problems,
            "samples": self._samples,
            "right": self._right,
            "chosen": self._chosen,
            "distinct": {str(k): {"value": value, "n": self._counts[k]} for k, value in self.distinct.items()},
            "models": {
                name: {field: counts[field] for field in ("samples", "right", "distinct", "alone")}
                for name, counts in sorted(self._models.items())
            },
        }
