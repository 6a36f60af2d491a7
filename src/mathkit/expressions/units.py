"""Units of measurement, money and time: a unit is a scale times powers of base units.

A noun that is no unit (5 apples) is a base unit of its own.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from mathkit.expressions.numerals import SCALES
from mathkit.text import CJK


class Unit(NamedTuple):
    """A scale and the powers of the base units, e.g. 1/100 and {"metre": 2}."""

    scale: Fraction
    powers: tuple[tuple[str, int], ...]

    def times(self, other: "Unit", power: int = 1) -> "Unit":
        """Return the product with a power of another unit."""
        powers = dict(self.powers)
        for name, exponent in other.powers:
            powers[name] = powers.get(name, 0) + exponent * power
        return Unit(
            self.scale * other.scale**power, tuple(sorted((name, power) for name, power in powers.items() if power))
        )


ONE = Unit(Fraction(1), ())
RADIAN = ONE
SECOND = Unit(Fraction(1), (("s", 1),))
DEGREE = Unit(Fraction(1), (("degree", 1),))
PERCENT = Unit(Fraction(1), (("percent", 1),))
CELSIUS = Unit(Fraction(1), (("celsius", 1),))
MONEY = frozenset(Unit(Fraction(1), ((name, 1),)) for name in ("usd", "cny", "gbp", "eur", "inr"))  # no cents
FAHRENHEIT = Unit(Fraction(1), (("fahrenheit", 1),))


def _unit(scale: str, powers: str = "") -> Unit:
    found: dict[str, int] = {}
    for name in powers.split():
        base, _, power = name.partition("^")
        found[base] = int(power or 1)
    return Unit(Fraction(scale), tuple(sorted(found.items())))


def _table(rows: str) -> dict[str, Unit]:
    """Read lines of "scale | base units | names"."""
    units = {}
    for row in rows.strip().splitlines():
        scale, powers, names = row.split("|")
        for name in names.split(","):
            units[name.strip()] = _unit(scale.strip(), powers)
    return units


_UNITS = _table("""
    1/1000000000|m|nm, nanometer, nanometre, 纳米
    1/1000000|m|\\mu m, micrometer, micron, 微米
    1/1000|m|mm, millimeter, millimetre, 毫米
    1/100|m|cm, centimeter, centimetre, 厘米, 公分
    1/10|m|dm, decimeter, decimetre, 分米
    1|m|m, meter, metre, 米
    1000|m|km, kilometer, kilometre, 千米, 公里
    254/10000|m|in, inch, inches, 英寸
    3048/10000|m|ft, foot, feet, 英尺
    9144/10000|m|yd, yard, 码
    1609344/1000|m|mi, mile, 英里
    1852|m|nautical mile, 海里
    500|m|里
    1/1000000|kg|mg, milligram, 毫克
    1/1000|kg|g, gram, gm, 克
    1|kg|kg, kilogram, kilo, 千克, 公斤
    1/2|kg|斤
    1000|kg|t, ton, tonne, 吨
    45359237/100000000|kg|lb, lbs, pound
    45359237/1600000000|kg|oz, ounce
    1/1000|s|ms, millisecond, 毫秒
    1|s|s, sec, secs, second, 秒, 秒钟
    60|s|min, mins, minute, 分钟
    3600|s|h, hr, hrs, hour, 小时, 时
    86400|s|d, day, 天, 日
    604800|s|week, wk, 周, 星期
    1|month|month, 月, 个月
    12|month|year, yr, yrs, 年
    1/1000000|m^3|mL, ml, milliliter, millilitre, cc, 毫升
    1/1000|m^3|L, l, liter, litre, 升
    1/100000|m^3|cL, cl, centiliter
    10000|m^2|ha, hectare, 公顷
    10000/15|m^2|亩
    1|acre|acre
    1609344/3600000|m s^-1|mph
    1000/3600|m s^-1|kph, kmph
    1|usd|\\$, dollar, usd, buck, 美元
    1/100|usd|cent, ¢, \\cent, 美分
    5/100|usd|nickel
    1/10|usd|dime
    1/4|usd|quarter
    1|cny|¥, yuan, rmb, cny, 元, 块, 人民币, 元钱, 块钱
    1/10|cny|角, 毛, jiao
    1|gbp|£, gbp, 英镑, \\pounds
    1/100|gbp|pence, penny, p
    1|eur|€, euro, eur, \\euro, 欧元
    1|inr|₹, rs, rupee, \\rupee
    1|celsius|C, celsius, centigrade, 摄氏度
    1|fahrenheit|F, fahrenheit, 华氏度
    1|kelvin|K, kelvin
    1|kg m s^-2|N, newton, 牛, 牛顿
    1|kg m^2 s^-2|J, joule, 焦耳, 焦
    1000|kg m^2 s^-2|kJ, kilojoule, 千焦
    1|kg m^2 s^-3|W, watt, 瓦, 瓦特
    1000|kg m^2 s^-3|kW, kilowatt, 千瓦
    3600000|kg m^2 s^-2|kWh
    1|kg m^-1 s^-2|Pa, pascal, 帕
    1000|kg m^-1 s^-2|kPa
    1|s^-1|Hz, hertz, 赫兹
    1000|s^-1|kHz
    1000000|s^-1|MHz
    1|ampere|A, amp, ampere, 安, 安培
    1/1000|ampere|mA
    1|kg m^2 s^-3 ampere^-1|V, volt, 伏, 伏特
    1|kg m^2 s^-3 ampere^-2|\\Omega, ohm, 欧, 欧姆
    1|ampere s|coulomb, 库仑
    1|mol|mol, mole, 摩尔
    1|degree|degree, deg, 度
    1|percent|percent, pct
    1|noun:revolution|rpm
    1||radian, rad, rads, 弧度
    1|noun:square unit|sq unit
    1|noun:unit|unit
    1|noun:year old|岁, 周岁
""")
_SCALES = SCALES | {"dozen": 12, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_SINGLE = {name for name in _UNITS if len(name) == 1 and name.isascii() and name.isalpha()}
_PLURAL = re.compile(r"(?:(?<=ch)es|(?<=sh)es|(?<=x)es|(?<=ss)es|(?<=[a-z]{2})(?<!s)s)$")
_NO_UNITS = (
    "or and to if for when where with of the is are not no all any real than less more greater by at on in between "
    "from exactly solution solutions root roots base even odd positive negative times plus minus mod squared cubed "
    "factorial"
)
_TAKEN = frozenset(_NO_UNITS.split())  # words that follow a number without being its unit
_SQUARE = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_PIECE = re.compile(rf"[A-Za-z]+|[{CJK}]+|[£€¥₹¢]|\\[A-Za-z$]+|.")
_CHINESE_POWERS = {"平方": 2, "立方": 3}


def named(word: str) -> Unit | None:
    """Return the unit of this name, singular or plural, or None.

    >>> named("kilometers"), named("平方米"), named("apples")
    (Unit(scale=Fraction(1000, 1), powers=(('m', 1),)), Unit(scale=Fraction(1, 1), powers=(('m', 2),)), None)
    """
    if found := _UNITS.get(word) or (_UNITS.get(word.lower()) if len(word) > 2 else None):
        return found
    if len(word) > 2 and word.lower().endswith("s") and (found := _UNITS.get(_PLURAL.sub("", word.lower()))):
        return found
    if word[:2] in _CHINESE_POWERS and (found := _UNITS.get(word[2:])):
        return ONE.times(found, _CHINESE_POWERS[word[:2]])
    return None


def scale_named(word: str) -> int | None:
    """Return the number that a word like million multiplies by."""
    return _SCALES.get(word.lower())


def noun(word: str) -> Unit | None:
    """Return a unit of its own for a noun that is no known unit, or None for words that are none.

    >>> noun("apples") == noun("apple"), noun("or")
    (True, None)
    """
    lower = word.lower().strip()
    if not lower or lower.split()[0] in _TAKEN or lower.split()[-1] in _TAKEN:
        return None
    return Unit(Fraction(1), ((f"noun:{_PLURAL.sub('', lower)}", 1),))


def read(text: str) -> Unit | None:
    r"""Return the unit that a whole text says, or None.

    >>> read("km/h") == read("kilometers per hour") == read("千米/时"), read("cm^2") == read("square centimeters")
    (True, True)
    """
    pieces = [piece for piece in _PIECE.findall(text) if not piece.isspace()]
    found, side, power = ONE, 1, 1
    words: list[str] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        position += 1
        if piece in ("/", "per", "每") and (found != ONE or words):
            found, words = _with_noun(found, words, side), []
            side = -1
        elif piece.lower() in ("a", "an") and side < 0:
            continue
        elif piece.lower() in _SQUARE:
            power = _SQUARE[piece.lower()]
        elif piece in ("\\cdot", "\\times", "*", ".", "-", "{", "}", "(", ")", "\\text"):
            continue
        elif unit := named(piece):
            exponent, position = _exponent(pieces, position)
            found = found.times(unit, side * power * exponent)
            power = 1
        elif re.fullmatch(rf"[A-Za-z]{{3,}}|[{CJK}]{{1,6}}", piece):
            if piece.lower() in _TAKEN:
                return None
            words.append(piece)
        else:
            return None
    if power != 1:
        words.insert(0, "square" if power == 2 else "cubic")
    if len(words) > 4:
        return None
    found = _with_noun(found, words, side)
    if any(base in ("celsius", "fahrenheit") for base, _ in found.powers):
        found = Unit(found.scale, tuple(power for power in found.powers if power[0] != "degree"))
    return found if found != ONE or text.strip("{} ") in ("rad", "radians", "弧度", "radian") else None


def _with_noun(found: Unit, words: list[str], side: int) -> Unit:
    if not words or (extra := noun(" ".join(words))) is None:
        return found
    return found if found.powers and side > 0 and not extra.powers else found.times(extra, side)


def _exponent(pieces: list[str], position: int) -> tuple[int, int]:
    """Return the exponent that stands at a position ("^2", "^{-1}", "squared"), or 1, and where it ends."""
    if pieces[position : position + 1] in (["squared"], ["cubed"]):
        return (2 if pieces[position] == "squared" else 3), position + 1
    if pieces[position : position + 1] != ["^"]:
        return 1, position
    match = re.match(r"\^\{?(-?[1-4])\}?", "".join(pieces[position : position + 6]))
    if not match:
        return 1, position
    length = 0
    while length < len(match[0]):
        length += len(pieces[position])
        position += 1
    return int(match[1]), position


def is_single_letter(word: str) -> bool:
    """Return whether a unit's name is a letter, which could be a variable as well."""
    return word in _SINGLE
