"""Two hundred answers of forty kinds that hang, crash or swell graders: from every kind of caller."""

import asyncio
import multiprocessing
import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import get_args

import pytest

import mathkit
from mathkit.answers.grader import Reason, Verdict

KINDS: dict[str, Callable[[int], str]] = {
    "tower of powers": lambda n: "9^{" * (n + 3) + "9" + "}" * (n + 3),
    "tower in plain text": lambda n: "**".join(["9"] * (n + 4)),
    "negative tower": lambda n: "(-2)^{-" + "9^{" * (n + 2) + "9" + "}" * (n + 3),
    "large factorial": lambda n: f"{10 ** (n + 4)}!",
    "factorial of factorials": lambda n: "(" * n + "9" + "!)" * n + "!",
    "binomial": lambda n: rf"\binom{{{10 ** (n + 6)}}}{{{5 * 10 ** (n + 5)}}}",
    "power of a sum": lambda n: f"(x+y+{n})^{{{10 ** (n % 6 + 4)}}}",
    "product of sums": lambda n: "".join(f"(x+{k})" for k in range(60 * (n + 1))),
    "endless digits": lambda n: "1" * 10 ** (n % 5 + 2),
    "endless decimals": lambda n: "0." + "37" * 10 ** (n % 5 + 2),
    "endless exponent": lambda n: "1e" + "9" * (n + 4),
    "fraction of digits": lambda n: rf"\frac{{{'7' * 400 * (n + 1)}}}{{{'3' * 300 * (n + 1)}}}",
    "nested fractions": lambda n: r"\frac{1}{1+" * 40 * (n + 1) + "1" + "}" * 40 * (n + 1),
    "nested roots": lambda n: r"\sqrt{2+" * 50 * (n + 1) + "2" + "}" * 50 * (n + 1),
    "nested parentheses": lambda n: "(" * 10 ** (n % 6 + 1) + "x" + ")" * 10 ** (n % 6 + 1),
    "braces that open": lambda n: "{" * 10 ** (n % 7 + 1),
    "braces that close": lambda n: "}" * 10 ** (n % 7 + 1),
    "minus signs": lambda n: "-" * 10 ** (n % 7 + 1) + "1",
    "boxes in boxes": lambda n: r"\boxed{" * 10 ** (n % 5 + 1) + "1" + "}" * 10 ** (n % 5 + 1),
    "texts in texts": lambda n: r"\text{" * 10 ** (n % 4 + 1) + "a" + "}" * 10 ** (n % 4 + 1),
    "recursive sums": lambda n: r"\sum_{k=1}^{10^{9}}" * (n + 1) + "k^{k^k}",
    "endless product": lambda n: rf"\prod_{{k=1}}^{{10^{{{n + 8}}}}} (1+\frac{{1}}{{k^k}})",
    "integral without end": lambda n: r"\int_0^1" * (n + 1) + r" e^{x^{x^x}} \sin(\cos(x^x)) dx",
    "limit": lambda n: rf"\lim_{{x \to \infty}} (1+\frac{{1}}{{x}})^{{x^{{{n + 2}}}}} \sin(x!)",
    "equation of high degree": lambda n: f"x^{{{999 + n}}}+x^{{{77 + n}}}-x+1=0",
    "functions of functions": lambda n: r"\sin(\cos(\tan(" * 5 * (n + 1) + "x" + ")))" * 5 * (n + 1),
    "large argument": lambda n: r"\sin(10^{10^{" + str(n + 3) + "}})",
    "exponential of exponentials": lambda n: r"\exp(" * (n + 2) + "9" + ")" * (n + 2),
    "floor of a power": lambda n: r"\lfloor \pi^{10^{" + str(n + 3) + r"}} \rfloor",
    "long list": lambda n: ",".join(str(k * 7 % 1000) for k in range(300 * (n + 1))),
    "long set of roots": lambda n: r"\{" + ",".join(rf"\sqrt{{{k}}}" for k in range(30 * (n + 1))) + r"\}",
    "large matrix": lambda n: r"\begin{pmatrix}" + r"\\".join(["x&y&z"] * 20 * (n + 1)) + r"\end{pmatrix}",
    "plus and minus": lambda n: r"\pm".join(["x"] * (5 * n + 5)),
    "dollar signs": lambda n: "$" * 10 ** (n % 7 + 1) + "5",
    "the answer is": lambda n: "the answer is " * 10 ** (n % 6 + 1),
    "digits and words": lambda n: "5 a per " * 10 ** (n % 6 + 1),
    "Chinese numerals": lambda n: "亿" * 10 ** (n % 6 + 1) + "分之一",
    "number words": lambda n: "million " * 10 ** (n % 6 + 1),
    "null bytes": lambda n: "\0" * 10 ** (n % 6 + 1),
    "code": lambda n: f"__import__('os').system('sleep {n + 60}')",
}
ANSWERS = [make(n) for make in KINDS.values() for n in range(10)]
SECONDS = 5.0
MEBIBYTES = 1024
ONE_OF_EACH = ANSWERS[4::10]
HARMLESS = [  # the third needs algebra
    ("0.5", r"\frac12", True), ("x+1", "1+x", True), (r"\int_0^1 2x dx", "1", True), ("(1,2)", "(2,1)", False),
]  # fmt: skip


def timed(answer: str) -> tuple[float, Verdict]:
    start = time.monotonic()
    verdict = mathkit.grade(answer, "5")
    return time.monotonic() - start, verdict


def assert_harmless(found: list[tuple[float, Verdict]]) -> None:
    for seconds, verdict in found:
        assert seconds < SECONDS
        assert verdict.reason in get_args(Reason)
    for prediction, answer, equal in HARMLESS:
        assert mathkit.grade(prediction, answer).correct == equal


def test_there_are_enough() -> None:
    assert len(KINDS) >= 20
    assert len(ANSWERS[::2]) >= 200


def test_each_costs_little_time_and_memory() -> None:
    assert_harmless([timed(answer) for answer in ANSWERS[::2]])
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        assert resource.getrusage(who).ru_maxrss / 1024 < MEBIBYTES


def test_from_a_thread() -> None:
    found: list[tuple[float, Verdict]] = []
    thread = threading.Thread(target=lambda: found.extend(map(timed, ONE_OF_EACH)))
    thread.start()
    thread.join()
    assert len(found) == len(ONE_OF_EACH)
    assert_harmless(found)


def test_from_an_executor_of_asyncio() -> None:
    async def main() -> list[tuple[float, Verdict]]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(2) as pool:
            return await asyncio.gather(*(loop.run_in_executor(pool, timed, answer) for answer in ONE_OF_EACH))

    assert_harmless(asyncio.run(main()))


def test_from_forked_workers() -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        assert_harmless(list(pool.map(timed, ONE_OF_EACH)))


@pytest.mark.parametrize("answer", ONE_OF_EACH, ids=KINDS)
def test_each_equals_itself(answer: str) -> None:
    assert mathkit.grade(answer, answer).correct
