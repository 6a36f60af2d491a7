"""Many at a time, in order: in threads that wait, and in processes that compute."""

import fcntl
import multiprocessing
import queue
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from errno import ECHILD
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # items in flight for each worker
_PIPE_BYTES = 1 << 20
_INLINE = 1  # batches after which other processes are worth their start


Worker = tuple[Connection, Connection]  # to write to, to read from


class Batch(list[T]):
    """Items that are worked on together; `pressing` where nobody knows how long the next ones will be in coming."""

    pressing = False


B = TypeVar("B", bound=Batch[Any])


def ordered_map(function: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Yield function(item) for each item, in order, with `jobs` threads at work and a bounded number ahead.

    For functions that wait for another process; Python code itself gains nothing from threads.
    What became of a pressing batch, and of all before it, is yielded before the next item is asked for.
    """
    if jobs == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(jobs)
    flying: deque[Future[R]] = deque()
    try:
        for item in items:
            flying.append(pool.submit(function, item))
            pressing = isinstance(item, Batch) and item.pressing
            while flying and (pressing or len(flying) > jobs * _AHEAD or flying[0].done()):
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def map_batches(function: Callable[[list[T]], R], batches: Iterable[B], jobs: int) -> Iterator[tuple[B, R]]:
    """Yield each batch with function(batch), in order, computed by `jobs` processes.

    Short inputs and pressing batches are computed here. The processes are copies of this one: the function is what it
    was when they began, and what it changes stays with them. Raises ChildProcessError when one of them is killed.
    """
    batches = iter(batches)
    for batch in islice(batches, _INLINE if jobs > 1 else None):
        yield batch, function(batch)
    first = next(batches, None)
    if first is None:
        return
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    workers = [_start(function) for _ in range(jobs)]
    for worker in workers:
        idle.put(worker)

    def ask(batch: B) -> tuple[B, R]:
        if batch.pressing:
            return batch, function(batch)
        worker = idle.get()
        questions, answers = worker
        try:
            questions.send(list(batch))
            found = answers.recv()
        except (EOFError, BrokenPipeError):
            raise ChildProcessError(ECHILD, "was killed, perhaps for want of memory", "a worker process") from None
        finally:
            idle.put(worker)  # even a dead one, or others would wait for it
        if isinstance(found, BaseException):
            raise found
        return batch, found

    try:
        yield ask(first)
        yield from ordered_map(ask, batches, jobs)
    finally:
        for worker in workers:
            for connection in worker:
                connection.close()


def _start(function: Callable[[list[T]], R]) -> Worker:
    """Return the pipes to and from a new process that answers each argument with a result or an error."""
    context = multiprocessing.get_context("fork")
    their_questions, questions = context.Pipe(duplex=False)
    answers, their_answers = context.Pipe(duplex=False)
    for connection in (questions, answers):
        with suppress(OSError, AttributeError):  # beyond what this system allows, or knows
            fcntl.fcntl(connection.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    arguments = (function, their_questions, their_answers, (questions, answers))
    context.Process(target=_serve, args=arguments, daemon=True).start()
    their_questions.close()
    their_answers.close()
    return questions, answers


def _serve(function: Callable[[list[T]], R], questions: Connection, answers: Connection, other_ends: Worker) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    for connection in other_ends:
        connection.close()  # so that the end of that process is the end of this one
    while True:
        try:
            argument = questions.recv()
        except (EOFError, OSError):
            return
        try:
            found: R | Exception = function(argument)
        except Exception as error:  # noqa: BLE001  raised where it was asked for
            error.add_note(traceback.format_exc())  # where it was raised, for that does not travel
            found = error
        try:
            answers.send(found)
        except OSError:
            return  # nobody waits any more
