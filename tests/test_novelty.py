"""What is too similar to what is known: the bounds leave out nothing that counts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathkit.overlap.novelty import Novelty, Similarity
from mathkit.text import words

texts = st.lists(
    st.sampled_from(["a", "a", "a", "b", "b", "c", "d", "一", "一", "二", "三", "7", "8"]), max_size=14
).map(" ".join)


def longest_common(one: list[str], other: list[str]) -> int:
    row = [0] * (len(other) + 1)
    for left in one:
        before = row[:]
        for place, right in enumerate(other):
            row[place + 1] = before[place] + 1 if left == right else max(before[place + 1], row[place])
    return row[-1]


def similarity(kind: str, one: list[str], other: list[str]) -> Fraction:
    if not one or not other:
        return Fraction(0)
    if kind == "jaccard":
        return Fraction(len({*one} & {*other}), len({*one} | {*other}))
    common = longest_common(one, other)
    return (
        Fraction(2 * common, len(one) + len(other))
        if kind == "rouge-l"
        else Fraction(common, max(len(one), len(other)))
    )


@pytest.mark.parametrize("kind", ["rouge-l", "lcs", "jaccard"])
@given(st.lists(texts, max_size=12), texts, st.sampled_from(["0", "0.3", "0.5", "0.7", "0.95"]))
def test_the_bounds_lose_nothing(kind: Similarity, known: list[str], text: str, most: str) -> None:
    novelty = Novelty(kind, float(most))
    for number, other in enumerate(known):
        novelty.add(other, number)
    found = novelty.most_similar(text)
    if text in known:
        assert found == (known.index(text), 1.0)
        return
    shares = [similarity(kind, words(text), words(other)) for other in known]
    best = max(shares, default=Fraction(0))
    if best <= Fraction(most):
        assert found is None
    else:
        assert found == (shares.index(best), round(float(best), 4))


def test_the_limit_itself_is_accepted_and_what_is_above_is_not() -> None:
    novelty = Novelty("rouge-l", 0.7)
    novelty.add("a b c d e f g h i j", "seed")
    assert novelty.most_similar("a b c d e f g 1 2 3") is None  # 2 * 7 / 20
    assert novelty.most_similar("a b c d e f g h 2 3") == ("seed", 0.8)


def test_chinese_is_compared_by_characters() -> None:
    novelty = Novelty("rouge-l", 0.7)
    novelty.add("小明有3个苹果，又买了4个，一共有几个？", "seed")
    assert novelty.most_similar("小红有3个苹果，又买了5个，一共有几个？") == ("seed", 0.8824)
    assert novelty.most_similar("一个长方形的周长是20厘米，求它的最大面积。") is None


def test_equal_but_for_spelling_is_always_too_similar() -> None:
    novelty = Novelty("rouge-l", 1)
    novelty.add(r"Find $\dfrac{1}{2} + x$", "seed")
    assert novelty.most_similar(r"find \(\frac{1}{2}+x\)") == ("seed", 1.0)
    assert novelty.most_similar(r"find \(\frac{1}{2}-x\)") is None  # the same words, another operator
