import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathkit.grams import collapse_spaces, tokenize
from mathkit.text import normalize, symbols, words

texts = st.lists(st.text() | st.text("ab 1+=_é小𠀀\n\\ÿĀ\0", max_size=30), max_size=8).map(
    lambda found: [normalize(text, "latex") for text in found]
)


@settings(deadline=None, max_examples=200)
@given(texts, st.booleans())
def test_tokens_are_those_of_the_text_and_hashes_tell_them_apart(batch: list[str], operators: bool) -> None:
    tokens = tokenize(batch, operators=operators)
    hashes: dict[str, int] = {}
    for number, text in enumerate(batch):
        expected = (symbols if operators else words)(text)
        found = tokens.hashes[tokens.bounds[number] : tokens.bounds[number + 1]].tolist()
        assert len(found) == len(expected)
        for token, value in zip(expected, found, strict=True):
            assert hashes.setdefault(token, value) == value
    assert len(set(hashes.values())) == len(hashes)


@settings(deadline=None)
@given(texts, st.integers(1, 6))
def test_ngrams_stay_within_their_text(batch: list[str], length: int) -> None:
    grams = tokenize(batch, operators=True).ngrams(length)
    expected = [
        tuple(tokens[start : start + length])
        for tokens in map(symbols, batch)
        for start in range(len(tokens) - length + 1)
    ]
    assert len(expected) == len(grams.hashes) == grams.bounds[-1]
    named = dict(zip(expected, grams.hashes.tolist(), strict=True))
    assert [named[gram] for gram in expected] == grams.hashes.tolist()
    assert len(set(named.values())) == len(named)


@pytest.mark.parametrize("character", ["a", "é", "ж", "𝒳"])
@pytest.mark.parametrize("length", [1, 7, 8, 9, 16, 511, 512, 513, 3000])
def test_a_word_has_one_hash_wherever_it_stands(character: str, length: int) -> None:
    word = character * length
    alone = tokenize([word], operators=True)
    beside = tokenize(["x é", f"b {word} ÿ", "y"], operators=True)
    assert alone.hashes[0] == beside.hashes[3]
    assert alone.hashes[0] != tokenize([word[:-1] + "b"], operators=True).hashes[0]


@given(st.lists(st.text() | st.text(" a\n\t\r\x0b\x0c\x1c\x1f\x85\u3000\0\xff"), max_size=6))
def test_runs_of_white_space_are_one_space(batch: list[str]) -> None:
    assert collapse_spaces(batch) == [" ".join(text.split()).encode() for text in batch]
