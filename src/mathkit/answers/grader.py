"""The one grader of mathkit: extraction, comparison by form, and worker processes for what needs algebra."""

import atexit
import json
import os
import queue
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Literal, Self

import mathkit
from mathkit.answers.equal import UNDECIDED, Policy, canonical, decide, exact_number
from mathkit.answers.extract import marked_answer, possible_answers
from mathkit.answers.groups import group_equal
from mathkit.answers.worker import IMPORT_FAILED
from mathkit.errors import Unavailable
from mathkit.parallel import ordered_map

_LONGEST = 4000  # characters of an answer that algebra is tried on
_REMEMBERED = 1 << 16  # comparisons
_LONGEST_REMEMBERED = 400  # characters of both answers
_PATIENCE = 2  # comparisons among the answers of one problem that may take too long
_DEADLINE = 30.0  # seconds after which a worker is ended that its own timers did not end
_TIMED_OUT = "timed out"
_TIMERS = (-signal.SIGALRM, -signal.SIGPROF)


Reason = Literal[
    "equal as text",
    "equal as numbers",
    "equal symbolically",  # the same value wherever both have one
    "equal as choices",
    "equal as sets",  # the same members in any order
    "equal as lists",  # blanks in order
    "equal as tuples",
    "equal as matrices",
    "equal as intervals",  # or as other sets of real numbers
    "equal as equations",
    "equal as inequalities",
    "equal as ratios",
    "equal as times",
    "equal as quantities",  # with units or currency
    "equal without units",  # lenient
    "equal up to a factor of 100",  # lenient
    "equal up to rounding",  # lenient
    "different",
    "no answer found",
    "no gold answer",
    "truncated",  # by the token limit, before an answer was marked
    "could not parse",
    "too long to compare",
    "too large to compute",
    "timed out",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a prediction is right, why (one of `Reason`), and which answer was found in it."""

    correct: bool
    reason: str
    extracted: str | None


class Grader:
    """Grades with up to `jobs` worker processes, started when first needed; safe in threads.

    Use it as a context manager, or close it. No string makes it raise, and none costs more than five seconds.
    """

    def __init__(self, jobs: int) -> None:
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(jobs):
            self._slots.put(None)
        self._jobs = jobs
        self._known: dict[tuple[str, str, Policy], tuple[bool, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes that are idle; a busy one ends with its comparison."""
        workers = []
        with suppress(queue.Empty):
            while True:
                workers.append(self._slots.get_nowait())
        for worker in workers:
            if worker:
                worker.end()
            self._slots.put(None)

    def grade(self, prediction: str, answer: str, policy: Policy) -> Verdict:
        """Grade a completion or a bare answer against a gold answer."""
        _check(policy)
        for name, text in (("prediction", prediction), ("answer", answer)):
            if not isinstance(text, str):
                raise TypeError(f"{name} must be a string, not {type(text).__name__}")
        if not answer.strip():
            return Verdict(False, "no gold answer", next(iter(possible_answers(prediction, None)), None))
        if (whole := prediction.strip()) == answer.strip() != "":
            return Verdict(True, "equal as text", next(iter(possible_answers(prediction, answer)), whole))
        return self.grade_any(possible_answers(prediction, answer), answer, policy)

    def grade_any(self, possible: Sequence[str], answer: str, policy: Policy) -> Verdict:
        """Grade the first of some possible readings of one answer that is right, or else the first."""
        if "\\boxed" in answer or "####" in answer:
            answer = marked_answer(answer) or answer
        if not possible:
            return Verdict(False, "no answer found", None)
        verdicts = (Verdict(*self.equal(extracted, answer, policy), extracted) for extracted in possible)
        first = next(verdicts)
        return first if first.correct else next((verdict for verdict in verdicts if verdict.correct), first)

    def equal(self, prediction: str, answer: str, policy: Policy) -> tuple[bool, str]:
        """Return whether two answers are equal, and how that was decided."""
        _check(policy)
        if max(len(prediction), len(answer)) > _LONGEST:
            same = prediction.strip() == answer.strip()
            return same, "equal as text" if same else "too long to compare"
        key = (prediction, answer, policy)
        if key in self._known:
            return self._known[key]
        decided, reason = decide(prediction, answer, policy)
        if decided is UNDECIDED:
            decided, reason = self._ask(prediction, answer, policy)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        if len(prediction) + len(answer) <= _LONGEST_REMEMBERED or reason == _TIMED_OUT:
            self._known[key] = decided, reason
        return decided, reason

    def groups(self, answers: Sequence[str], policy: Policy) -> list[list[int]]:
        """Return the positions of equal answers, first seen first, whatever the order of the answers.

        Once a few comparisons among the answers took too long, those that need algebra count as different.
        """
        patience = _PATIENCE

        def same(one: str, other: str) -> bool:
            nonlocal patience
            if policy == "strict" and exact_number(one) is not None and exact_number(other) is not None:
                return False  # numbers of another canonical form
            if patience <= 0:
                return decide(one, other, policy)[0] is True
            equal, reason = self.equal(one, other, policy)
            patience -= reason == _TIMED_OUT
            return equal

        return group_equal(answers, canonical, same)

    def _ask(self, prediction: str, answer: str, policy: Policy) -> tuple[bool, str]:
        worker = self._slots.get()
        try:
            worker = worker or _Worker()
            found = worker.compare(prediction, answer, strict=policy == "strict")
            if found is None:
                reason, worker = worker.end(), None
                return False, reason
            if found["last"]:
                worker.end()
                worker = None
            return found["equal"], found["reason"]
        finally:
            self._slots.put(worker)


class _Worker:
    """A process that compares two answers at a time."""

    def __init__(self) -> None:
        source = str(Path(mathkit.__file__).parent.parent)
        path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH")) if part)
        self._late = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mathkit.answers.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def compare(self, prediction: str, answer: str, *, strict: bool) -> dict[str, Any] | None:
        """Return {"equal", "reason", "last"}, or None when the process died over it."""
        request = {"prediction": prediction, "answer": answer, "strict": strict}
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            waiting = select.poll()
            waiting.register(self._process.stdout, select.POLLIN)
            if not waiting.poll(_DEADLINE * 1000):
                self._late = True
                return None
            return dict(json.loads(self._process.stdout.readline()))
        except (OSError, json.JSONDecodeError):  # it died, perhaps in the middle of its answer
            return None

    def end(self) -> str:
        """End the process and say how it ended; raise Unavailable where it could not even begin."""
        assert self._process.stdin and self._process.stdout
        with suppress(OSError):
            self._process.stdin.close()
        self._process.kill()  # one that is dead already stays dead of what it died of
        self._process.stdout.close()
        status = self._process.wait()
        if status == IMPORT_FAILED:
            raise Unavailable("grading: math-verify cannot be imported; install mathkit with what it needs")
        return _TIMED_OUT if self._late or status in _TIMERS else "too large to compute"


def _check(policy: str) -> None:
    if policy not in ("strict", "lenient"):
        raise ValueError(f"policy {policy!r} is not 'strict' or 'lenient'")


_shared: Grader | None = None
_shared_lock = Lock()


def grade_many(
    pairs: Iterable[tuple[str, str]], policy: Policy = "strict", jobs: int | None = None
) -> Iterator[Verdict]:
    """Yield the verdict of each (prediction, answer), in order, working on `jobs` at a time (default: all cores)."""
    jobs = jobs or len(os.sched_getaffinity(0))
    with Grader(jobs) as grader:
        judge: Callable[[tuple[str, str]], Verdict] = lambda pair: grader.grade(*pair, policy)  # noqa: E731
        yield from ordered_map(judge, pairs, jobs)


def shared_grader() -> Grader:
    """Return the grader of this process."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Grader(len(os.sched_getaffinity(0)))
            atexit.register(_shared.close)
        return _shared


def _forget_shared() -> None:
    """Leave the parent's workers to the parent: a forked child must not speak into their pipes."""
    global _shared, _shared_lock
    _shared, _shared_lock = None, Lock()


os.register_at_fork(after_in_child=_forget_shared)
