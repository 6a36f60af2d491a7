"""The rounds of mathkit recall: their options, what each trains with, and where it is kept when it is finished."""

import json
import shutil
from array import array
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Option

from mathkit import __version__
from mathkit.cli import options
from mathkit.durable import replacing
from mathkit.errors import UsageError
from mathkit.jsonl import read_file
from mathkit.jsonl.files import STANDARD

if TYPE_CHECKING:
    from mathkit.checkpoint import Checkpoint
    from mathkit.classifier import Calibration, Classifier, Training
    from mathkit.stages.recall import Round, Score, Widening


@dataclass
class LoopOptions:
    """What happens after the first training."""

    rounds: Annotated[
        int, Option(min=1, max=100, metavar="R", help="Train and judge anew with what was found, R rounds at most.")
    ] = 1
    expand_domains: Annotated[
        float | None,
        options.share_option(
            "Keep what is left, too, of domains and path prefixes of which more than this share was found; 1: never."
            "  [default: 0.1 where --rounds is 2 or more, else 1]"
        ),
    ] = None
    domain_pages: Annotated[
        int, Option(min=1, metavar="N", help="Pages that a domain or path prefix must have to count.")
    ] = 10
    checkpoint: Annotated[
        Path | None,
        Option(
            metavar="DIR", help="Keep finished rounds here; a run that was killed, started again, goes on after them."
        ),
    ] = None

    @property
    def share(self) -> float:
        """The share of pages that makes a domain count; 1 for none."""
        if self.expand_domains is None:
            return 0.1 if self.rounds > 1 else 1.0
        return self.expand_domains

    @property
    def widening(self) -> "Widening | None":
        """How domains widen what was found, if they do."""
        from mathkit.stages.recall import Widening

        return Widening(self.share, self.domain_pages) if self.share < 1 else None

    @property
    def is_one_reading(self) -> bool:
        """Whether each document is judged by itself."""
        return self.rounds == 1 and self.share == 1 and not self.checkpoint

    def check(self, model: Path | None, seeds: list[str]) -> None:
        """Raise a usage error for options that cannot work together, before anything is read."""
        if model and self.rounds > 1:
            raise BadParameter("a given --model is not trained again", param_hint="'--rounds'")
        if self.rounds > 1 or self.checkpoint:
            for path in seeds:
                if path == STANDARD or (Path(path).exists() and not Path(path).is_file()):
                    raise BadParameter(f"{path} cannot be read again in the next round", param_hint="'--rounds'")
        if self.checkpoint and not self.checkpoint.absolute().parent.is_dir():
            raise BadParameter(f"{self.checkpoint} cannot be made", param_hint="'--checkpoint'")


@dataclass
class Learner:
    """What a round scores with: the given model, or one trained on the seeds and on what was found before."""

    positives: list[str]
    negatives: list[str]
    model: Path | None
    label: str
    how: "Training"
    threshold: float | None  # None: the calibrated one
    models: Path  # the folder of the rounds' models
    save: Path | None
    calibration: "Calibration | None" = None

    def path(self, number: int) -> Path:
        """Return the model file of a round."""
        return self.model or self.models / f"model-{number}.bin"

    def __call__(self, number: int, judged: Iterable[tuple[str, bool]]) -> "tuple[Score, float]":
        """Train for a round, and return what scores texts, and the threshold."""
        from mathkit.classifier import train

        if not self.model:
            self.calibration = train(
                _texts(self.positives), _texts(self.negatives), self.path(number), self.how,
                judged=judged, calibrate=self.threshold is None,
            )  # fmt: skip
            self.keep(number)
        classifier = self.classifier(number)
        if self.threshold is not None:
            return classifier, self.threshold
        if classifier.threshold is None:
            raise UsageError(f"--threshold auto: {self.model} was not calibrated; train one with --threshold auto")
        return classifier, classifier.threshold

    def classifier(self, number: int) -> "Classifier":
        """Return the classifier of a round that was trained."""
        from mathkit.classifier import MATH, Classifier

        return Classifier(self.path(number), self.label if self.model else MATH)

    def keep(self, number: int) -> None:
        """Save the model of a round, if that was asked for."""
        if self.save and not self.model:
            with replacing(self.save) as file, self.path(number).open("rb") as model:
                shutil.copyfileobj(model, file)


def _texts(files: list[str]) -> Iterable[str]:
    from mathkit.dialects import text_of

    return (text_of(record) for file in files for record in read_file(file, text_of))


@dataclass
class Rounds:
    """The journal of finished rounds: in a checkpoint, if there is one."""

    checkpoint: "Checkpoint | None"
    learner: Learner
    finished: "list[Round]" = field(default_factory=list)

    def load(self, number: int) -> "Round | None":
        """Return a round that was finished before, or None."""
        from mathkit.classifier import Calibration
        from mathkit.stages.recall import Round

        data = self.checkpoint.load(_name(number)) if self.checkpoint else None
        if data is None:
            return None
        head, _, body = data.partition(b"\n")
        told = json.loads(head)
        size = told.pop("records") * array("d").itemsize
        self.learner.calibration = Calibration(**told["calibration"]) if told["calibration"] else None
        del told["calibration"]
        self.learner.keep(number)
        return Round(number, scores=array("d", body[:size]), ways=bytearray(body[size:]), **told)

    def save(self, finished: "Round") -> None:
        """Keep a finished round."""
        if self.checkpoint:
            calibration = self.learner.calibration
            told = {
                "records": len(finished.scores), "threshold": finished.threshold, "sites": finished.sites,
                "overlap": finished.overlap, "calibration": asdict(calibration) if calibration else None,
            }  # fmt: skip
            data = json.dumps(told).encode() + b"\n" + finished.scores.tobytes() + finished.ways
            self.checkpoint.save(_name(finished.number), data)


def _name(number: int) -> str:
    return f"round-{number}"


def open_checkpoint(folder: Path | None, learner: Learner, asked: dict[str, Any]) -> "Checkpoint | None":
    """Return the checkpoint, if there is to be one, of a run that was asked this."""
    from mathkit.checkpoint import Checkpoint

    if folder is None:
        return None
    given = {f"--{name.replace('_', '-')}": value for name, value in asdict(learner.how).items()}
    files = {
        "--positives": _digests(learner.positives), "--negatives": _digests(learner.negatives),
        "--model": _digests([str(learner.model)] if learner.model else []),
    }  # fmt: skip
    return Checkpoint(folder, {"mathkit": __version__, **files, **given, **asked})


def _digests(files: list[str]) -> list[str]:
    """Return a hash of what each file holds."""
    found = []
    for path in files:
        with Path(path).open("rb") as file:
            found.append(file_digest(file, "blake2b").hexdigest()[:32])
    return found
