"""How mathkit recall trains its classifier: the options, in a group."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import BadParameter, Option

if TYPE_CHECKING:
    from mathkit.classifier import Training


@dataclass
class TrainingOptions:
    """The options of fastText that matter here."""

    dim: Annotated[int, Option(min=1, metavar="N", help="Training: size of the vectors.")] = 16
    epochs: Annotated[
        int | None,
        Option(
            min=1,
            metavar="N",
            help="Training: passes over the documents.  [default: 160,000 / pieces of 60 words, 2 to 100]",
        ),
    ] = None
    learning_rate: Annotated[float, Option(min=1e-6, max=10, metavar="R", help="Training: learning rate.")] = 0.5
    ngrams: Annotated[int, Option(min=1, metavar="N", help="Training: longest word n-gram.")] = 2
    subwords: Annotated[str, Option(metavar="N-M|none", help="Training: parts of words, of N to M characters.")] = (
        "none"
    )
    min_count: Annotated[int, Option(min=1, metavar="N", help="Training: drop rarer words.")] = 1
    buckets: Annotated[
        int | None,
        Option(
            min=1,
            max=2**31 - 1,
            metavar="N",
            help="Training: hash buckets of n-grams and parts of words; the file takes 4 * dim bytes each."
            "  [default: as many as words, at most 2,000,000]",
        ),
    ] = None

    def how(self, seed: int) -> "Training":
        """Return the options as the classifier takes them."""
        from mathkit.classifier import Training

        minn, maxn = self._lengths()
        return Training(
            dim=self.dim, epochs=self.epochs, learning_rate=self.learning_rate, ngrams=self.ngrams, minn=minn,
            maxn=maxn, min_count=self.min_count, buckets=self.buckets, seed=seed,
        )  # fmt: skip

    def _lengths(self) -> tuple[int, int]:
        if self.subwords == "none":
            return 0, 0
        shortest, _, longest = self.subwords.partition("-")
        if shortest.isdecimal() and longest.isdecimal() and 1 <= int(shortest) <= int(longest) <= 20:
            return int(shortest), int(longest)
        raise BadParameter(f"{self.subwords!r} is not N-M, such as 3-6, nor none", param_hint="'--subwords'")
