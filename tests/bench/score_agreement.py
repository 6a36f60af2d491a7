"""score: how well its rubrics agree with people, beside what costs nothing: length, and the model's perplexity.

    python tests/bench/score_agreement.py LABELLED.jsonl [--documents 60] [--model smollm2-135m]

LABELLED holds texts with a label (1 good, 0 bad); as many good as bad ones are taken, the first that come. AUC is the
chance that of a good and a bad text the good one has the higher score: 0.5 is a coin.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).parent))  # where PYTHONSAFEPATH keeps it out

from measure import MATHKIT, measured, print_table

from mathkit.metrics.agreement import agreement

RUBRICS = "quality", "educational"
LONGEST = 4000  # characters, as a rubric shows


def log_likelihoods(texts: list[str], model: str) -> list[float]:
    """Return the mean log-probability of the tokens of each text."""
    import torch

    from mathkit.backends.hf import _load

    language_model, tokenizer = _load(model)
    found = []
    for text in texts:
        tokens = torch.tensor(
            [[tokenizer.bos_token_id, *tokenizer(text[:LONGEST], add_special_tokens=False)["input_ids"]]]
        )
        with torch.inference_mode():
            loss = language_model(tokens, labels=tokens).loss
        found.append(-float(loss))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--model", default="smollm2-135m")
    asked = parser.parse_args()
    rows = [orjson.loads(line) for line in asked.labelled.read_bytes().splitlines()]
    half = asked.documents // 2
    rows = [row for label in (0, 1) for row in [row for row in rows if row["label"] == label][:half]]
    labels = [float(row["label"]) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        source, report = Path(folder) / "rows.jsonl", Path(folder) / "report.json"
        source.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
        rubrics = [word for name in RUBRICS for word in ("--rubric", name)]
        cost = measured(
            [*MATHKIT, "score", "-q", *rubrics, "--model", asked.model, "--label", "label", "--report", report, source,
             "-o", Path(folder) / "out"]
        )  # fmt: skip
        found = orjson.loads(report.read_bytes())
    told = {name: (one["auc"], one["spearman"]) for name, one in found.items()}
    perplexity = agreement(log_likelihoods([row["text"] for row in rows], asked.model), labels)
    told["perplexity"] = (perplexity.auc, perplexity.spearman)
    print_table(["", "AUC", "Spearman"], [[name, f"{auc:.3f}", f"{rho:.3f}"] for name, (auc, rho) in told.items()])
    print(f"{len(rows)} texts, {len(RUBRICS)} rubrics: {cost.seconds:.0f} s")


if __name__ == "__main__":
    main()
