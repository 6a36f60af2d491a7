"""Complex arithmetic in floating point and in many digits, with limits that keep every operation quick."""

import cmath
import math
import os
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from threading import RLock
from typing import Any

_LARGEST_LOG = 1e9  # natural logarithm of the largest power
LARGEST_ARGUMENT = 1e12  # of trigonometric functions and of what is rounded
LARGEST_FACTORIAL = 1e6
_OTHER_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}


class TooLarge(ArithmeticError):
    """A number is too large to compute with."""


class Floats:
    """Python's complex numbers."""

    i, pi, e = 1j, complex(math.pi), complex(math.e)
    log = staticmethod(cmath.log)

    def number(self, value: Fraction) -> complex:
        """Return a number of this arithmetic; raises OverflowError."""
        return complex(value)

    def function(self, name: str) -> Callable[..., Any]:
        """Return a function of this arithmetic by its name."""
        if name == "gamma":
            return lambda value: complex(math.gamma(real(value)))
        return getattr(cmath, _OTHER_NAMES.get(name, name))  # type: ignore[no-any-return]


class ManyDigits:
    """mpmath's complex numbers of many digits; loaded when first needed, used by one thread at a time."""

    def __init__(self, digits: int) -> None:
        from mpmath import MPContext

        context = self._context = MPContext()
        context.dps = digits
        self.i, self.pi, self.e = context.mpc(0, 1), context.mpc(context.pi), context.mpc(context.e)
        self.log = context.log

    def number(self, value: Fraction) -> Any:
        """Return a number of this arithmetic."""
        return self._context.mpc(self._context.mpf(value.numerator) / value.denominator)

    def function(self, name: str) -> Callable[..., Any]:
        """Return a function of this arithmetic by its name."""
        name = _OTHER_NAMES.get(name, name)
        return getattr(self._context, name)  # type: ignore[no-any-return]


FLOATS = Floats()
LOCK = RLock()  # of the many digits
os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)


@lru_cache(maxsize=16)
def many_digits(digits: int) -> ManyDigits:
    """Return the arithmetic of so many digits; hold LOCK while it is used."""
    return ManyDigits(digits)


def check_power(base: Any, exponent: Any) -> None:
    """Raise TooLarge where a power would be."""
    size = abs(base)
    if size and abs(exponent) * abs(math.log(size) if size < 1e300 else float(_log(size))) > _LARGEST_LOG:
        raise TooLarge("power")


def _log(size: Any) -> Any:
    return math.log(size) if isinstance(size, float) else size.context.log(size)


def is_real(value: Any) -> bool:
    """Return whether a complex number is real but for noise."""
    return bool(abs(value.imag) <= 1e-12 * abs(value.real) or abs(value.imag) < 1e-300)


def clean(value: Any) -> Any:
    """Return a value that is real but for noise as a real one, on the upper side of every cut."""
    return type(value)(value.real, 0.0) if is_real(value) else value


def real(value: Any) -> float:
    """Return a number as a float; raises ValueError where it is not real."""
    if not is_real(value):
        raise ValueError
    return float(value.real)


def whole(value: Any) -> int:
    """Return a number as an integer; raises ValueError where it is none."""
    near = round(real(value))
    if abs(near - value.real) > 1e-9 or abs(near) > 1e15:
        raise ValueError
    return near


def not_zero(value: Any) -> Any:
    """Return a number that one may divide by; raises ZeroDivisionError for zero but for noise."""
    if abs(value) < 1e-14:
        raise ZeroDivisionError
    return value
