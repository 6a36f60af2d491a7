"""How well scores agree with labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well scores agree with labels."""

    n: int
    auc: float | None  # of a pair with different labels, the chance that the higher label has the higher score
    spearman: float | None


def agreement(scores: Sequence[float], labels: Sequence[float]) -> Agreement:
    """Return how well scores agree with labels; None where one of them is always the same.

    >>> agreement([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    Agreement(n=4, auc=0.75, spearman=0.4472)
    """
    values, truth = _ranks(scores), np.array(labels, float)
    pairs = right = 0.0
    for label, count in sorted(Counter(labels).items()):
        higher, own = values[truth > label], values[truth == label]
        if len(higher):
            sums = np.searchsorted(np.sort(own), higher, "left") + np.searchsorted(np.sort(own), higher, "right")
            right += float(sums.sum()) / 2
            pairs += count * len(higher)
    ranks = _ranks(labels)
    varied = len(scores) > 1 and values.std() > 0 and ranks.std() > 0
    rho = float(np.corrcoef(values, ranks)[0, 1]) if varied else None
    return Agreement(len(scores), round(right / pairs, 4) if pairs else None, None if rho is None else round(rho, 4))


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Return the rank of each value, the mean rank where several are equal."""
    _, which, counts = np.unique(np.array(values, float), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = ((last - counts + 1 + last) / 2)[which]
    return ranks
