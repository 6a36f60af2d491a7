"""Composable tools for building mathematical language models.

The functions below are the public Python interface. They import what they need when they are called, so that
`import mathkit` costs nothing. Every filter of the command line is a generator in `mathkit.stages`.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mathkit.answers import Verdict
    from mathkit.sandbox import Run

__version__ = "0.1.0"
__all__ = ["__version__", "extract_answer", "grade", "grade_many", "run_python"]


def grade(prediction: str, answer: str, policy: Literal["strict", "lenient"] = "strict") -> "Verdict":
    r"""Grade a completion or a bare answer against a gold answer; never raises on any string.

    The answer is extracted from the prediction first; where none is found, the whole text is it. `strict` is fit for a
    training reward. `lenient`, comparable with the Qwen2.5-Math harness, besides strips units and forgives a factor of
    100 and a relative difference of 1e-4. The README of tests/answers/pairs says case by case what is equal. Whichever
    is the gold answer does not matter to equality. Safe in threads and forks; takes at most five seconds. The
    verdict's `reason` is one of `mathkit.answers.grader.Reason`. Raises ValueError for another policy, TypeError for
    what is no string.

    >>> grade(r"So it is $\boxed{\frac{1}{2}}$.", "0.5")
    Verdict(correct=True, reason='equal as numbers', extracted='\\frac{1}{2}')
    >>> grade("5 cm", "5").correct, grade("5 cm", "5", policy="lenient").correct, grade("5 cm", "50 mm").correct
    (False, True, True)
    """
    from mathkit.answers.grader import shared_grader

    return shared_grader().grade(prediction, answer, policy)


def grade_many(
    pairs: Iterable[tuple[str, str]], policy: Literal["strict", "lenient"] = "strict", jobs: int | None = None
) -> Iterator["Verdict"]:
    """Yield the verdict of each (prediction, answer), in order, working on `jobs` at a time (default: all cores).

    >>> [verdict.correct for verdict in grade_many([("7", "7"), ("7", "8")])]
    [True, False]
    """
    from mathkit.answers.grader import grade_many

    return grade_many(pairs, policy, jobs)


def extract_answer(text: str) -> str | None:
    r"""Return the final answer of a text, or None where nothing looks like one.

    >>> extract_answer("The answer is 43 seashells.")
    '43'
    """
    from mathkit.answers.extract import extract_answer

    return extract_answer(text)


def run_python(code: str, *, timeout: float = 10, unsafe: bool = False) -> "Run":
    r"""Run a Python program in the sandbox for at most `timeout` seconds, and return what it printed.

    It runs alone in namespaces of its own: no network, no other process, no environment, a scratch folder that begins
    empty, and of the other files only the Python installation with its packages, read-only. Where it prints nothing,
    the value of its last expression is printed. Time, memory (2 GiB of addresses), files (32 MiB each, 64 in all) and
    output (1 MiB) are limited. A call takes about 10 ms, the first one a second. Safe in threads and forks. Raises
    mathkit.errors.Unavailable on a machine that cannot isolate it; `unsafe` runs it there, with limits only.

    >>> run = run_python("from sympy import *; x = Symbol('x'); solve(x**2 - 4, x)")
    >>> run.stdout, run.status
    ('[-2, 2]\n', 0)
    >>> run_python("while True: pass", timeout=0.2).status  # as timeout(1) says it
    124
    """
    from mathkit.sandbox.pool import shared_pool

    return shared_pool(unsafe=unsafe).run(code, timeout)
