"""Find answers in prose: the values and formulas in it, and what stands around a stated answer."""

import re

from mathkit.text import CJK

LONGEST = 1000  # characters in which a stated answer ends
MATH = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$|\$\s*\n([^$]{1,600}?)\n\s*\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_CODE = re.compile(r"```(?:python|py)\b.*?(?:```|\Z)", re.DOTALL)
_ONE_SIGN = str.maketrans({"−": "-", "–": "-", "﹣": "-", "％": "%", "（": "(", "）": ")", "＝": "="})
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_NUMBER = rf"[-+]?(?:\\?[$€£¥￥])?\s?-?(?:{_DIGITS})"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen|percent|per cent)\b"
_AMOUNT = (
    rf"(?:{_NUMBER})(?:[eE][+-]?\d+)?(?:[½⅓⅔¼¾⅛⅜⅝⅞]|\s\d+/\d+)?(?:\s?/\s?\d+)?(?:\^\{{?-?\d+\}}?)?(?:\s?√\d+)?π?(?:\s?[万亿])?"
    rf"(?:\s?\\sqrt\{{[^{{}}]*\}}|\s?\\pi(?![a-z]))?(?:\s?\\?%|\s{_SCALE})?"
    r"|[-+]?√\d+|[-+]?π|[½⅓⅔¼¾⅛⅜⅝⅞]|-?\\[dt]?frac\{[^{}]*\}\{[^{}]*\}|-?\\sqrt(?:\[\d\])?\{[^{}]*\}"
)
_COORDINATE = r"\s*[-+]?[\d.,/√π∞]+\s*"
_CLOCK = r"\d+:\d+(?::\d+)?(?:\s?[ap]\.?m\.?)?"
_VALUE = rf"{_CLOCK}|[(\[]{_COORDINATE}(?:,{_COORDINATE})+[)\]]|{_AMOUNT}"
_ANY_VALUE = re.compile(rf"(?<![A-Za-z0-9_.\\,])(?:{_VALUE})")
_BEFORE_PART = re.compile(
    r"(?:[A-Za-z)\]]\s*[<>≤≥]|[\w)\]}]\s*[-+]\s*|\d\s*[*×·]|[\^!/{_]|\b(?:sqrt|log|ln|sin|cos|tan|than|between|Figure|Table|Step)\s*\(?|百分之|[大小]于)\s*$"
)
_BEHIND_PART = re.compile(
    r"!(?=[\s.]|$)|\s?pi\b|[⁰¹²³⁴⁵⁶⁷⁸⁹]|\^|\*\*\d|的倍数|次方|倍|\s?(?:halves|thirds|fourths|fifths|tenths)\b"
)
_NEGATED = re.compile(
    r"(?:\bnot\b|n't\b|\bcannot\b|不可能|不会|不是|不等于|并非)(?:(?!\b(?:is|are|was)\b)[^.,;。，；\d]){0,20}$"
)
_NO_SOLUTION = re.compile(r"\bno (?:real )?solutions?\b|无(?:实数)?解")
_STARTING_VALUE = re.compile(rf"(?:{_VALUE})")
_OPERATOR_WORD = (
    r"(?:or|and|to|pi|ln|log|sqrt|sin|cos|tan|mod|times|plus|minus|over|x|hundred|thousand|million|billion|trillion|dozen"
    r"|squared|cubed|percent|per|factorial|halves|half|thirds?|quarters|fourths?|fifths?|tenths?|more|less|choose)\b"
)
_OPERATION = re.compile(
    r"\b(?:not|cannot|roots?|squared?|cubed?|log|factorial|plus|minus|times|divided|half|twice|more than|less than"
    r"|greater than|at least|at most|between|either|neither|or)\b|n't\b|[不非]|小于|大于|超过|至少|至多|平方根|倍|或"
    r"|\d\s*[+*×÷]\s*\d|\d\s+-\s+\d"
)  # what makes the last number of a statement another thing than the answer
_UNIT_BEHIND = re.compile(
    rf"\s*(?:\\text\s*\{{(?!\s*(?:and|or)\b)[^{{}}]*\}}|(?![千百万亿倍]|分之|的|次方)[{CJK}]|(?!{_OPERATOR_WORD})[A-Za-z]{{2}}|\s[mgLshldtN](?![A-Za-z^(]))"
    r"(?:(?!\b(?:and|or)\b|[和或])(?:[^=<>+,;\d]|(?<=[\^{A-Za-z-])\d))*"
)
_MONEY = re.compile(
    rf"[-+]?\s?\\?[$€£¥￥]\s?-?(?:{_DIGITS})|(?:{_NUMBER})\s?(?:dollars?|euros?|pounds?|yuan|bucks?|元|块|美元|欧元|英镑)"
)
_PARENTHESIS_BEHIND = re.compile(
    rf"(?<=\S)\s*[(\[](?!\s*(?:or|but|maybe|或)\b)(?=[^()\[\]\\]*(?:[A-Za-z]{{2}}|[≈{CJK}]))[^()\[\]\\]*[)\]]\s*$"
)
_REMARK_BEHIND = re.compile(
    r"(?:,\s*|\s+)(?:i\.?e\.?|or equivalently|that is|since|because|which|as (?:the|it|we))\b.*", re.DOTALL
)
_LETTER = re.compile(
    rf"\(?([A-J])\)?(?:选项|项)?(?=\s*(?:$|[,，;；([]\s*[^A-J]|(?:because|since|as|not|is|are)\b|(?![和或与、])[{CJK}]))(?!\s*[,，]\s*[A-J]\b)"
)
_WORD = re.compile(r"(?<![\\a-zA-Z])(?:[A-Za-z]{2,}|I\b)")
_VERB = re.compile(
    r"(?<![\\a-zA-Z])(?:is|are|was|were|equals|gets?|gives?|have|has|had|obtain|becomes|makes?)(?![a-zA-Z])"
)
_SAYS_BEFORE = re.compile(r"(?:\b(?:is|are|equals|be|get|gives|obtain)|为|是|得|有|[=:：])\s*$")
_CURRENCY_BETWEEN = re.compile(r"\A\$\d[^$]*(?<![\\A-Za-z])[A-Za-z]{3}")
_WRAPPED_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mbox)\s*\{[^{}]*\}")
_CHINESE_STATEMENT = re.compile(rf"[{CJK}]{{2,}}[^{CJK}]*\d")
_PROSE_WORDS, _PROSE_CHARACTERS = 4, 6
_TAIL = 4000  # characters at the end of a text in which its last formula stands


def is_prose(text: str) -> bool:
    """Return whether a text says more than an answer: words, a verb, Chinese, or several lines."""
    plain = _WRAPPED_TEXT.sub(" ", text)
    return (
        bool(_VERB.search(plain))
        or len(_WORD.findall(plain)) >= _PROSE_WORDS
        or len(re.findall(f"[{CJK}]", plain)) >= _PROSE_CHARACTERS
        or "\n" in text.strip()
    )


def is_bare(text: str) -> bool:
    """Return whether a text is an answer and nothing else: mathematics without words, or a number and its noun."""
    plain = _WRAPPED_TEXT.sub(" ", text)
    return not _WORD.search(plain) or bool(_number_of_something(plain) and not is_prose(text))


def last_values(text: str) -> list[str]:
    """Return the last number of a text, or the formula that it stands in or that comes after it; none without one.

    >>> last_values("She has 3 + 4 apples, so 7 apples."), last_values(r"Hence the sum is $s = \\frac{3}{4}$.")
    (['7'], ['\\\\frac{3}{4}', 's = \\\\frac{3}{4}'])
    """
    text = _CODE.sub(" ", text).translate(_ONE_SIGN)  # what a program prints is an answer, what it says is not
    tail = text[-_TAIL:]
    value = _last(_ANY_VALUE, tail)
    formula = _last_formula(tail)
    if formula and (value is None or formula.end() > value.start()):
        return _of_formula(next(part for part in formula.groups() if part).strip())
    if value is None:
        tail = text
        value = _last(_ANY_VALUE, tail)
    if value is None:
        return ["no solution"] if _NO_SOLUTION.search(text[-LONGEST:]) else []
    before = tail[max(0, value.start() - 40) : value.start()]
    is_part = _BEFORE_PART.search(before) or (value[0][0] in "+-" and re.search(r"[\w)\]}]\s*$", before[-3:]))
    if value[0][0] in "+-" and re.search(r"\b[A-Za-z]{2,}\s+$", before):
        is_part = None  # the sum is -3
    if is_part or _NEGATED.search(before) or _BEHIND_PART.match(tail, value.end()):
        return []
    return [value[0].strip()]


def _of_formula(formula: str) -> list[str]:
    """Return what a formula in prose states: behind its last sign of equality, without a unit, or all of it."""
    found = [formula]
    if "\\begin" not in formula and (after := formula.rpartition("=")[2].strip(" .,")):
        found.insert(0, after)
    if number := _number_of_something(found[0]):
        found.insert(0, number)
    return list(dict.fromkeys(found))


def stated(found: str) -> list[str]:
    """Return a stated answer without what stands around it, and with it: its noun, its currency, remarks.

    >>> stated("43 seashells"), stated("2π cm²."), stated("B, not A"), stated("1/2, i.e. 0.5"), stated("12 (apples)")
    (['43', '43 seashells'], ['2π', '2π cm²'], ['B'], ['1/2', '1/2, i.e. 0.5'], ['12', '12 (apples)'])
    """
    found = found.partition("</")[0].replace("**", "").strip("*#` \t\r\n").translate(_ONE_SIGN)
    if not re.search(r"[\w\\½⅓⅔¼¾√]", found):
        return []
    if letter := _LETTER.match(found):
        return [letter[1]]
    whole = found.rstrip(".。,，").strip()
    bare = _PARENTHESIS_BEHIND.sub("", _REMARK_BEHIND.sub("", whole)).strip() or whole
    if _MONEY.fullmatch(bare):
        return [bare]  # equal to the bare number, not to another currency
    if number := _number_of_something(bare):
        bare = number
    elif is_prose(bare) or _CHINESE_STATEMENT.match(bare):
        value = _STARTING_VALUE.match(bare)
        says_value_first = value and re.match(r"\s+(?:is|are|was)\b", bare[value.end() :])
        if value and says_value_first:
            bare = value[0].strip()
        elif not _OPERATION.search(bare):
            bare = next(iter(last_values(bare)), bare)
    elif "=" in bare and (number := _number_of_something(bare.rpartition("=")[2].strip())):
        bare = number
    return [bare, whole] if bare != whole else [bare]


def formulas(text: str) -> tuple[str, int] | None:
    """Return the formulas that a text begins with, several joined as a list, and where they end; None without one.

    >>> formulas("$1$ and $2$, which"), formulas("one")
    (('1, 2', 11), None)
    """
    found, end = [], 0
    while math := MATH.match(text, end):
        found.append(next(part for part in math.groups() if part).strip())
        last = math.end()
        joint = re.compile(r"\s*(?:,\s*(?:and|or)?|and|or|和|或|、|及)\s*").match(text, last)
        if not joint:
            return ", ".join(found), last
        end = joint.end()
    return (", ".join(found), last) if found else None


def _number_of_something(text: str) -> str | None:
    """Return the number of "43 seashells", "12cm" or "5 个", or None."""
    value = _STARTING_VALUE.match(text)
    if value and _UNIT_BEHIND.fullmatch(text, value.end()) and not is_prose(text[value.end() :]):
        return value[0].strip()
    return None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = None
    for last in pattern.finditer(text):  # noqa: B007
        pass
    return last


def _last_formula(text: str) -> re.Match[str] | None:
    """Return the last formula that states something: it has a number, a constant, or follows "is"."""
    last = None
    for math in MATH.finditer(text):
        if _CURRENCY_BETWEEN.search(_WRAPPED_TEXT.sub(" ", math[0])):
            continue  # $12 a month for 3 months = $
        if re.search(r"\d|\\pi|\\sqrt|\\infty|\\emptyset|=", math[0]) or _SAYS_BEFORE.search(text, 0, math.start()):
            last = math
    return last
