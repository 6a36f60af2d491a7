"""What the peers' programs share: JSON Lines in batches, and the 5-grams of words as white space parts them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

NGRAM = 5


def batches(path: str, size: int) -> Iterator[list[tuple[bytes, str]]]:
    """Yield `size` lines at a time, each as it was read and its field text."""
    with Path(path).open("rb") as file:
        while lines := list(islice(file, size)):
            yield [(line, orjson.loads(line)["text"]) for line in lines]


def shingles(text: str) -> list[str]:
    """Return the 5-grams of a text, its words as white space parts them."""
    words = text.split()
    return [" ".join(words[start : start + NGRAM]) for start in range(max(1, len(words) - NGRAM + 1))]
