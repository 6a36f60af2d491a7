import random

import numpy as np
import pytest
from datasketch import MinHash

from mathkit.likeness.sketch import NUMBER_BITS, VALUES, Sketcher, bands_and_rows, digest_features, estimate, shingle
from mathkit.text import symbols


def text_of(words: list[int]) -> str:
    return " ".join(map(str, words))


def pair(chance: random.Random, shared: int, alone: int) -> tuple[list[str], float]:
    """Return two texts of distinct words that share a beginning, and their true similarity."""
    words = chance.sample(range(10**6), shared + 2 * alone)
    one, other = words[: shared + alone], words[:shared] + words[shared + alone :]
    sets = [{tuple(text[i : i + 5]) for i in range(len(text) - 4)} for text in (one, other)]
    return [text_of(one), text_of(other)], len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@pytest.mark.parametrize(("shared", "alone"), [(600, 60), (300, 150), (100, 10), (30, 3), (12, 4)])
def test_the_estimate_is_no_worse_than_minhash(shared: int, alone: int) -> None:
    chance = random.Random(shared)
    ours, theirs = [], []
    for seed in range(150):
        texts, true = pair(chance, shared, alone)
        features = Sketcher(seed, 1, 1)(texts)
        ours.append(estimate(features.sketches[0], features.sketches[1:])[0] - true)
        sketches = [MinHash(VALUES, seed=seed), MinHash(VALUES, seed=seed)]
        for sketch, text in zip(sketches, texts, strict=True):
            words = text.split()
            sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
        theirs.append(sketches[0].jaccard(sketches[1]) - true)
    assert np.sqrt(np.mean(np.square(ours))) < 1.2 * np.sqrt(np.mean(np.square(theirs)))
    assert abs(np.mean(ours)) < 0.015  # no bias


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_bands_and_rows_miss_almost_nothing_at_the_threshold(threshold: float) -> None:
    bands, rows = bands_and_rows(threshold)
    assert bands * rows <= VALUES
    assert 1 - (1 - threshold**rows) ** bands >= 0.995


def test_similar_short_texts_share_a_bucket_too() -> None:
    chance = random.Random(1)
    shares = []
    sketcher = Sketcher(0, *bands_and_rows(0.7))
    for _ in range(400):
        texts, true = pair(chance, 24, 3)  # two problems of 27 words
        assert true > 0.75
        keys = [entry >> NUMBER_BITS for entry in sketcher(texts).entries.tolist()]
        shares.append(len(set(keys)) < len(keys))
    assert np.mean(shares) > 0.99


def test_an_entry_is_a_key_and_the_place_of_its_text() -> None:
    entries = Sketcher(0, 32, 4)(["a b c d e f", "a b c d e f"]).entries.tolist()
    assert entries == sorted(entries)
    assert [entry % 2**NUMBER_BITS for entry in entries] == [0, 1] * 33
    assert len({entry >> NUMBER_BITS for entry in entries}) == 33


def test_shingles_are_the_five_grams() -> None:
    texts = ["a b c d e a b c d e a", "x + 1 = 2, so x = 1", "小明有三个苹果", "a b", "a  b", "", "?", "? "]
    hashes, bounds = shingle(texts)
    for text, first, last in zip(texts, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        tokens = symbols(text)
        grams = [tuple(tokens[i : i + 5]) for i in range(len(tokens) - 4)]
        assert last - first == max(1, len(grams))
        assert len(set(hashes[first:last].tolist())) == max(1, len(set(grams)))
    last = [hashes[start] for start in bounds[3:-1]]
    assert last[0] == last[1]
    assert last[3] == last[4]
    assert len(set(last)) == 3


def test_digests_tell_texts_apart() -> None:
    digests = digest_features([b"a", b"b", b"a", b""]).digests.tolist()
    assert digests[0] == digests[2]
    assert len(set(map(tuple, digests))) == 3
