from hypothesis import given, settings
from hypothesis import strategies as st

from mathkit.classifier.cutting import cut
from mathkit.classifier.words import classifier_words

PIECES = ["\\frac", "\\", "x", "ab ", "é", "\\piñ", "{", "}", "$", "2024", "1", "٣", "小", "明", "⺀", "½", "Ⅷx", " ",
          "\n", "\0", "_", "−", "</s>", "İ", "word "]  # fmt: skip


def words_of(texts: list[str]) -> list[list[str]]:
    words = cut(texts)
    found = [words[number].decode() for number in range(len(words.starts))]
    parts = [found[start:end] for start, end in zip(words.bounds[:-1], words.bounds[1:], strict=True)]
    assert all(part[-1] == "</s>" for part in parts)
    return [part[:-1] for part in parts]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=300).map("".join), max_size=5))
def test_many_texts_are_cut_as_one_by_one(texts: list[str]) -> None:
    if texts:
        assert words_of(texts) == [classifier_words(text) for text in texts]


def test_a_formula_counts_once_in_sixty_words() -> None:
    text = "$x$ " + "word " * 59 + "$x$ " + "word " + "$x$ " * 3
    assert [word for word in words_of([text])[0] if word != "word"] == ["$", "x", "$", "x"]
