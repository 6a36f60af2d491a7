"""mathkit recall."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.cli.recall_loop import Learner, LoopOptions, Rounds, open_checkpoint
from mathkit.cli.recall_measure import MeasureOptions, say_round
from mathkit.cli.recall_training import TrainingOptions
from mathkit.errors import Unavailable
from mathkit.jsonl import Stream

if TYPE_CHECKING:
    from mathkit.stages.recall import Round

_AUTO = "auto"


def recall(
    stream: Stream,
    loop: LoopOptions,
    measure: MeasureOptions,
    training: TrainingOptions,
    model: Annotated[
        Path | None, Option(metavar="FILE", help="A trained fastText model (.bin, .ftz) to filter with.")
    ] = None,
    positives: Annotated[
        list[str] | None,
        Option(metavar="FILE", help="Mathematical documents to train with first; repeatable."),
    ] = None,
    negatives: Annotated[
        list[str] | None, Option(metavar="FILE", help="Other documents to train with; repeatable.")
    ] = None,
    save: Annotated[Path | None, Option(metavar="FILE", help="Save the model that was trained last.")] = None,
    threshold: Annotated[
        str | None,
        Option(
            metavar="P|auto",
            help="Keep documents of at least this probability; auto: that of the best F1 on a tenth of the training "
            "documents, held out.  [default: 0.5]",
        ),
    ] = None,
    top: Annotated[
        str | None, Option(metavar="N|F%", help="Keep the N documents, or F percent, of the highest scores.")
    ] = None,
    label: Annotated[str, Option(metavar="NAME", help="The model's label of mathematical documents.")] = "math",
) -> None:
    r"""Keep the mathematical documents, English or Chinese, and add recall: {score, round, via}.

    Filters with --model, or trains a model on --positives and --negatives first. --rounds adds what was found to the
    positives, trains again and judges all documents anew, until a round finds nothing new (98 % of what it finds the
    one before found). Any fastText classifier will do as --model: one of mathkit sees mathkit's words, any other what
    white space separates.

    The defaults fit thousands of documents. For half a million of each DeepSeekMath took --dim 256 --epochs 3
    --learning-rate 0.1 --ngrams 3 --min-count 3 --subwords none.

    Example:
        cat examples/data/documents.jsonl | mathkit recall --positives examples/data/math-seed.jsonl \
          --negatives examples/data/general-seed.jsonl --rounds 3 | tail -1
    """
    from mathkit.dialects import text_of
    from mathkit.stages.recall import mark_mathematical, one_round, recall_in_rounds

    for option, paths in (("--positives", positives), ("--negatives", negatives)):
        options.check_standard_input(stream, paths or [], option)
    _check(model, positives, negatives, save, threshold, top)
    loop.check(model, [*(positives or []), *(negatives or [])])
    measure.check(loop.share)
    bound = _threshold(threshold)
    if model and not model.is_file():
        raise Unavailable(f"{model}: no such model; --positives, --negatives and --save train one")
    asked = {
        "--threshold": threshold, "--top": top, "--label": label,
        "--expand-domains": loop.share, "--domain-pages": loop.domain_pages,
    }  # fmt: skip
    rounds: list[dict[str, Any]] = []

    def note(finished: "Round") -> None:
        rounds.append(finished.as_json())
        if loop.rounds > 1 and not stream.quiet:
            say_round(rounds[-1])

    with tempfile.TemporaryDirectory(prefix="mathkit-") as folder:
        learner = Learner(
            positives or [], negatives or [], model, label, training.how(stream.seed), bound,
            models=loop.checkpoint or Path(folder), save=save,
        )  # fmt: skip
        if loop.is_one_reading and top is None:
            score, bound = learner(1, [])
            stream.write(mark_mathematical(stream.batches(), text_of, score, threshold=bound))
            rounds.append(one_round(bound, stream.tally.kept))
        else:
            pool = stream.pool(text_of)
            journal = Rounds(open_checkpoint(loop.checkpoint, learner, {"input": pool.digest, **asked}), learner)
            stream.write(
                recall_in_rounds(
                    pool, text_of, learner, top, loop.widening,
                    rounds=loop.rounds, journal=journal, on_round=note,
                )
            )  # fmt: skip
        measure.finish(stream, learner, rounds, asked)


def _check(
    model: Path | None,
    positives: list[str] | None,
    negatives: list[str] | None,
    save: Path | None,
    threshold: str | None,
    top: str | None,
) -> None:
    """Raise a usage error for options that cannot work together, before anything is read."""
    if bool(model) == bool(positives or negatives):
        raise BadParameter("give a model, or --positives and --negatives to train one", param_hint="'--model'")
    if model and save:
        raise BadParameter("nothing is trained where --model is given", param_hint="'--save'")
    if not model and not (positives and negatives):
        raise BadParameter("--positives and --negatives go together", param_hint="'--positives'")
    if threshold is not None and top is not None:
        raise BadParameter("give --threshold or --top", param_hint="'--top'")
    if top is not None and not re.fullmatch(r"\d{1,12}|(\d{1,2}(\.\d+)?|100)%", top):
        raise BadParameter(f"{top!r} is no count and no percentage", param_hint="'--top'")
    options.check_writable(save, "--save")


def _threshold(given: str | None) -> float | None:
    """Return the threshold, None for the calibrated one."""
    if given is None:
        return 0.5
    if given == _AUTO:
        return None
    try:
        value = float(given)
    except ValueError:
        raise BadParameter(f"{given!r} is no number, nor {_AUTO}", param_hint="'--threshold'") from None
    if not 0 <= value <= 1:  # NaN is not
        raise BadParameter(f"{given} is not between 0 and 1", param_hint="'--threshold'")
    return value
