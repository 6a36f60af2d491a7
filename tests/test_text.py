from hypothesis import given
from hypothesis import strategies as st

from mathkit.text import LEVELS, last_boxed, normalize, plain, plain_words, symbols, word_spans, words


@given(st.text())
def test_every_word_has_its_place(text: str) -> None:
    spans = word_spans(text)
    assert len(spans) == len(words(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)


PARTS = [
    r"\left",
    r"\Bigr",
    r" \dfrac ",
    "\\",
    " ",
    "a",
    "12",
    "小",
    "İ",
    "ﬁ",
    "½",
    "न",
    "\u093c",
    "가",
    "\u11a8",
    "ｶﾞ",
    "e\u0301",
]


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_the_place_of_a_word_holds_the_word(text: str) -> None:
    """Commands that hide, marks that compose and letters that change their number, side by side."""
    for word, (start, end) in zip(words(text), word_spans(text), strict=True):
        assert word in plain(text[start:end])


def test_making_plain_is_the_first_half_of_finding_words() -> None:
    text = r"ＡＢ \tfrac{1}{2} x² \left(小明"
    assert plain_words(plain(text)) == words(text) == ["ab", "frac", "1", "2", "x2", "小", "明"]


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    for level in ("exact", "ws"):
        assert normalize(normalize(text, level), level) == normalize(text, level)


def test_words_keep_what_a_formula_says_and_no_more() -> None:
    assert words(r"\left( \dfrac{1}{2}, \tfrac{1}{2} \right)") == ["frac", "1", "2", "frac", "1", "2"]
    assert words(r"\leftarrow") == ["leftarrow"]
    assert words("ＡＢ１２ ﬁve x²") == ["ab12", "five", "x2"]
    assert words("3个苹果 カタカナ 한국") == [*"3个苹果", *"カタカナ", *"한국"]
    assert words("under_score don't") == ["under", "score", "don", "t"]


def test_each_level_takes_more_texts_for_one() -> None:
    pairs = {"ws": ("a  b", "a b"), "latex": (r"A $\dfrac12$", r"a \frac12"), "latex+num": ("3 + 5", "40 + 5.5")}
    for level, (one, other) in pairs.items():
        below = LEVELS[LEVELS.index(level) - 1]
        assert normalize(one, level) == normalize(other, level)
        assert normalize(one, below) != normalize(other, below)


def test_operators_count() -> None:
    assert symbols("3 + 5") != symbols("3 - 5") != symbols("3 * 5")


def test_boxes_nest_and_the_last_whole_one_counts() -> None:
    assert last_boxed(r"\boxed{\{1, 2\}}") == r"\{1, 2\}"
    assert last_boxed(r"\boxed {a} \fbox{b}") == "b"
    assert last_boxed(r"\boxed{whole} \boxed{torn {") == "whole"
    assert last_boxed("none") is None
    assert last_boxed("\\boxed{" * 5000) is None
