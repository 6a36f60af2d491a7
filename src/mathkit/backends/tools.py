"""Models that program: what they write is run in the sandbox, and they are told what it printed.

Qwen-Agent's loop (tir_agent.py): a completion ends at an output fence, its last program alone is run, the output is
appended to the same turn, and the model goes on. Different here: conversations do not wait for each other.
"""

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Protocol

from mathkit.backends import Completion, LanguageModel, Request
from mathkit.records import PROGRAM_FAILED, Message
from mathkit.sandbox import TIMED_OUT, Run
from mathkit.sandbox.pool import Pool
from mathkit.trajectories import OUTPUT, last_program, requested_program, shorten, with_output

_PATIENCE = 0.1  # seconds that the model may wait for a program before it begins with fewer requests
_GATHERING = 0.25  # seconds in which programs may end before an idle model is asked to go on
_MOST_RUNNING = 1024  # programs after which no new conversation begins

_NOTICE = "No program was run: the limit of {} programs is reached. Give the answer without another one."

Drawn = list[tuple[Request, Completion]]


@dataclass(slots=True)
class _Turn:
    """An assistant's turn that is not finished."""

    request: Request  # as it was asked for
    text: str = ""
    begun: int = 0  # where in it the model's last completion begins
    tokens: int = 0  # of the model's own
    programs: int = 0
    is_last: bool = False  # whether the model was told that no more programs are run

    def next_request(self) -> Request:
        """Return what the model is asked now; its key follows from the text, so that a tape knows it again."""
        request = self.request
        messages = request.messages
        if self.text:
            said = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
            before = messages[:-1] if said else messages
            messages = [*before, Message(role="assistant", content=said + self.text)]
        key = blake2b(f"{request.key}\n{self.text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return replace(
            request,
            key=key,
            messages=messages,
            max_tokens=request.max_tokens - self.tokens,
            seed=int(key[:8], 16) >> 1 if self.text else request.seed,
            stop=(*request.stop, OUTPUT),
        )

    def completion(self, finish_reason: str, failure: str | None = None) -> Completion:
        return Completion(self.text, finish_reason, self.tokens, failure)


class _Method(Protocol):
    """How a turn goes on."""

    def read(self, turn: _Turn, reason: str) -> Completion | str | None:
        """Return the finished turn, a program that is to be run, or None where the model goes on."""

    def heed(self, turn: _Turn, run: Run) -> Completion | None:
        """Return the finished turn, or None where the model goes on."""


class ToolModel:
    """A model that reasons with programs: at most `programs` of them in a turn, each for at most `timeout` seconds.

    Asked for another one, it is told so, and completes the turn without. The completion is the whole turn; its tokens
    are those that the model wrote, and all of the turn shares the request's `max_tokens`.
    """

    def __init__(self, model: LanguageModel, pool: Pool, *, programs: int, timeout: float) -> None:
        self.name = model.name
        self._model = model
        self._pool = pool
        self._programs = programs
        self._timeout = timeout

    def complete(self, requests: Iterable[Request]) -> Iterator[Drawn]:
        """Yield turns as they are finished."""
        return _Loop(self._model, self._pool, self._timeout, self).complete(requests)

    def read(self, turn: _Turn, reason: str) -> Completion | str | None:
        """Return the finished turn, a program that is to be run, or None where the model goes on."""
        program = requested_program(turn.text[turn.begun :])
        if reason != "stop" or program is None or turn.is_last:
            return turn.completion(reason)
        if turn.tokens >= turn.request.max_tokens:
            return turn.completion("length")
        if turn.programs < self._programs:
            return program
        turn.text = with_output(turn.text, _NOTICE.format(self._programs))
        turn.is_last = True
        return None

    def heed(self, turn: _Turn, run: Run) -> None:
        """Tell the model what its program printed."""
        turn.programs += 1
        turn.text = with_output(turn.text, shorten(_told(run, self._timeout)))


class ProgramModel:
    r"""A model that answers with one program: what its last line prints is the answer, appended as \boxed{...}."""

    def __init__(self, model: LanguageModel, pool: Pool, *, timeout: float) -> None:
        self.name = model.name
        self._model = model
        self._pool = pool
        self._timeout = timeout

    def complete(self, requests: Iterable[Request]) -> Iterator[Drawn]:
        """Yield solutions as their programs have ended."""
        return _Loop(self._model, self._pool, self._timeout, self).complete(requests)

    def read(self, turn: _Turn, reason: str) -> Completion | str:
        """Return the program: the last one in a block, or all of a text that is Python."""
        program = last_program(turn.text) or (turn.text if _is_python(turn.text) else None)
        return turn.completion(reason) if program is None or reason != "stop" else program

    def heed(self, turn: _Turn, run: Run) -> Completion:
        """Append the answer, or what went wrong."""
        lines = run.stdout.strip().splitlines()
        if run.status == 0 and lines:
            turn.text = with_output(turn.text, rf"\boxed{{{shorten(lines[-1].strip())}}}")
            return turn.completion("stop")
        turn.text = with_output(turn.text, shorten(_told(run, self._timeout)))
        return turn.completion(PROGRAM_FAILED)


class _Loop:
    """Keeps a model busy with new requests and with those that go on, while programs run beside it."""

    def __init__(self, model: LanguageModel, pool: Pool, timeout: float, method: _Method) -> None:
        self._model = model
        self._pool = pool
        self._timeout = timeout
        self._method = method
        self._out: dict[str, list[_Turn]] = {}  # with the model, by the key of what it was asked
        self._running: dict[Future[Run], _Turn] = {}
        self._ready: deque[_Turn] = deque()  # to go on
        self._finished: Drawn = []

    def complete(self, requests: Iterable[Request]) -> Iterator[Drawn]:
        """Yield finished turns, until there are no more requests."""
        coming = iter(requests)
        threads = ThreadPoolExecutor(self._pool.jobs)
        try:
            is_first = True
            while is_first or self._ready or self._running:
                is_first = False
                for batch in self._model.complete(self._asked(coming)):
                    for request, completion in batch:
                        self._take(request, completion, threads)
                    self._collect()
                    yield from self._hand_out()
                if self._running and not self._ready:
                    wait(self._running, _GATHERING, ALL_COMPLETED)
                    wait(self._running, return_when=FIRST_COMPLETED)
                self._collect()
                yield from self._hand_out()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _asked(self, coming: Iterator[Request]) -> Iterator[Request]:
        """Yield what the model is to complete next; end where there is nothing for now."""
        while True:
            self._collect()
            if self._ready:
                turn = self._ready.popleft()
            elif len(self._running) >= _MOST_RUNNING:
                wait(self._running, return_when=FIRST_COMPLETED)
                continue
            elif (request := next(coming, None)) is not None:
                turn = _Turn(request)
            elif self._running and wait(self._running, _PATIENCE, FIRST_COMPLETED).done:
                continue
            else:
                return
            asked = turn.next_request()
            self._out.setdefault(asked.key, []).append(turn)
            yield asked

    def _take(self, request: Request, completion: Completion, threads: ThreadPoolExecutor) -> None:
        """Let a turn go on with what the model wrote."""
        turns = self._out[request.key]
        turn = turns.pop()
        if not turns:
            del self._out[request.key]
        turn.begun = len(turn.text)
        turn.text += completion.text
        turn.tokens += completion.tokens
        if completion.failure is not None:
            self._put(turn, turn.completion(completion.finish_reason, completion.failure))
            return
        found = self._method.read(turn, completion.finish_reason)
        if isinstance(found, str):
            self._running[threads.submit(self._pool.run, found, self._timeout)] = turn
        else:
            self._put(turn, found)

    def _collect(self) -> None:
        """Let the turns go on whose programs have ended."""
        for future in [future for future in self._running if future.done()]:
            turn = self._running.pop(future)
            self._put(turn, self._method.heed(turn, future.result()))

    def _put(self, turn: _Turn, completion: Completion | None) -> None:
        if completion is None:
            self._ready.append(turn)
        else:
            self._finished.append((turn.request, completion))

    def _hand_out(self) -> Iterator[Drawn]:
        if self._finished:
            finished, self._finished = self._finished, []
            yield finished


def _is_python(text: str) -> bool:
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _told(run: Run, timeout: float) -> str:
    """Return what a model is told about a run: what was printed, and the last line of what went wrong."""
    lines = [run.stdout.strip()]
    if run.status == TIMED_OUT:
        lines.append(f"TimeoutError: the program was stopped after {timeout:g} seconds")
    elif run.status:
        lines += run.stderr.strip().splitlines()[-1:] or [f"the program ended with exit status {run.status}"]
    return "\n".join(line for line in lines if line)
