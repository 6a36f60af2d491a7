r"""Find the final answer in a completion.

An answer can be marked: \boxed{}, GSM8K's "####", "the answer is", 答案. Of several marks of the first kind that
occurs, the last counts. Without one, prose ends with its answer often enough: its last number is taken.
"""

import re

from mathkit.text import CJK, last_boxed

_CODE = re.compile(r"```(?:python|py)\b.*?(?:```|\Z)", re.DOTALL)
_PHRASE = re.compile(
    r"(?:\banswer(?:\s+to\s+(?:the|this)\s+(?:problem|question))?\s*(?:is|are|:|=)+|^A\s*:|(?:最终|正确)?答案?\s*(?:是|为|：|:)+"
    r"|故选|应选)[\s:：*]*",
    re.IGNORECASE | re.MULTILINE,
)
_MATH = re.compile(r"\$([^$\n]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]")
_SENTENCE_END = re.compile(r"[.;!](?=\s|$)|[。；！\n]|<\||\*\*")
_NUMBER_THEN_WORD = re.compile(
    rf"([-+]?[$€£¥￥]?\s?-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*/\s*\d+)?%?)"
    rf"(?=[{CJK}]|\s+(?!(?:or|and|to|pi|ln|log|sqrt|sin|cos|tan|mod|times|plus|minus|over)\b)[A-Za-z]{{2}})"
)
_NUMBER = re.compile(r"(?<![\w.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?%?|(?<![\w.])-?\.\d+")
_WORD = re.compile(r"(?<![\\a-zA-Z])(?:[A-Za-z]{2,}|I\b)")
_WRAPPED_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mbox)\s*\{[^{}]*\}")
_PROSE_WORDS, _PROSE_CHARACTERS = 4, 6
_LONGEST = 1000  # characters in which a marked answer ends


def extract_answer(text: str) -> str | None:
    r"""Return the final answer of a text, or None where nothing looks like one.

    >>> extract_answer(r"Adding, we get $\boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    >>> extract_answer("She has 3 + 4 = 7 apples left in all, which is 7 apples.")
    '7'
    >>> extract_answer("x^2 + 3")
    """
    return marked_answer(text) or (_last_number(text) if is_prose(text) else None)


def marked_answer(text: str) -> str | None:
    r"""Return the answer that a text marks as such, or None.

    >>> marked_answer("The answer is 43 seashells. Next question: ...")
    '43'
    >>> marked_answer("答案是：12米。")
    '12'
    """
    boxed = last_boxed(text)
    if boxed is not None:
        return boxed.strip() or None
    for rest in reversed(text.split("####")[1:]):
        found = _trimmed(rest[:_LONGEST].strip(" \t").partition("\n")[0].partition("**")[0])
        if found:
            return found
    for phrase in reversed(list(_PHRASE.finditer(text))):
        rest = text[phrase.end() : phrase.end() + _LONGEST]
        if math := _MATH.match(rest):
            return next(part for part in math.groups() if part).strip()
        end = _SENTENCE_END.search(rest)
        if found := _trimmed(rest[: end.start()] if end else rest):
            return found
    return None


def choice(text: str, gold: str | None) -> str | None:
    """Return the last letter of a multiple choice that stands by itself in a text, if the gold answer is a letter.

    >>> choice("So (B) cannot be, and C is right.", "A")
    'C'
    """
    if gold is None or gold.strip() not in ("A", "B", "C", "D", "E"):
        return None
    letters = re.findall(r"(?<![A-Za-z\\])([A-E])(?![A-Za-z'’])", text)
    return letters[-1] if letters else None


def _trimmed(found: str) -> str | None:
    """Return a marked answer without what stands around it: marks, the rest of its sentence, its noun."""
    found = found.strip("*# \t\r\n")
    if not re.search(r"[\w\\]", found):
        return None
    if is_prose(found) and (last := _last_number(found)):
        return last
    if number := _NUMBER_THEN_WORD.match(found):
        return number[1].strip()
    return found.rstrip(".。,，").strip() or None


def is_prose(text: str) -> bool:
    """Return whether a text says more than an answer: words, Chinese, or several lines."""
    plain = _WRAPPED_TEXT.sub(" ", text)
    return (
        len(_WORD.findall(plain)) >= _PROSE_WORDS
        or len(re.findall(f"[{CJK}]", plain)) >= _PROSE_CHARACTERS
        or "\n" in text.strip()
    )


def is_bare(text: str) -> bool:
    """Return whether a text is an answer and nothing else: mathematics without words, or a number and its noun."""
    plain = _WRAPPED_TEXT.sub(" ", text)
    return not _WORD.search(plain) or bool(_NUMBER_THEN_WORD.match(plain) and not is_prose(text))


def _last_number(text: str) -> str | None:
    numbers = _NUMBER.findall(_CODE.sub(" ", text))  # what a program prints is an answer, what it says is not
    return numbers[-1] if numbers else None
