"""The grader beside math-verify: pairs a second, and where the two disagree.

    python tests/bench/grader_speed.py math_train.jsonl gsm8k_train.jsonl [--pairs 100000] [--completions FILE]

Takes the answers of problem files, makes pairs of bare answers (half of them right ones written as models write them,
half answers of other problems), grades all of them with mathkit (strict, worker processes included, nothing
remembered from earlier) and with math-verify 0.9 in one process each, one after the other, on the same core. Every
disagreement must be settled by a row of tests/answers/disagreements.tsv, by its shape (see `shape`).
With --completions, a file of problems with samples is graded whole, completion by completion.
"""

import argparse
import json
import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from math_verify import parse, verify

from mathkit.answers import Grader
from mathkit.answers.equal import decide
from mathkit.answers.reading import readings
from mathkit.dialects import answer_of, has_samples
from mathkit.expressions.notation import normal_form, plain

TABLE = Path(__file__).parent.parent / "answers" / "disagreements.tsv"
Pair = tuple[str, str, str]  # gold, prediction, how it was made

REFORMATTED: dict[str, Callable[[str], str]] = {
    "as it is": lambda answer: answer,
    "boxed": lambda answer: rf"\boxed{{{answer}}}",
    "dollars": lambda answer: f"${answer}$",
    "display": lambda answer: rf"\[ {answer} \]",
    "dfrac": lambda answer: answer.replace(r"\frac", r"\dfrac").replace(r"\tfrac", r"\dfrac"),
    "period": lambda answer: f"{answer}.",
    "named": lambda answer: f"x = {answer}" if "=" not in answer and "," not in answer else answer,
    "spaced": lambda answer: re.sub(r"([-+=,])", r" \1 ", answer) if not answer.startswith("-") else answer,
    "sized": lambda answer: answer.replace("(", r"\left(").replace(")", r"\right)")
    if r"\left" not in answer and answer.count("(") == answer.count(")") else answer,
    "slash": lambda answer: re.sub(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}", r"\1/\2", answer),
    "thousands": lambda answer: f"{int(answer):,}" if re.fullmatch(r"\d{4,12}", answer) else answer,
    "decimal": lambda answer: f"{answer}.0" if re.fullmatch(r"-?\d+", answer) else answer,
    "plain root": lambda answer: re.sub(r"\\sqrt\{(\d+)\}", r"sqrt(\1)", answer),
    "bold": lambda answer: f"**{answer}**",
    "negative space": lambda answer: re.sub(r"(?<!,) ", r"\\!", answer),
}  # fmt: skip


def pairs_of(answers: list[str], count: int, seed: int) -> list[Pair]:
    """Return pairs, half of them right."""
    chance = random.Random(seed)
    names = list(REFORMATTED)
    pairs = []
    for _ in range(count):
        gold = chance.choice(answers)
        name = chance.choice(names)
        is_right = chance.random() < 0.5
        pairs.append((gold, *((REFORMATTED[name](gold), name) if is_right else (chance.choice(answers), "another"))))
    return pairs


def by_mathkit(pairs: Iterable[Pair]) -> list[bool]:
    with Grader(1) as grader:
        return [grader.grade(prediction, gold, "strict").correct for gold, prediction, _ in pairs]


def by_math_verify(pairs: Iterable[Pair]) -> list[bool]:
    def latex(text: str) -> str:
        return text if "$" in text or "boxed" in text or "\\[" in text else f"${text}$"

    return [verify(parse(latex(gold)), parse(latex(prediction))) for gold, prediction, _ in pairs]


def by_math_verify_whole(pairs: Iterable[Pair]) -> list[bool]:
    return [verify(parse(f"${gold}$"), parse(prediction)) for gold, prediction, _ in pairs]


def timed(name: str, pairs: list[Pair], judge: Callable[[Iterable[Pair]], list[bool]]) -> tuple[list[bool], float]:
    for function in (plain, normal_form, readings):
        function.forget()
    start = time.perf_counter()
    found = judge(pairs)
    seconds = time.perf_counter() - start
    print(f"{name:<12} {len(pairs):>7,} pairs {seconds:8.1f} s {len(pairs) / seconds:10,.0f} pairs/s", flush=True)
    return found, seconds


def shape(pair: Pair) -> tuple[str, str]:
    """Return what a pair has in common with others, so that rows stand for their like.

    A prediction that holds the gold answer as it is has it as G; else numbers are 0, letters x, words w.
    """
    gold, prediction, _ = pair
    if gold in prediction and len(prediction) > len(gold):
        return "G", prediction.replace(gold, "G", 1)

    def of(text: str) -> str:
        text = re.sub(r"\d+", "0", text)
        text = re.sub(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", "x", text)
        return re.sub(r"\\text\{[^{}]*\}|(?<![A-Za-z\\])[A-Za-z]{2,}", "w", text)

    return of(gold), of(prediction)


def settled() -> dict[tuple[str, str], bool]:
    """Return whether the pairs are equal of each shape that the table of disagreements has."""
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    rows = [line.split("\t") for line in lines if line and not line.startswith("## ")]
    return {shape((gold, prediction, "")): equal == "yes" for gold, prediction, equal, _ in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--completions", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unsettled", type=Path, help="write the disagreements without a row here")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    answers = [answer for path in options.problems for line in path.open() if (answer := answer_of(json.loads(line)))]
    pairs = pairs_of(answers, options.pairs, options.seed)
    undecided = sum(decide(prediction, gold, "strict")[0] is None for gold, prediction, _ in pairs)
    print(
        f"{len(answers):,} answers; {undecided:,} of {len(pairs):,} pairs ({undecided / len(pairs):.2%}) need algebra"
    )
    ours, our_seconds = timed("mathkit", pairs, by_mathkit)
    theirs, their_seconds = timed("math-verify", pairs, by_math_verify)
    print(f"bare answers: {their_seconds / our_seconds:.1f} times math-verify's throughput")

    rows = settled()
    differing = [(pair, mine) for pair, mine, other in zip(pairs, ours, theirs, strict=True) if mine != other]
    who = Counter(
        "no row" if (equal := rows.get(shape(pair))) is None else "mathkit" if mine == equal else "math-verify"
        for pair, mine in differing
    )
    shapes = {shape(pair) for pair, _ in differing}
    print(f"{len(differing):,} disagreements in {len(shapes):,} shapes; right is: {dict(who)}")
    if options.unsettled:
        seen = {shape(pair): (pair, mine) for pair, mine in differing if shape(pair) not in rows}
        lines = (
            f"{gold}\t{prediction}\t?\t{made}: mathkit says {'equal' if mine else 'different'}"
            for (gold, prediction, made), mine in seen.values()
        )
        options.unsettled.write_text("".join(f"{line}\n" for line in sorted(lines)))

    if options.completions:
        records = [json.loads(line) for line in options.completions.open()]
        whole = [(answer_of(record) or "", sample["text"], "") for record in records for sample in has_samples(record)]
        _, our_seconds = timed("mathkit", whole, by_mathkit)
        _, their_seconds = timed("math-verify", whole, by_math_verify_whole)
        print(f"whole completions: {their_seconds / our_seconds:.1f} times math-verify's throughput")


if __name__ == "__main__":
    main()
