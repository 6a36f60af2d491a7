"""Laws of the grader, on answers that are generated and on those of the table."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import mathkit
from mathkit.answers import Grader
from mathkit.answers.equal import Policy, decide

ROWS = [
    line.split("\t")[:2]
    for path in sorted((Path(__file__).parent / "pairs").glob("*.tsv"))
    for line in path.read_text().splitlines()
    if line and not line.startswith("## ")
]
SENTENCE = re.compile(r"\b(?:is|are|answer)\b", re.IGNORECASE)  # nobody puts one between dollars
ANSWERS = sorted({answer for row in ROWS for answer in row if 0 < len(answer) < 60 and not SENTENCE.search(answer)})

numbers = st.one_of(
    st.integers(-50, 50).map(str),
    st.decimals(-9, 9, places=2).map(str),
    st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda pair: rf"\frac{{{pair[0]}}}{{{pair[1]}}}"),
)
leaves = st.one_of(numbers, st.sampled_from(["x", "y", "n", r"\pi", r"\theta", "a_1", "e", "i"]))
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", r"\cdot"]), inner).map(" ".join),
        st.tuples(inner, inner).map(lambda pair: rf"\frac{{{pair[0]}}}{{{pair[1]}}}"),
        inner.map(lambda node: rf"\sqrt{{{node}}}"),
        inner.map(lambda node: f"({node})^2"),
        inner.map(lambda node: rf"\sin({node})"),
        inner.map(lambda node: rf"|{node}|"),
    ),
    max_leaves=6,
)
collections = st.one_of(
    expressions,
    st.lists(expressions, min_size=2, max_size=4).map(lambda items: f"({', '.join(items)})"),
    st.lists(expressions, min_size=2, max_size=4).map(lambda items: rf"\{{{', '.join(items)}\}}"),
    st.tuples(expressions, expressions).map(lambda pair: rf"[{pair[0]}, {pair[1]})"),
    expressions.map(lambda node: f"x = {node}"),
    expressions.map(lambda node: rf"x \le {node}"),
    numbers.map(lambda node: rf"{node}\text{{ cm}}"),
    st.sampled_from(ANSWERS),
)
policies = st.sampled_from(["strict", "lenient"])
anything = st.one_of(collections, st.text("0123456789.,/-+%$\\{}()[]=<>|^_ frac sqrtxabc或分之", max_size=30))


@settings(deadline=None, max_examples=300)
@given(collections, policies)
def test_an_answer_equals_itself(answer: str, policy: Policy) -> None:
    assert mathkit.grade(answer, answer, policy).correct
    assert mathkit.grade(answer, f"  {answer} ", policy).correct


@settings(deadline=None, max_examples=400)
@given(anything, anything, policies)
def test_which_is_the_gold_answer_does_not_matter(one: str, other: str, policy: Policy) -> None:
    assert decide(one, other, policy)[0] == decide(other, one, policy)[0]


@settings(deadline=None, max_examples=300)
@given(collections, collections, policies)
def test_what_is_equal_strictly_is_equal_leniently(one: str, other: str, policy: Policy) -> None:
    assert decide(one, other, "lenient")[0] is not False or not decide(one, other, "strict")[0]


@settings(deadline=None, max_examples=300)
@given(collections, st.sampled_from([r"\!", r"\,", " ", r"\;", "  "]), policies)
def test_spacing_and_sizing_change_nothing(answer: str, space: str, policy: Policy) -> None:
    spaced = answer
    for sign in ("+", "=", ",", r"\cdot", r"\le"):
        if not (sign == "," and answer in ANSWERS):  # 1,234 is a number
            spaced = spaced.replace(f" {sign} ", f"{space}{sign} {space}")
    sized = answer
    if r"\left" not in answer and r"\{" not in answer and answer not in ANSWERS:
        sized = answer.replace("(", r"\left(").replace(")", r"\right)").replace("[", r"\left[")
    for variant in (spaced, sized, f"${answer}$", rf"\[ {answer} \]"):
        if variant.count("$") <= 2:
            assert mathkit.grade(variant, answer, policy).correct, variant


def test_a_verdict_does_not_depend_on_what_was_graded_before() -> None:
    pairs = [(prediction, gold) for gold, prediction in ROWS]
    with Grader(2) as one, Grader(2) as other:
        forwards = [one.grade(*pair, "strict") for pair in pairs]
        backwards = [other.grade(*pair, "strict") for pair in reversed(pairs)]
    assert forwards == backwards[::-1]


def test_strict_implies_lenient_on_the_table() -> None:
    for gold, prediction in ROWS:
        strict, lenient = (mathkit.grade(prediction, gold, policy) for policy in ("strict", "lenient"))
        assert lenient.correct or not strict.correct
