"""A fastText model used through fastText's own library: of more than two labels, with another loss, or quantised."""

from collections.abc import Sequence
from typing import Any

import fasttext

from mathkit.classifier.modelfile import ModelFile
from mathkit.errors import Unavailable

fasttext.FastText.eprint = lambda message: None  # it prints a warning about itself on every load


class LibraryModel:
    """The probability of one of a model's labels, for many texts at a time. Threads may share it."""

    def __init__(self, file: ModelFile, label: str) -> None:
        try:
            self._model = fasttext.load_model(str(file.path))
        except (ValueError, RuntimeError, MemoryError) as error:
            raise Unavailable(f"{file.path}: not a fastText model that can be read: {error}") from None
        self._label = label

    def __call__(self, texts: Sequence[bytes]) -> list[float]:
        """Return the probability of the label for each text (as fastText's words, UTF-8); 0 where nothing is known."""
        return [self._chance(text.decode().replace("\n", " ")) for text in texts]

    def _chance(self, line: str) -> float:
        labels, probabilities = self._model.predict([line], k=-1)
        chances: dict[str, Any] = dict(zip(labels[0], probabilities[0], strict=True))
        return min(1.0, round(float(chances.get(self._label, 0.0)), 6))
