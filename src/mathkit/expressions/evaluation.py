"""The value of an expression at a point, where each variable has a fixed pseudo-random value."""

import math
import zlib
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from mathkit.expressions.arithmetic import (
    LARGEST_ARGUMENT,
    LARGEST_FACTORIAL,
    TooLarge,
    check_power,
    clean,
    is_real,
    not_zero,
    real,
    whole,
)  # fmt: skip
from mathkit.expressions.nodes import Node
from mathkit.expressions.units import CELSIUS

POSITIVE, MIXED, LARGE, WHOLE = range(4), range(4, 10), range(10, 16), range(16, 20)  # numbers of points


class Undecided(ArithmeticError):
    """Nothing could be computed at enough points."""


@dataclass(frozen=True)
class Reading:
    """What is open in an expression: its logarithm's base, units, degrees."""

    log_base: float | None = None  # of a \log without one; None is natural
    units: bool = True
    radians: bool = False  # degrees count as so many radians, else as plain numbers


PLAIN = Reading()


class Evaluation:
    """The value of a node at one point."""

    def __init__(self, arithmetic: Any, point: int, reading: Reading) -> None:
        self._a = arithmetic
        self._point = point
        self._reading = reading
        self._radians = reading.radians

    def value(self, node: Node) -> Any:
        """Return the value of a node; raises ZeroDivisionError or ValueError where it has none, and TooLarge."""
        op, args = node
        match op:
            case "number":
                return self._a.number(args[0])
            case "sum":
                return sum((self.value(part) for part in args[1:]), self.value(args[0]))
            case "product":
                result = self.value(args[0])
                for part in args[1:]:
                    result = result * self.value(part)
                return result
            case "power":
                return self._power(*args)
            case "name":
                return self._name(args[0])
            case "call":
                return self._call(args[0], args[1:])
            case "apply":
                return self._apply(*args)
            case "degrees":
                value = self.value(args[0])
                return value * self._a.pi / 180 if self._radians else value
            case "unit":
                return self._unit(args[0])
            case "fahrenheit":
                value = self.value(args[0])
                return (value - 32) * 5 / 9 * self._unit(CELSIUS) if self._reading.units else value
            case "ratio" if len(args[0]) == 2:
                return self.value(args[0][0]) / self.value(args[0][1])
        raise Undecided(op)

    def _name(self, name: str) -> Any:
        if name in ("pi", "e", "i"):
            return getattr(self._a, name)
        return self._a.number(coordinate(name, self._point))

    def _unit(self, unit: Any) -> Any:
        if not self._reading.units:
            return self._a.number(Fraction(1))
        result = self._a.number(unit.scale)
        for base, power in unit.powers:
            result = result * self._a.number(coordinate(f"unit {base}", 0) ** power)
        return result

    def _power(self, base: Node, exponent: Node) -> Any:
        value = self.value(base)
        if exponent.op == "number":
            times: Fraction = exponent.args[0]
            if times == Fraction(1, 2):
                return value**0.5 if not is_real(value) else self._a.function("sqrt")(clean(value))
            if times.denominator % 2 and times.denominator > 1 and is_real(value) and value.real < 0:
                root = (-value) ** self._a.number(times)  # the real root of a negative number
                return root if times.numerator % 2 == 0 else -root
            if times.denominator == 1 and abs(times) < 1000:
                check_power(value, times)
                return value ** int(times)
        power = self.value(exponent)
        check_power(value, power)
        if value == 0:
            if is_real(power) and power.real > 0:
                return value
            raise ZeroDivisionError
        if is_real(power) and is_real(value) and power.real == round(power.real) and abs(power.real) < 1e9:
            return clean(value) ** int(power.real)
        return value**power

    def _call(self, function: str, operands: tuple[Node, ...]) -> Any:
        if function in ("sin", "cos", "tan", "cot", "sec", "csc"):
            outer, self._radians = self._radians, True
            value = self.value(operands[0])
            self._radians = outer
            if abs(value) > LARGEST_ARGUMENT:
                raise TooLarge(function)
            return self._trigonometric(function, value)
        values = [self.value(operand) for operand in operands]
        value = values[0]
        match function:
            case "ln" | "log" | "lg" | "log_base":
                return self._logarithm(function, values)
            case "exp":
                check_power(self._a.e, value)
                return self._a.e**value
            case "abs":
                return self._a.number(Fraction(0)) + abs(value)
            case "floor" | "ceil":
                if not is_real(value):
                    raise ValueError(function)
                if abs(value) > LARGEST_ARGUMENT:
                    raise TooLarge(function)
                near = round(value.real)
                is_whole = abs(value.real - near) < 1e-9
                return self._a.number(Fraction(near if is_whole else getattr(math, function)(value.real)))
            case "factorial":
                return self._gamma(value)
            case "binom":
                n, k = values
                return self._gamma(n) / self._gamma(k) / self._gamma(n - k)
            case "max" | "min":
                return (max if function == "max" else min)(values, key=real)
            case "gcd" | "lcm":
                return self._a.number(Fraction(getattr(math, function)(*map(whole, values))))
            case "cbrt":
                return self._power(operands[0], Node("number", (Fraction(1, 3), None)))
            case "sinh" | "cosh" | "tanh":
                if abs(value) > 1e4:
                    raise TooLarge(function)
                return self._a.function(function)(value)
            case "arcsin" | "arccos" | "arctan":
                return self._a.function(function)(value)
            case "arccot":
                return self._a.pi / 2 - self._a.function("arctan")(value)
        raise Undecided(function)

    def _apply(self, function: str, *operands: Node) -> Any:
        """Return a value that depends on what an unknown function is applied to, and on its name."""
        start = self._a.number(coordinate(f"function {function}", 0))
        weights = (self._a.number(coordinate(f"operand {n}", 0)) for n in range(len(operands)))
        mixed = sum((weight * self.value(operand) for weight, operand in zip(weights, operands, strict=True)), start)
        if abs(mixed) > LARGEST_ARGUMENT:
            raise TooLarge(function)
        return self._a.function("sin")(mixed) + mixed

    def _trigonometric(self, function: str, value: Any) -> Any:
        sine, cosine = self._a.function("sin"), self._a.function("cos")
        match function:
            case "sin":
                return sine(value)
            case "cos":
                return cosine(value)
            case "tan":
                return sine(value) / not_zero(cosine(value))
            case "cot":
                return cosine(value) / not_zero(sine(value))
            case "sec":
                return 1 / not_zero(cosine(value))
        return 1 / not_zero(sine(value))

    def _logarithm(self, function: str, values: list[Any]) -> Any:
        if any(value == 0 for value in values):
            raise ZeroDivisionError
        if function == "log_base":
            return self._a.log(clean(values[1])) / self._a.log(clean(values[0]))
        base = 10 if function == "lg" else self._reading.log_base if function == "log" else None
        log = self._a.log(clean(values[0]))
        return log if base is None else log / self._a.log(self._a.number(Fraction(base)))

    def _gamma(self, value: Any) -> Any:
        if not is_real(value) or abs(value) > LARGEST_FACTORIAL:
            raise TooLarge("factorial")
        if value.real < 0:
            raise ValueError
        return self._a.function("gamma")(value + 1)


@lru_cache(maxsize=1 << 12)
def coordinate(name: str, point: int) -> Fraction:
    """Return the value of a variable at a point: positive, of either sign, large, or whole."""
    chance = zlib.crc32(f"{name}/{point}".encode())
    if point in WHOLE:
        return Fraction(2 + chance % 7)
    if point in LARGE:
        size = Fraction(20_000_000 + chance % 30_000_001, 1_000_003) * (40 if point >= LARGE[3] else 1)
        return -size if (point + zlib.crc32(name.encode())) % 2 else size
    size = Fraction(300_000 + chance % 2_700_001, 1_000_003)
    return -size if point in MIXED and chance >> 24 & 1 else size
