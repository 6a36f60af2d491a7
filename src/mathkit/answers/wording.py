"""Answers in words: multiple choice, phrases that mean the same."""

import re

from mathkit.expressions.notation import plain

_CHOICE = re.compile(
    r"(?:(?:option|choice|answer)\b[ :：]*|选项?[:：]?|故选[:：]?)? ?"
    r"(?P<open>[(\[] ?)?(?P<letter>[A-H])(?(open) ?[)\]])[).:]?",
    re.IGNORECASE,
)
_OTHER_CHOICE = r"(?<![A-Za-z])\(?[A-H][).:、．]|\b(?:not|wrong|incorrect|false|or)\b|[错不]"
_CHOICE_AND_TEXT = re.compile(
    rf"[(\[]?(?P<letter>[A-H]|[a-h](?=\) [\w$]))(?:[)\]] |[.:、．)] ?)(?!.*(?:{_OTHER_CHOICE})).+",
    re.DOTALL,
)
_CHOICES = re.compile(r"(?:选项?|故选)?[:：]?\s*\(?([A-H](?:\)?(?:,|、|and|和|&|\s)*\(?[A-H])+)\)?")
_PUNCTUATION = re.compile(r"[\s\"“”。!！]+|(?<=\w)-(?=\w)|(?<!\d)\.|\.(?!\d)")
_ARTICLE = re.compile(r"\b(?:the|an?)\b(?= )")
WRAPPED = re.compile(r"\\text\s*\{([^{}]*)\}")
SAME_WORDS = {
    synonym: meaning
    for meaning, synonyms in {
        "no solution": "no solutions, there is no solution, there are no solutions, none, no real solution, "
        "no real solutions, no such number exists, no solution exists, has no solution, empty set, null set, empty, "
        "equation has no solution, there are no real solutions, 无解, 方程无解, 原方程无解, 无实数解, 方程无实数解, "
        "没有解, 空集",
        "does not exist": "dne, undefined, 不存在, doesn't exist, limit does not exist, not exist, 无意义, not defined",
        "yes": "是, 是的, 能, 可以",
        "no": "否, 不是, 不能, 不可以",
        "true": "正确, 对, √",
        "false": "错误, 错, 不正确, ×, incorrect",
        "all real numbers": "all reals, all real number, all real values, all real x, all real numbers x, "
        "real numbers, any real number, every real number, set of all real numbers, x is any real number, "
        "全体实数, 任意实数, 一切实数, 所有实数",
        "infinity": "正无穷, 无穷大, 正无穷大, positive infinity, 无穷",
        "infinitely many": "infinitely many solutions, infinite number of solutions, infinite solutions, "
        "there are infinitely many solutions, 无数个, 无穷多, 无穷多个, 无数, 无穷多解, 无数解",
        "even": "偶数, even number",
        "odd": "奇数, odd number",
        "monday": "星期一, 周一", "tuesday": "星期二, 周二", "wednesday": "星期三, 周三", "thursday": "星期四, 周四",
        "friday": "星期五, 周五", "saturday": "星期六, 周六", "sunday": "星期日, 星期天, 周日",
    }.items()
    for synonym in (meaning, *synonyms.split(", "))
}  # fmt: skip


def choices(answer: str) -> frozenset[str] | None:
    """Return the letters that an answer to a multiple choice names, or None where it is none.

    >>> sorted(choices("(B) 12") or []), sorted(choices("A, C and D") or []), choices("AB = 5"), choices("(a)^2")
    (['B'], ['A', 'C', 'D'], None, None)
    """
    text = " ".join(WRAPPED.sub(r"\1", plain(answer)).split())
    if text == "e":
        return None  # Euler's number
    if match := _CHOICE.fullmatch(text) or _CHOICE_AND_TEXT.fullmatch(text):
        return frozenset(match["letter"].upper())
    if match := _CHOICES.fullmatch(text):
        letters = re.findall("[A-H]", match[1])
        return frozenset(letters) if len(set(letters)) == len(letters) else None
    return None


def words(text: str) -> str:
    r"""Return a text in words without what does not count: case, articles, wrappers, punctuation.

    >>> words(r"\text{The Empty  set}."), words("Evelyn")
    ('no solution', 'evelyn')
    """
    bare = WRAPPED.sub(r"\1", text).replace("\\ ", " ").lower()
    bare = " ".join(
        re.sub(
            r"[\s\"“”。!！]+|(?<=\w)-(?=\w)|(?<!\d)\.|\.(?!\d)", " ", _ARTICLE.sub(" ", bare.strip(" .,。*"))
        ).split()
    )
    bare = bare.replace("\\circ", "°").strip("{} ")
    return SAME_WORDS.get(bare, bare)
