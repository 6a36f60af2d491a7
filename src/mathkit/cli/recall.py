"""mathkit recall."""

import re
import tempfile
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.errors import Unavailable
from mathkit.jsonl import Stream, read_file


def recall(
    stream: Stream,
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
    save: Annotated[Path | None, Option(metavar="FILE", help="Save the model that was trained.")] = None,
    threshold: Annotated[
        float | None, options.share_option("Keep documents of at least this probability.  [default: 0.5]")
    ] = None,
    top: Annotated[
        str | None, Option(metavar="N|F%", help="Keep the N documents, or F percent, of the highest scores.")
    ] = None,
    label: Annotated[str, Option(metavar="NAME", help="The model's label of mathematical documents.")] = "math",
    dim: Annotated[int, Option(min=1, metavar="N", help="Training: size of the vectors.")] = 16,
    epochs: Annotated[int, Option(min=1, metavar="N", help="Training: passes over the documents.")] = 50,
    learning_rate: Annotated[float, Option(min=1e-6, max=10, metavar="R", help="Training: learning rate.")] = 0.5,
    ngrams: Annotated[int, Option(min=1, metavar="N", help="Training: longest word n-gram.")] = 2,
    min_count: Annotated[int, Option(min=1, metavar="N", help="Training: drop rarer words.")] = 1,
    buckets: Annotated[
        int,
        Option(min=1, metavar="N", help="Training: hash buckets of n-grams; the file takes 4 * dim bytes each."),
    ] = 1 << 20,
) -> None:
    r"""Keep the mathematical documents, English or Chinese, and add recall: {score, round, via}.

    Filters with --model, or trains a model on --positives and --negatives first. The defaults fit thousands of
    documents. For half a million of each DeepSeekMath took --dim 256 --epochs 3 --learning-rate 0.1 --ngrams 3
    --min-count 3.

    Example:
        cat examples/data/documents.jsonl | mathkit recall --positives examples/data/math-seed.jsonl \
          --negatives examples/data/general-seed.jsonl | tail -1
    """
    from mathkit.dialects import text_of
    from mathkit.stages.recall import MATH, Classifier, mark_mathematical, mark_most_mathematical, train

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

    if save and (save.is_dir() or not save.absolute().parent.is_dir()):
        raise BadParameter(f"{save} cannot be written", param_hint="'--save'")

    with tempfile.TemporaryDirectory(prefix="mathkit-") as folder:
        path = model or save or Path(folder, "model.bin")
        if not model:
            train(
                (text_of(record) for file in positives or [] for record in read_file(file, text_of)),
                (text_of(record) for file in negatives or [] for record in read_file(file, text_of)),
                path, dim=dim, epochs=epochs, learning_rate=learning_rate, ngrams=ngrams,
                min_count=min_count, buckets=buckets, seed=stream.seed,
            )  # fmt: skip
        elif not path.is_file():
            raise Unavailable(f"{path}: no such model; --positives, --negatives and --save train one")
        score = Classifier(path, label if model else MATH)
    records = stream.read(text_of)
    if top is None:
        stream.write(mark_mathematical(records, text_of, score, threshold=0.5 if threshold is None else threshold))
    else:
        stream.write(mark_most_mathematical(records, text_of, score, top=top))
