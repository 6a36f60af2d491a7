"""Many at a time, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # items in flight for each worker


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
