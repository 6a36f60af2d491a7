"""How well something is found: precision, recall and F1."""

from dataclasses import dataclass


@dataclass(slots=True)
class Detection:
    """Counts of documents: rightly found, found by mistake, missed, and rightly left out."""

    found: int = 0
    mistaken: int = 0
    missed: int = 0
    left: int = 0

    def add(self, *, wanted: bool, taken: bool) -> None:
        """Count a document."""
        if taken:
            self.found += wanted
            self.mistaken += not wanted
        else:
            self.missed += wanted
            self.left += not wanted

    @property
    def precision(self) -> float | None:
        """The share of what was found that is right; None where nothing was found."""
        return _ratio(self.found, self.found + self.mistaken)

    @property
    def recall(self) -> float | None:
        """The share of what is right that was found; None where nothing is."""
        return _ratio(self.found, self.found + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None where there is nothing to find and nothing was found.

        >>> detection = Detection(found=8, mistaken=2, missed=2)
        >>> detection.precision, detection.recall, detection.f1
        (0.8, 0.8, 0.8)
        """
        return _ratio(2 * self.found, 2 * self.found + self.mistaken + self.missed)

    @property
    def documents(self) -> int:
        """How many documents were counted."""
        return self.found + self.mistaken + self.missed + self.left


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
