"""Many at a time, in order: in threads that wait, and in processes that compute."""

import multiprocessing
import queue
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")
R = TypeVar("R")

_AHEAD = 4  # items in flight for each worker
_INLINE = 4  # batches after which other processes are worth their start


class Batch(list[T]):
    """Items that are worked on together; `pressing` where nobody knows how long the next ones will be in coming."""

    pressing = False


def ordered_map(function: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Yield function(item) for each item, in order, with `jobs` threads at work and a bounded number ahead.

    For functions that wait for another process or work on arrays; Python code itself gains nothing from threads.
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


def map_batches(
    function: Callable[[A], R], batches: Iterable[Batch[T]], argument: Callable[[Batch[T]], A], jobs: int
) -> Iterator[tuple[Batch[T], R]]:
    """Yield each batch with function(argument(batch)), in order, computed by `jobs` processes.

    Short inputs and pressing batches are computed here. The processes are copies of this one: the function is what it
    was when they began, and what it changes stays with them.
    """
    batches = iter(batches)
    for batch in islice(batches, _INLINE if jobs > 1 else None):
        yield batch, function(argument(batch))
    first = next(batches, None)
    if first is None:
        return
    idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()
    connections = [_start(function) for _ in range(jobs)]
    for connection in connections:
        idle.put(connection)

    def ask(batch: Batch[T]) -> tuple[Batch[T], R]:
        if batch.pressing:
            return batch, function(argument(batch))
        connection = idle.get()
        connection.send(argument(batch))
        found = connection.recv()
        idle.put(connection)
        if isinstance(found, BaseException):
            raise found
        return batch, found

    try:
        yield ask(first)
        yield from ordered_map(ask, batches, jobs)
    finally:
        for connection in connections:
            connection.close()


def _start(function: Callable[[A], R]) -> Connection:
    """Return the connection to a new process that answers each argument with a result or an error."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    context.Process(target=_serve, args=(function, theirs, ours), daemon=True).start()
    theirs.close()
    return ours


def _serve(function: Callable[[A], R], connection: Connection, other_end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    other_end.close()  # so that the end of that process is the end of this one
    while True:
        try:
            argument = connection.recv()
        except (EOFError, OSError):
            return
        try:
            found: R | Exception = function(argument)
        except Exception as error:  # noqa: BLE001  raised where it was asked for
            found = error
        connection.send(found)
