"""How often is a grader wrong? The table of pairs, graded by mathkit, math-verify and string matching.

    python tests/bench/grader_table.py [--kinds] [--show mathkit|math-verify|...]

A false positive is a pair that is labelled different and graded equal. Each grader starts from the text as it is: a
prediction may be a whole completion. math-verify gets a bare answer in dollars, as its documentation says; string
matching is the last box or the text itself without spaces, dollars and LaTeX variants.
"""

import argparse
import logging
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from math_verify import parse, verify

import mathkit
from mathkit.text import last_boxed

PAIRS = Path(__file__).parent.parent / "answers" / "pairs"


class Row(NamedTuple):
    """A labelled pair."""

    kind: str
    gold: str
    prediction: str
    strict: bool
    lenient: bool
    why: str
    held_out: bool


class Tally(NamedTuple):
    """What a grader did with the rows."""

    wrong: list[Row]
    seconds: float
    timeouts: int


def rows() -> list[Row]:
    found = []
    for path in sorted(PAIRS.glob("*.tsv")):
        for line in path.read_text().splitlines():
            if line and not line.startswith("## "):
                gold, prediction, strict, lenient, why, *kind = line.split("\t")
                text = prediction.replace("⏎", "\n")
                found.append(
                    Row(*(kind or [path.stem]), gold, text, strict == "yes", lenient == "yes", why, bool(kind))
                )
    return found


def by_math_verify(row: Row) -> tuple[bool, bool]:
    """Return the verdict, and whether it took as long as its time limit."""
    start = time.perf_counter()
    is_whole = "$" in row.prediction or "\\boxed" in row.prediction or len(row.prediction.split()) > 6
    gold = row.gold if "$" in row.gold else f"${row.gold}$"
    equal = verify(parse(gold), parse(row.prediction if is_whole else f"${row.prediction}$"))
    return equal, time.perf_counter() - start > 4.9


def by_strings(row: Row) -> tuple[bool, bool]:
    def simple(text: str) -> str:
        text = re.sub(r"\\(?:left|right|text|mathrm)|\\[!,; ]|[\s${}]", "", text)
        return re.sub(r"\\[dt]frac", r"\\frac", text).rstrip(".").lower()

    return simple(row.gold) == simple(last_boxed(row.prediction) or row.prediction), False


def by_mathkit(policy: str) -> Callable[[Row], tuple[bool, bool]]:
    def judge(row: Row) -> tuple[bool, bool]:
        verdict = mathkit.grade(row.prediction, row.gold, policy)  # type: ignore[arg-type]
        return verdict.correct, verdict.reason == "timed out"

    return judge


def tally(table: list[Row], judge: Callable[[Row], tuple[bool, bool]], label: str) -> Tally:
    start = time.perf_counter()
    found = [judge(row) for row in table]
    seconds = time.perf_counter() - start
    wrong = [row for row, (equal, _) in zip(table, found, strict=True) if equal != getattr(row, label)]
    return Tally(wrong, seconds, sum(late for _, late in found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", action="store_true", help="count the wrong ones of each kind too")
    parser.add_argument("--show", metavar="GRADER", help="print the rows that a grader has wrong")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    table = rows()
    mathkit.grade(r"\int_0^1 x dx", "1/2")  # load what is loaded once
    verify(parse("$1$"), parse("$1$"))

    graders = {
        "mathkit strict": ("strict", by_mathkit("strict")),
        "mathkit lenient": ("lenient", by_mathkit("lenient")),
        "math-verify (strict labels)": ("strict", by_math_verify),
        "math-verify (lenient labels)": ("lenient", by_math_verify),
        "strings (strict labels)": ("strict", by_strings),
    }
    for name, part in (("all rows", table), ("held out", [row for row in table if row.held_out])):
        print(f"\n{name}: {len(part):,} pairs, {sum(not row.strict for row in part):,} of them different under strict")
        print(f"{'':<29}{'false positives':>17}{'false negatives':>17}{'seconds':>9}{'time-outs':>11}")
        for grader, (label, judge) in graders.items():
            result = tally(part, judge, label)
            different = sum(not getattr(row, label) for row in part)
            positives = sum(not getattr(row, label) for row in result.wrong)
            negatives = len(result.wrong) - positives
            print(
                f"{grader:<29}{positives:>8,} {positives / different:8.2%}"
                f"{negatives:>8,} {negatives / (len(part) - different):8.2%}{result.seconds:9.2f}{result.timeouts:11,}"
            )
            if options.kinds:
                print("    ", dict(Counter(row.kind for row in result.wrong)))
            if options.show == grader:
                for row in result.wrong:
                    print(
                        f"     {'no' if getattr(row, label) else 'yes'}: {row.gold!r} and {row.prediction!r}: {row.why}"
                    )


if __name__ == "__main__":
    main()
