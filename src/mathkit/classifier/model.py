"""A trained classifier: which label is meant, how its texts are cut, and what computes its probabilities."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mathkit.classifier.cutting import cut
from mathkit.classifier.folded import FoldedModel, can_fold
from mathkit.classifier.modelfile import read_model_file
from mathkit.classifier.words import VERSION
from mathkit.errors import Unavailable, UsageError

LABEL_PREFIX = "__label__"
_AT_A_TIME = 64  # texts; the arrays of more do not stay in a processor's cache


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
        self._chances: Callable[[Sequence[str]], list[float]]
        if self._is_own:
            folded = FoldedModel(file, chosen)
            self._chances = lambda texts: _of_own(folded, texts)
        elif can_fold(file):
            folded = FoldedModel(file, chosen)
            self._chances = lambda texts: folded([text.encode() for text in texts])
        else:
            from mathkit.classifier.library import LibraryModel

            library = LibraryModel(file, chosen)
            self._chances = lambda texts: library([text.encode() for text in texts])

    def __call__(self, texts: Sequence[str]) -> list[float]:
        """Return the probability that each text is mathematical; 0 for a text without words."""
        return self._chances(texts) if texts else []


def _of_own(model: FoldedModel, texts: Sequence[str]) -> list[float]:
    found = []
    for start in range(0, len(texts), _AT_A_TIME):
        words = cut(texts[start : start + _AT_A_TIME])
        sizes = (words.bounds[1:] - words.bounds[:-1]).tolist()
        found += [chance if size > 1 else 0.0 for chance, size in zip(model.of_words(words), sizes, strict=True)]
    return found
