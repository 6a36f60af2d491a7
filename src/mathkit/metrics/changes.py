"""How sure one can be that two evaluations of the same problems differ.

They are compared problem by problem: most problems are as hard for the one as for the other, and what does not
differ does not blur the difference.
"""

import math
from collections.abc import Sequence

import numpy as np

from mathkit.metrics.estimates import Interval

_FLIPS = 10_000
_ALL_FLIPS = 13  # differences whose 8,192 choices of signs are all tried
_UNIT = 1e-6  # values are rounded to it
_CELLS = 1 << 22  # numbers drawn at a time


def sign_flip_p(differences: Sequence[float], seed: int) -> tuple[float, str]:
    """Return the two-sided p-value of paired differences and the name of the test.

    Were there no change, each difference could as well have the other sign. p is the share of all choices of signs
    whose sum is as far from zero as the one found. Where all differences are one problem right or wrong that is
    McNemar's exact test; else all choices are tried where they are few, or 10,000 are drawn.

    >>> sign_flip_p([1.0, 1.0, 1.0, 0.0, -1.0], seed=0)
    (0.625, 'mcnemar')
    >>> sign_flip_p([0.5, 0.25, 0.0], seed=0)
    (0.5, 'sign-flip-exact')
    """
    sizes = np.rint(np.asarray(differences, np.float64) / _UNIT)  # whole numbers: sums are exact
    sizes = sizes[sizes != 0]
    if np.all(np.abs(sizes) == 1 / _UNIT):
        return _two_sided_binomial(int((sizes > 0).sum()), int((sizes < 0).sum())), "mcnemar"
    found = abs(sizes.sum())
    if len(sizes) <= _ALL_FLIPS:
        bits = np.arange(1 << len(sizes))[:, None] >> np.arange(len(sizes)) & 1
        extreme = int((np.abs((1.0 - 2.0 * bits) @ sizes) >= found).sum())
        return extreme / (1 << len(sizes)), "sign-flip-exact"
    random = np.random.default_rng(seed)
    extreme = 0
    at_a_time = max(1, _CELLS // len(sizes))
    for start in range(0, _FLIPS, at_a_time):
        draws = random.integers(0, 2, (min(at_a_time, _FLIPS - start), len(sizes)), np.int8)
        extreme += int((np.abs((1.0 - 2.0 * draws) @ sizes) >= found).sum())
    return round((extreme + 1) / (_FLIPS + 1), 6), "sign-flip"


def unpaired_difference(old: Interval, new: Interval) -> tuple[float, float, float]:
    """Return the difference of two independent means and its 95 % interval, from theirs by squares and sums.

    The square-and-add method of Newcombe (Statistics in Medicine 17, 1998), for any two intervals.

    >>> unpaired_difference(Interval(0.5, 0.47, 0.53, 9), Interval(0.6, 0.56, 0.64, 9))
    (0.1, 0.05, 0.15)
    """
    difference = new.value - old.value
    below = math.hypot(new.value - new.low, old.high - old.value)
    above = math.hypot(new.high - new.value, old.value - old.low)
    return round(difference, 6), round(difference - below, 6), round(difference + above, 6)


def _two_sided_binomial(more: int, fewer: int) -> float:
    """Return the chance that fair coins, as many as both counts, fall at least as unevenly."""
    coins, few = more + fewer, min(more, fewer)
    if more == fewer:
        return 1.0
    ways, total = 1, 0
    for count in range(few + 1):
        total += ways
        ways = ways * (coins - count) // (count + 1)
    return (2 * total) / (1 << coins)
