"""Numbers in words, English and Chinese, as digits."""

import re

_NAMES_OF_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_NAMES_OF_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES = {word: n for n, word in enumerate(_NAMES_OF_ONES.split())}
_TENS = {word: 10 * n for n, word in enumerate(_NAMES_OF_TENS.split(), 2)}
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
          "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100}  # fmt: skip
_NO_DIGIT = 100
_WORD = "|".join([*_ONES, *_TENS, *SCALES])
_PART = "|".join(f"{word}s?" for word in _PARTS)
_ENGLISH = re.compile(
    rf"""
    (?<![A-Za-z\\])(?:(minus|negative)[ ])?
    ((?:{_WORD}|(?=half\b))(?:(?:[ -]|[ ]and[ ])(?:{_WORD})(?![A-Za-z]))*)(?![A-Za-z])
    (?:[ ]point((?:[ ](?:{_WORD})(?![A-Za-z]))+))?
    (?:([ ]and)?[ -]?(?:(a|one|two|three|four|five|six|seven)[ -])?({_PART})(?![A-Za-z]))?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ONE_OF = re.compile(r"(?:an? )?(half|third|quarter)|an? (hundred|thousand|million|billion)", re.IGNORECASE)
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3}
_PLACES = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_INTEGER = "[零〇一二两三四五六七八九十百千万亿]+"
_CHINESE = re.compile(
    rf"(负)?(?:(百分之)({_INTEGER}|[\d.]+)(?:点([零〇一二三四五六七八九]+))?"
    rf"|(?:({_INTEGER}|\d++)又)?({_INTEGER}|\d++)分之({_INTEGER}|\d+)"
    rf"|({_INTEGER})(?:点([零〇一二三四五六七八九]+))?)"
)
_AFTER = re.compile(
    r"\s*(?:\\text\{)?\s*(?:[个只条本人名分岁天日月年周时秒米克吨升度种倍道辆棵朵张页件支盒箱块对双组位]"
    r"|元(?![一二三四])|角(?!形)|次(?![函方多项曲])|点|小时|分钟|厘米|毫米|分米|千米|公里|平方|立方|千克|公斤|毫升|美元"
    r"|人民币|星期|[^\w]|$)"
)  # what may stand behind a numeral that is one
_BEFORE = " ,:=+-(>约$}是为午晨晚"
_DIGITS_AND_MYRIAD = re.compile(r"(?<!\d)(\d++(?:\.\d++)?)\s*(十万|百万|千万|万|亿)")


def with_digits(text: str) -> str:
    """Return a text with its numbers in words written in digits; a fraction too.

    >>> with_digits("three hundred and five"), with_digits("two thirds"), with_digits("minus twenty-one apples")
    ('305', '2/3', '-21 apples')
    >>> with_digits("三十五"), with_digits("三又二分之一"), with_digits("1.5万元"), with_digits("一次函数")
    ('35', '3 1/2', '15000元', '一次函数')
    """
    if not text.isascii():
        text = _DIGITS_AND_MYRIAD.sub(_times_myriad, text)
        text = _CHINESE.sub(_from_chinese, text)
    if match := _ONE_OF.fullmatch(text):
        return f"1/{_PARTS[match[1].lower()]}" if match[1] else str(SCALES[match[2].lower()])
    return _ENGLISH.sub(_from_english, text)


def _from_english(match: re.Match[str]) -> str:
    sign, words, decimals, joined, count, part = match.groups()
    minus = "-" if sign else ""
    numbers = re.split(r"[ -]+", words.lower()) if words else []
    if _english(numbers) is None or _decimals(decimals) == "?":
        return match[0]
    if part is None:
        before = match.string[: match.start()].removesuffix(" ").removesuffix("\\text{").rstrip()
        times = r"\times " if before[-1:].isdecimal() else ""  # 1.5 million
        return f"{minus}{times}{_english(numbers)}{_decimals(decimals)}" if numbers else match[0]
    bottom = _PARTS[part.lower() if part.lower() in _PARTS else part.lower().rstrip("s")]
    if not numbers:
        return f"{minus}1/{bottom}"
    if joined or count:  # two and a half, three and two thirds
        top = _ONES.get((count or "one").lower(), 1)
        return f"{minus}{_english(numbers)} {top}/{bottom}"
    if len(numbers) == 2 and numbers[0] in _TENS and numbers[1] in _ONES and part.lower().endswith("th"):
        return match[0]  # an ordinal: twenty-one third
    return f"{minus}{_english(numbers)}/{bottom}"


def _english(words: list[str]) -> int | None:
    """Return the value of a numeral, or None where the words are several: five and six, nineteen eighty four."""
    total = group = 0
    smallest = _NO_DIGIT  # a digit fits behind what ends in more zeros
    for position, word in enumerate(words):
        if word == "and":
            if words[position - 1] not in SCALES:
                return None
        elif word in _ONES or word in _TENS:
            value = _ONES.get(word, 0) + _TENS.get(word, 0)
            if value >= smallest or (value < 1 and len(words) > 1):
                return None
            group, smallest = group + value, 10 if value >= 20 else 1
        elif word == "hundred":
            if not 0 < group < 100 and position:
                return None
            group, smallest = max(group, 1) * 100, _NO_DIGIT
        else:
            total, group, smallest = total + max(group, 1) * SCALES[word], 0, _NO_DIGIT
    return total + group


def _decimals(words: str | None) -> str:
    """Return the digits behind "point", which are named one by one; "?" where they are not."""
    digits = [_ONES.get(word, 10) for word in words.lower().split()] if words else []
    return "?" if any(digit > 9 for digit in digits) else "." + "".join(map(str, digits)) if digits else ""


def _from_chinese(match: re.Match[str]) -> str:
    sign, percent, hundredths, places, whole, bottom, top, number, decimals = match.groups()
    minus = "-" if sign else ""
    if percent:
        return f"{minus}{_chinese(hundredths)}{_after_point(places)}%"
    if bottom:
        return f"{minus}{_chinese(whole) + ' ' if whole else ''}{_chinese(top)}/{_chinese(bottom)}"
    before = match.string[match.start() - 1 : match.start()]
    if number in "十百千万亿" and not sign and len(number) == 1 and number != "十":
        return match[0]
    if (
        before == "第"
        or not _AFTER.match(match.string, match.end())
        or (before and before not in " ,:=+-(>约$}是为午晨晚")
    ):
        return match[0]
    return f"{minus}{_chinese(number)}{_after_point(decimals)}"


def _chinese(numeral: str) -> str:
    if not re.fullmatch(_INTEGER, numeral):
        return numeral
    if not set(numeral) & (_PLACES.keys() | _MYRIADS.keys()):
        return "".join(str(_DIGITS[character]) for character in numeral)
    total = group = digit = 0
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _PLACES:
            group, digit = group + (digit or 1) * _PLACES[character], 0
        elif character == "万":
            total, group, digit = total + (group + digit) * 10**4, 0, 0
        else:
            total, group, digit = (total + group + digit) * 10**8, 0, 0
    return str(total + group + digit)


def _after_point(decimals: str | None) -> str:
    return "." + "".join(str(_DIGITS[character]) for character in decimals) if decimals else ""


def _times_myriad(match: re.Match[str]) -> str:
    scale = 1
    for character in match[2]:
        scale *= _PLACES.get(character, _MYRIADS.get(character, 1))
    whole, _, decimals = match[1].partition(".")
    digits = len(str(scale)) - 1
    shifted = whole + decimals[:digits].ljust(digits, "0")
    return shifted + (f".{decimals[digits:]}" if decimals[digits:] else "")
