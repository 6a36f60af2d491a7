"""A trained classifier: which label is meant, how its texts are cut, and what computes its probabilities."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mathkit.classifier.folded import FoldedModel, can_fold
from mathkit.classifier.modelfile import read_model_file
from mathkit.classifier.words import VERSION, classifier_words
from mathkit.errors import Unavailable, UsageError

LABEL_PREFIX = "__label__"


class Classifier:
    """A fastText model and the label that counts as mathematical. Threads may share it.

    A model that mathkit trained sees mathkit's words; any other sees what fastText itself would, words at white space.
    """

    def __init__(self, path: Path, label: str) -> None:
        file = read_model_file(path)
        chosen = next((name for name in (LABEL_PREFIX + label, label) if name in file.labels), None)
        if chosen is None:
            known = ", ".join(sorted(name.removeprefix(LABEL_PREFIX) for name in file.labels))
            raise UsageError(f"--label {label}: {path} has the labels {known}")
        self._is_own = "words" in file.footer
        if self._is_own and file.footer["words"] != VERSION:
            raise Unavailable(
                f"{path}: trained by mathkit {file.footer.get('mathkit')}, which cut texts in another way"
            )
        self.threshold: float | None = file.footer.get("threshold")  # the calibrated one
        self._chances: Callable[[Sequence[bytes]], list[float]]
        if can_fold(file):
            self._chances = FoldedModel(file, chosen)
        else:
            from mathkit.classifier.library import LibraryModel

            self._chances = LibraryModel(file, chosen)

    def __call__(self, texts: Sequence[str]) -> list[float]:
        """Return the probability that each text is mathematical; 0 for a text without words."""
        if not self._is_own:
            return self._chances([text.encode() for text in texts])
        words = [" ".join(classifier_words(text)).encode() for text in texts]
        chances = self._chances(words)
        return [chance if line else 0.0 for chance, line in zip(chances, words, strict=True)]
