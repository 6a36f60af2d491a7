"""Remember what was found out about short texts: answers repeat, and long ones would fill the memory."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

_TEXTS = 1 << 15
_LONGEST = 200  # characters: some 100 MB for all texts of that length

P = ParamSpec("P")
T = TypeVar("T")


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function of a text that remembers what it returned for short ones.

    >>> remembered(str.upper)("x")
    'X'
    """
    remembering = lru_cache(maxsize=_TEXTS)(function)

    @wraps(function)
    def found(*args: P.args, **kwargs: P.kwargs) -> T:
        is_short = len(str(args[0])) <= _LONGEST
        return remembering(*args, **kwargs) if is_short else function(*args, **kwargs)  # type: ignore[arg-type]

    found.forget = remembering.cache_clear  # type: ignore[attr-defined]
    return found
