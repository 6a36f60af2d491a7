"""The one grader of mathkit: extraction, comparison by form, and worker processes for what needs algebra."""

import atexit
import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Literal, Self

import mathkit
from mathkit.answers.equal import UNDECIDED, decide
from mathkit.answers.extract import extract_answer, last_letter
from mathkit.parallel import ordered_map

Policy = Literal["strict", "lenient"]

_LONGEST = 4000  # characters of an answer that algebra is tried on
_REMEMBERED = 1 << 16  # comparisons
_TIMERS = (-signal.SIGALRM, -signal.SIGPROF)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a prediction is right, why, and which answer was found in it."""

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
        for _ in range(self._jobs):
            try:
                worker = self._slots.get_nowait()
            except queue.Empty:
                return
            if worker:
                worker.end()
            self._slots.put(None)

    def grade(self, prediction: str, answer: str, policy: Policy) -> Verdict:
        """Grade a completion or a bare answer against a gold answer."""
        extracted = extract_answer(prediction)
        if extracted is None and len(answer.strip()) == 1:
            extracted = last_letter(prediction) if answer.strip() in "ABCDE" else None
        return self.grade_answer(prediction.strip() if extracted is None else extracted, answer, policy)

    def grade_answer(self, extracted: str, answer: str, policy: Policy) -> Verdict:
        """Grade an answer that is extracted already."""
        if not extracted:
            return Verdict(False, "no answer", None)
        correct, reason = self.equal(extracted, answer, policy)
        return Verdict(correct, reason, extracted)

    def equal(self, prediction: str, answer: str, policy: Policy) -> tuple[bool, str]:
        """Return whether two answers are equal, and how that was decided."""
        if policy not in ("strict", "lenient"):
            raise ValueError(f"policy {policy!r} is not 'strict' or 'lenient'")
        key = (prediction, answer, policy)
        if key in self._known:
            return self._known[key]
        decided, reason = decide(prediction, answer, policy)
        if decided is UNDECIDED:
            if max(len(prediction), len(answer)) > _LONGEST:
                decided, reason = False, "too long to compare"
            else:
                decided, reason = self._ask(prediction, answer, policy)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = decided, reason
        return decided, reason

    def same(self, one: str, other: str, policy: Policy) -> bool:
        """Return whether two predictions are equal; unlike a gold answer's, their order does not matter."""
        one, other = sorted((one, other))
        return self.equal(one, other, policy)[0] or self.equal(other, one, policy)[0]

    def _ask(self, prediction: str, answer: str, policy: Policy) -> tuple[bool, str]:
        worker = self._slots.get()
        try:
            worker = worker or _Worker()
            found = worker.compare(prediction, answer, strict=policy == "strict")
            if found is None:
                reason, worker = worker.end(), None
                return False, reason
            return found, "same by algebra" if found else "different by algebra"
        finally:
            self._slots.put(worker)


class _Worker:
    """A process that compares two answers at a time."""

    def __init__(self) -> None:
        source = str(Path(mathkit.__file__).parent.parent)
        path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH")) if part)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mathkit.answers.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def compare(self, prediction: str, answer: str, *, strict: bool) -> bool | None:
        """Return whether two answers are equal, or None when the process died over it."""
        request = {"prediction": prediction, "answer": answer, "strict": strict}
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            reply = self._process.stdout.readline()
        except OSError:
            return None
        return bool(json.loads(reply)["equal"]) if reply else None

    def end(self) -> str:
        """End the process and say how it ended."""
        assert self._process.stdin and self._process.stdout
        with suppress(OSError):
            self._process.stdin.close()
        if self._process.poll() is None and self._process.stdout.readable():
            self._process.kill()
        self._process.stdout.close()
        status = self._process.wait()
        return "took too long" if status in _TIMERS else f"comparison failed ({status})"


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
