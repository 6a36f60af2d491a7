"""fastText's own Python: train EXAMPLES MODEL, or predict one at a time or in batches: MODEL INPUT OUTPUT BATCH."""

import sys
from pathlib import Path

import fasttext
import orjson
from common import batches

fasttext.FastText.eprint = lambda message: None  # it prints a warning about itself on every load


def train(examples: str, model: str) -> None:
    """Train at DeepSeekMath's settings."""
    options = {"dim": 256, "wordNgrams": 3, "bucket": 2_000_000, "minCount": 3, "epoch": 3, "lr": 0.1}
    fasttext.train_supervised(examples, **options, thread=1, verbose=0).save_model(model)


def predict(model_file: str, source: str, target: str, size: int) -> None:
    """Write every record with the probability of the label math."""
    model = fasttext.load_model(model_file)
    with Path(target).open("wb") as out:
        for batch in batches(source, size):
            texts = [text.replace("\n", " ") for _, text in batch]
            predicted = [model.predict(texts[0], k=2)] if size == 1 else zip(*model.predict(texts, k=2), strict=True)
            for (line, _), (labels, chances) in zip(batch, predicted, strict=True):
                record = orjson.loads(line)
                record["score"] = float(dict(zip(labels, chances, strict=True))["__label__math"])
                out.write(orjson.dumps(record) + b"\n")


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(*sys.argv[2:])
    else:
        predict(*sys.argv[1:4], int(sys.argv[4]))
