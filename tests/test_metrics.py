import itertools
import math

import pytest

from mathkit.answers.groups import group_equal
from mathkit.metrics import (
    Graded,
    Interval,
    Metric,
    best_reward,
    curves,
    mean_with_interval,
    pass_at_k,
    sign_flip_p,
    unpaired_difference,
    values,
)


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
        groups = group_equal(order, str, lambda one, other: frozenset((one, other)) in chain)
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


def graded(id: str, *correct: int, group: str = "", rewards: list[float] | None = None) -> Graded:
    groups = tuple(int(digit) for digit in group) or tuple(correct)
    return Graded(id, tuple(map(bool, correct)), groups, tuple(rewards or [None] * len(correct)), ())


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1), (1, 0, 1), (3, 0, 1 / 4), (4, 0, 1 / 8), (5, 1, 14 / 64), (3, 3, 1), (9, 2, 134 / 2048)],
)
def test_right_or_wrong_is_mcnemars_exact_test(gained: int, lost: int, p: float) -> None:
    """By hand: twice the chance that gained + lost fair coins show at most min(gained, lost) heads."""
    for more, fewer in ((gained, lost), (lost, gained)):
        differences = [1.0] * more + [0.0] * 7 + [-1.0] * fewer
        assert sign_flip_p(differences, seed=0) == (pytest.approx(p), "mcnemar")


def test_few_differences_are_flipped_in_all_ways() -> None:
    """Of +-0.5 +-0.25 +-0.25 by hand: |sum| is 1 twice, 0.5 four times, 0 twice."""
    assert sign_flip_p([0.5, 0.25, 0.25], seed=0) == (2 / 8, "sign-flip-exact")
    assert sign_flip_p([0.5, 0.25, -0.25], seed=0) == (6 / 8, "sign-flip-exact")
    assert sign_flip_p([0.5, -0.25, -0.25, 0.0], seed=0) == (1, "sign-flip-exact")


def test_many_differences_are_flipped_at_random_and_agree_with_mcnemar() -> None:
    halves = [0.5] * 16 + [-0.5] * 6
    p, test = sign_flip_p(halves, seed=0)
    assert test == "sign-flip"
    assert (p, test) == sign_flip_p(halves, seed=0)
    assert p == pytest.approx(sign_flip_p([2 * half for half in halves], seed=0)[0], abs=0.01)
    assert sign_flip_p([0.5] * 100, seed=0)[0] == round(1 / 10_001, 6)


def test_an_unpaired_difference_adds_squares() -> None:
    """3-4-5 and 5-12-13 below and above."""
    old, new = Interval(0.5, 0.5 - 0.12, 0.54, 10), Interval(0.6, 0.57, 0.65, 10)
    assert unpaired_difference(old, new) == (0.1, 0.05, 0.23)


def test_curves_end_with_the_samples_that_every_problem_has() -> None:
    problems = [graded("a", 0, 1, 1, 0, 1, 1, group="122322"), graded("b", 1, 0, 0, 0, 0, group="12345")]
    found = curves(problems, seed=0)
    assert {kind: list(points) for kind, points in found.items()} == {"pass": [1, 2, 4, 5], "maj": [1, 2, 4, 5]}
    assert found["pass"][1].value == round((4 / 6 + 1 / 5) / 2, 6)
    assert found["pass"][5].value == 1
    assert [point.value for point in found["maj"].values()] == [0.5, 0.5, 1.0, 1.0]


def test_curves_of_rewards_of_one_sample_and_of_nothing() -> None:
    assert list(curves([graded("a", 0, 1, rewards=[2, 1])], seed=0)) == ["pass", "maj", "rm"]
    assert curves([graded("a", 1, rewards=[2])], seed=0) == {"pass": {1: Interval(1.0, 1.0, 1.0, 1)}}
    assert curves([], seed=0) == {}


def test_values_stand_under_the_id_of_their_problem_even_of_one_that_comes_twice() -> None:
    problems = [graded("x", 1), graded("x#2", 0), graded("x", 0), graded("x", 1), graded("y", 1)]
    found = values(problems, [Metric("pass", 1)])
    assert found == {"x": [1.0], "x#2": [0.0], "x#3": [0.0], "x#4": [1.0], "y": [1.0]}
    assert values([graded("x", 1, 0, 0)], [Metric("pass", 1), Metric("pass", 2)]) == {"x": [0.333333, 0.666667]}
