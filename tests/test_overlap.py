import tracemalloc
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathkit.errors import MathkitError
from mathkit.grams import tokenize
from mathkit.overlap import Benchmarks
from mathkit.overlap.similar import SimilarItems
from mathkit.overlap.spelling import Alphabet, letters_of, word_numbers

bags = st.lists(st.lists(st.sampled_from("aabbcdefghijkl"), min_size=1, max_size=24), min_size=1, max_size=12)
shares = st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(3, 5), Fraction(4, 5), Fraction(1)])


@settings(deadline=None, max_examples=200)
@given(bags, bags, shares, st.integers(0, 24))
def test_no_pair_that_shares_enough_words_is_left_out(
    texts: list[list[str]], items: list[list[str]], share: Fraction, smallest: int
) -> None:
    index = SimilarItems(tokenize([" ".join(item) for item in items], operators=False), share)
    tokens = tokenize([" ".join(text) for text in texts], operators=False)
    some = np.arange(0, len(texts), 2)
    found = zip(*(part.tolist() for part in index.pairs(tokens, some, np.full(len(some), smallest))), strict=True)
    expected = {
        (number, place)
        for number in some.tolist()
        for place, item in enumerate(items)
        if len(item) >= smallest
        and (Counter(texts[number]) & Counter(item)).total() >= share * min(len(texts[number]), len(item))
    }
    pairs = list(found)
    assert len(set(pairs)) == len(pairs)
    assert expected <= set(pairs)
    assert [number for number, _ in pairs] == sorted(number for number, _ in pairs)


def test_few_pairs_are_left_that_do_not_share_enough() -> None:
    draw = np.random.default_rng(1)
    texts = [" ".join(f"w{word}" for word in draw.zipf(1.5, 50).clip(max=3000)) for _ in range(400)]
    tokens = tokenize(texts, operators=False)
    numbers, _ = SimilarItems(tokens, Fraction("0.8")).pairs(tokens, np.arange(400), np.zeros(400, np.int64))
    assert 400 <= len(numbers) < 0.1 * 400 * 400


@pytest.mark.parametrize(("either", "most"), [(False, 40), (True, 60)])
def test_a_word_of_a_benchmark_takes_tens_of_bytes(either: bool, most: int) -> None:
    draw = np.random.default_rng(1)
    texts = [" ".join(f"w{word}" for word in draw.zipf(1.5, 100).clip(max=20_000)) for _ in range(1000)]
    tokenize(["a", "é"], operators=False)  # the tables that are made once
    tracemalloc.start()
    benchmarks = Benchmarks(ngram=13, lcs=0.6, either=either, level="latex")
    for number, text in enumerate(texts):
        benchmarks.add("bench", number, {"problem": text})
    benchmarks.index()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / 100_000 < most
    assert peak / 100_000 < 3 * most


def test_words_beyond_the_surrogates_have_letters_and_numbers() -> None:
    alphabet = Alphabet()
    spelled = alphabet.learn(" ".join(f"w{number}" for number in range(60_000)))
    letters, _ = letters_of([spelled])
    assert word_numbers(letters).tolist() == list(range(60_000))
    assert alphabet.spell("w59999 nothing w0") == spelled[-1] + "\0" + spelled[0]
    spelled.encode()  # no letter is a surrogate


def test_more_words_than_there_are_characters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mathkit.overlap.spelling._MOST", 3)
    with pytest.raises(MathkitError, match="more than 3 different words"):
        Alphabet().learn("one two three four")
