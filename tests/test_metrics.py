import itertools
import math

import pytest

from mathkit.answers.groups import group_equal
from mathkit.metrics import Metric, best_reward, mean_with_interval, pass_at_k


@pytest.mark.parametrize(("n", "correct"), list(itertools.product(range(1, 8), range(8))))
def test_pass_at_k_is_the_mean_over_all_choices(n: int, correct: int) -> None:
    if correct > n:
        return
    samples = [True] * correct + [False] * (n - correct)
    for k in range(1, n + 1):
        draws = list(itertools.combinations(samples, k))
        assert pass_at_k(n, correct, k) == pytest.approx(sum(any(draw) for draw in draws) / len(draws))


def test_pass_at_k_is_refused_for_more_than_there_is() -> None:
    with pytest.raises(ValueError, match="pass@9 needs 9 samples, there are 8"):
        pass_at_k(8, 1, 9)


@pytest.mark.parametrize("name", ["pass@0", "pass", "best@3", "maj@-1", "maj@1.5", ""])
def test_other_names_are_no_metrics(name: str) -> None:
    with pytest.raises(ValueError, match="is not pass@K"):
        Metric.named(name)


def test_groups_do_not_depend_on_the_order_even_of_a_chain() -> None:
    chain = {frozenset("ab"), frozenset("bc")}  # a equals b equals c, but not a
    for order in itertools.permutations("abcd"):
        groups = group_equal(order, lambda one, other: frozenset((one, other)) in chain)
        assert {frozenset(order[place] for place in group) for group in groups} == {frozenset("abc"), frozenset("d")}


def test_the_first_of_equal_rewards_is_best() -> None:
    assert best_reward([-3.0, -1.0, -1.0]) == 1


def test_the_interval_narrows_with_the_square_root_of_n() -> None:
    few = mean_with_interval([0.0, 1.0] * 50, seed=0)
    many = mean_with_interval([0.0, 1.0] * 5000, seed=0)
    assert few == mean_with_interval([0.0, 1.0] * 50, seed=0)
    assert few.value == many.value == 0.5
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(10, rel=0.1)
    assert few.high - few.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(100), rel=0.1)
