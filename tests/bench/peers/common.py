"""What the peers' programs share: JSON Lines in batches, and the n-grams of words."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

NGRAM = 5


def batches(path: str, size: int) -> Iterator[list[tuple[bytes, str]]]:
    """Yield `size` lines at a time, each as it was read and its text or problem."""
    with Path(path).open("rb") as file:
        while lines := list(islice(file, size)):
            yield [(line, _text(orjson.loads(line))) for line in lines]


def _text(record: dict[str, str]) -> str:
    return record["text"] if "text" in record else record["problem"]


def texts(path: str) -> list[str]:
    """Return the text or problem of every record of a file."""
    return [text for batch in batches(path, 1000) for _, text in batch]


def shingles(text: str) -> list[str]:
    """Return the 5-grams of a text, its words as white space parts them."""
    return ngrams(text.split(), NGRAM)


def ngrams(words: list[str], size: int) -> list[str]:
    """Return the n-grams of words; of fewer words than `size`, the one that they make together."""
    return [" ".join(words[start : start + size]) for start in range(max(1, len(words) - size + 1))]
