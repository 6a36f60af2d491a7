"""The estimators: metrics by name, pass@k without bias, and the interval of a mean over problems."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000
_CELLS = 1 << 22  # numbers drawn at a time


@dataclass(frozen=True, slots=True)
class Metric:
    """A named metric: its kind (pass, maj, rm or avg) and its k."""

    kind: str
    k: int

    @classmethod
    def named(cls, name: str) -> "Metric":
        """Return the metric of a name such as maj@8; raise ValueError for any other name.

        >>> Metric.named("maj@8")
        Metric(kind='maj', k=8)
        """
        match = re.fullmatch(r"(pass|maj|rm|avg)@([1-9]\d*)", name)
        if not match:
            raise ValueError(f"{name!r} is not pass@K, maj@K, rm@K or avg@K")
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.kind}@{self.k}"


@dataclass(frozen=True, slots=True)
class Interval:
    """The mean of a metric over n problems, with its bootstrap 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Return the chance that k of n samples, drawn without replacement, hold a correct one.

    1 - C(n - correct, k) / C(n, k), the unbiased estimator of Chen et al. (arXiv 2107.03374).

    >>> round(pass_at_k(16, 2, 8), 6)
    0.766667
    """
    if not 0 < k <= n:
        raise ValueError(f"pass@{k} needs {k} samples, there are {n}")
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def best_reward(rewards: Sequence[float]) -> int:
    """Return the position of the highest reward, the first of those that tie."""
    return max(range(len(rewards)), key=lambda position: (rewards[position], -position))


def mean_with_interval(values: Sequence[float], seed: int) -> Interval:
    """Return the mean of per-problem values and the percentile bootstrap's 95 % interval over problems.

    >>> mean_with_interval([1.0] * 5, seed=0)
    Interval(value=1.0, low=1.0, high=1.0, n=5)
    """
    data: NDArray[np.float64] = np.asarray(values, np.float64)
    random = np.random.default_rng(seed)
    means: list[NDArray[np.float64]] = []
    at_a_time = max(1, _CELLS // len(data))
    for start in range(0, _RESAMPLES, at_a_time):
        draws = random.integers(0, len(data), (min(at_a_time, _RESAMPLES - start), len(data)))
        means.append(data[draws].mean(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    value, low, high = (round(float(number), 6) + 0.0 for number in (data.mean(), low, high))  # no -0.0
    return Interval(value, low, high, len(data))
