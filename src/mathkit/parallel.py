"""Many at a time, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # items in flight for each worker


def ordered_map(function: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Yield function(item) for each item, in order, with `jobs` threads at work and a bounded number ahead.

    For functions that wait for another process; Python code itself gains nothing from threads.
    """
    if jobs == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(jobs)
    flying: deque[Future[R]] = deque()
    try:
        for item in items:
            flying.append(pool.submit(function, item))
            while len(flying) > jobs * _AHEAD or (flying and flying[0].done()):
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
