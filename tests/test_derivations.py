import itertools

import pytest
from rapidfuzz.distance import Levenshtein

from mathkit.derivations import (
    canonical_code,
    derivation_key,
    equations,
    evaluate,
    most_different,
    one_of_each,
    wrong_mark,
)


def test_order_and_operands_make_another_derivation() -> None:
    keys = [derivation_key(text, "equations") for text in ("<<3+4=7>>", "<<4+3=7>>", "<<1+2=3>> <<3+4=7>>", "no marks")]
    assert keys == ["3+4=7", "4+3=7", "1+2=3|3+4=7", ""]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("First 3 + 4 = 7, then 7 x 2 = 14.", ["3+4=7", "7*2=14"]),
        (r"\[ 12 \times 3 = 36 \] and $\frac{36}{4} = 9$", ["12*3=36", "36/4=9"]),
        ("$1,200 - $200 = $1,000", ["1200-200=1000"]),
        ("3+4+5=12 and 2.5*2=5.0", ["3+4+5=12", "2.5*2=5.0"]),
        ("x + 3 = 7, so x = 4", []),
        ("5 × 6 ÷ 3 = 10", ["5*6/3=10"]),
        ("小明有 3+4=7 个", ["3+4=7"]),
    ],
)
def test_equations_are_found_in_prose(text: str, found: list[str]) -> None:
    assert equations(text) == found


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("<<1/3=.3333>>", None),
        ("<<1/3=.33>>", "1/3=.33"),
        ("<<2+2>>", "2+2"),
        ("<<2+2=4=5>>", None),
        ("<<__import__('os')=1>>", "__import__('os')=1"),
        ("<<9**9**9**9=1>>", "9**9**9**9=1"),
        ("<<" + "(" * 400 + "=1>>", "(" * 400 + "=1"),
        ("<<1,000*2=2000>>", None),
        ("<<5%=5>>", "5%=5"),
        ("no marks", None),
    ],
)
def test_every_mark_must_be_right(text: str, wrong: str | None) -> None:
    assert wrong_mark(text) == wrong


def test_no_code_is_run() -> None:
    assert evaluate("print(1)") is None
    assert evaluate("True + 1") is None
    assert evaluate("(lambda: 1)()") is None


def by_the_paper(texts: list[str], keys: list[str]) -> list[int]:
    """RFT's algorithm 1, word for word."""
    selected: list[int] = []
    for i in range(len(texts)):
        same = [s for s in selected if keys[s] == keys[i]]
        if not same:
            selected.append(i)
            continue
        (s,) = same
        others = [j for j in selected if j != s]
        total = lambda p: sum(Levenshtein.distance(texts[p], texts[j]) for j in others)  # noqa: E731, B023
        if total(i) > total(s):
            selected[selected.index(s)] = i
    return sorted(selected)


def test_the_choice_is_that_of_the_paper() -> None:
    words = ["so", "3+4=7", "7 it is", "therefore", "", "we add them all up"]
    for texts in itertools.product(words, repeat=4):
        for keys in (["a", "b", "a", "b"], ["a", "a", "b", "a"], ["a", "b", "b", "a"]):
            assert one_of_each(texts, keys) == by_the_paper(list(texts), keys)


def test_without_a_key_each_counts() -> None:
    assert one_of_each(["a", "a"], [None, None]) == [0, 1]


def test_the_most_different_are_taken() -> None:
    texts = ["aaaa", "aaab", "zzzz", "aazz"]
    assert most_different(texts, [0, 1, 2, 3], 2) == [0, 2]
    assert most_different(texts, [0, 1, 2, 3], 3) == [0, 2, 3]
    assert most_different(texts, [1, 3], 5) == [1, 3]


def test_programs_of_other_names_and_comments_are_one() -> None:
    one = (
        '"""Doc."""\nimport math\ndef f(apples, pears=2):\n    # add\n    total = apples + pears\n'
        "    return math.sqrt(total)\nprint(f(1, pears=3))"
    )
    other = "import math\ndef solve(a, b=2):\n    t = a + b\n    return math.sqrt(t)\nprint(solve(1, b=3))"
    assert canonical_code(one) == canonical_code(other)
    assert canonical_code(one) != canonical_code(other.replace("a + b", "a - b"))
    assert canonical_code(one) != canonical_code(other.replace("sqrt", "exp"))
    assert canonical_code("sep = 1; print(sep=sep)") != canonical_code("end = 1; print(end=end)")
    assert canonical_code("+".join(["1"] * 3000))
    assert canonical_code("x = (1 # open") == canonical_code("x = (1 # other")
    assert derivation_key("Text\n```python\nx = 1\n```\nmore", "code") == derivation_key(
        "```python\ny = 1  # y\n```", "code"
    )
