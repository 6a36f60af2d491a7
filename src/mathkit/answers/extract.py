r"""Find the final answer in a completion.

An answer can be marked: \boxed{}, GSM8K's "####", "the answer is", 答案. Of several marks of the first kind that
occurs, the last counts. Without one, prose ends with its answer often enough: its last number is taken, or the
formula that this stands in.
"""

import re

from mathkit.text import CJK, boxed

_CODE = re.compile(r"```(?:python|py)\b.*?(?:```|\Z)", re.DOTALL)
_PHRASE = re.compile(
    r"(?:\banswer(?:\s+to\s+(?:the|this)\s+(?:problem|question))?(?:\s+here)?\s*\**\s*(?:is|are|:|=|：)+(?:\s*(?:option|choice)\b)?|^A\s*:"
    r"|\b(?:correct|right)\s+(?:option|choice)\s+is"
    r"|(?:最终|正确|故)?答案?\s*\**\s*(?:(?:应该是|应为|是|为|：|:)+(?:选项?)?|选项?)|故应?选|应选|所以选|因此选|选择)[\s:：*]*",
    re.IGNORECASE | re.MULTILINE,
)
_MATH = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_SENTENCE_END = re.compile(r"[.;!](?=\s|$)|[。；！．](?=\s|$|[^\d]*$)|\n|<\||\*\*")
_NUMBER_THEN_WORD = re.compile(
    rf"([-+]?(?:\\?[$€£¥￥])?\s?-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*/\s*\d+)?%?)"
    rf"(?=[{CJK}]|\s+(?!(?:or|and|to|pi|ln|log|sqrt|sin|cos|tan|mod|times|plus|minus|over)\b)[A-Za-z]{{2}})"
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?%?|(?<![A-Za-z0-9_.])-?\.\d+")
_PRICE = re.compile(r"([-+]?)\\?[$€£¥￥]\s?(?=-?[\d.])")
_WORD = re.compile(r"(?<![\\a-zA-Z])(?:[A-Za-z]{2,}|I\b)")
_VERB = re.compile(
    r"(?<![\\a-zA-Z])(?:is|are|was|were|equals|gets?|gives?|have|has|had|obtain|becomes|makes?)(?![a-zA-Z])"
)
_WRAPPED_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mbox)\s*\{[^{}]*\}")
_PROSE_WORDS, _PROSE_CHARACTERS = 4, 6
_LONGEST = 1000  # characters in which a marked answer ends
_LONGEST_SENTENCE = 2000  # characters in which the boxes of a list of answers stand


def extract_answer(text: str) -> str | None:
    r"""Return the final answer of a text, or None where nothing looks like one.

    >>> extract_answer(r"Adding, we get $\boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    >>> extract_answer("She has 3 + 4 = 7 apples left in all, which is 7 apples.")
    '7'
    >>> extract_answer("x^2 + 3")
    """
    marked = marked_answers(text)
    if marked is not None:
        return marked[0] if marked else None
    return _last_of_prose(text) if is_prose(text) else None


def possible_answers(text: str, gold: str | None) -> list[str]:
    """Return what could be the final answer of a text, what is likeliest first, none where it has none.

    A gold answer that is a letter makes the last letter that stands alone an answer.
    """
    marked = marked_answers(text)
    if marked is not None:
        return marked
    letter = choice(text, gold)
    if letter:
        return [letter]
    whole = text.strip().strip("*").strip()
    if not whole:
        return []
    if not is_prose(text):
        return [whole]
    last = _last_of_prose(text)
    if last is None and "```" in text:
        return []  # a program that nobody ran
    is_line = "\n" not in whole and len(whole) <= _LONGEST
    return [last, *([whole] if is_line and last != whole else [])] if last else [whole]


def marked_answers(text: str) -> list[str] | None:
    r"""Return the answers that a text marks as such, what is likeliest first, or None where it has no mark.

    The list is empty where the mark is a box that was cut off.

    >>> marked_answers("The answer is 43 seashells. Next question: ...")
    ['43', '43 seashells']
    >>> marked_answers(r"The roots are \boxed{1} and \boxed{2}."), marked_answers(r"so \boxed{12")
    (['2', '1, 2'], [])
    """
    if boxes := boxed(text):
        return _boxed_answers(text, boxes)
    for rest in reversed(text.split("####")[1:]):
        if found := _trimmed(rest[:_LONGEST].strip(" \t").partition("\n")[0].partition("**")[0]):
            return found
    for phrase in reversed(list(_PHRASE.finditer(text))):
        rest = text[phrase.end() : phrase.end() + _LONGEST]
        if math := _MATH.match(rest):
            formula = next(part for part in math.groups() if part).strip()
            end = _SENTENCE_END.search(rest, math.end())
            behind = rest[math.end() : end.start() if end else None].strip()
            return [formula, f"{formula} {behind}"] if behind and len(behind) < 30 else [formula]
        end = _SENTENCE_END.search(rest)
        if found := _trimmed(rest[: end.start()] if end else rest):
            return found
    return None


def marked_answer(text: str) -> str | None:
    """Return the likeliest of the answers that a text marks as such, or None."""
    marked = marked_answers(text)
    return marked[0] if marked else None


def choice(text: str, gold: str | None) -> str | None:
    """Return the last letter of a multiple choice that stands by itself in a text, if the gold answer is a letter.

    >>> choice("So (B) cannot be, and C is right.", "A")
    'C'
    """
    if gold is None or gold.strip() not in ("A", "B", "C", "D", "E"):
        return None
    letters = re.findall(r"(?<![A-Za-z\\])([A-E])(?![A-Za-z'’])", text)
    return letters[-1] if letters else None


def _boxed_answers(text: str, boxes: list[tuple[int, int]]) -> list[str]:
    """Return what the last box holds, and all boxes of its sentence as a list."""
    start, end = boxes[-1]
    if end < 0 or not (last := text[start:end].strip()):
        return []
    offset = max(0, start - _LONGEST_SENTENCE)
    sentence = max(
        [text.rfind("\n\n", offset, start), offset]
        + [offset + match.end() for match in re.finditer(r"[.!?。！？](?=\s)", text[offset:start])]
    )
    together = [text[a:b].strip() for a, b in boxes if a >= sentence]
    return [last, ", ".join(together)] if len(together) > 1 else [last]


def _trimmed(found: str) -> list[str]:
    """Return a marked answer without what stands around it, and with it: its noun, its currency."""
    found = found.strip("*# \t\r\n")
    if not re.search(r"[\w\\]", found):
        return []
    whole = found.rstrip(".。,，").strip()
    if is_prose(found) and (last := _last_of_prose(found)):
        return [last, whole] if last != whole else [last]
    number = _NUMBER_THEN_WORD.match(found)
    bare = number[1].strip() if number else whole
    if re.fullmatch(r"[-+]?\s?\\?[$€£¥￥]\s?-?[\d,.]+", bare):
        bare = _PRICE.sub(r"\1", bare)
    return [bare, whole] if bare != whole else [bare]


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
    return not _WORD.search(plain) or bool(_NUMBER_THEN_WORD.match(plain) and not is_prose(text))


def _last_of_prose(text: str) -> str | None:
    """Return the last number of a text, or the formula that it stands in."""
    text = _CODE.sub(" ", text)  # what a program prints is an answer, what it says is not
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return None
    last = numbers[-1]
    begin = max(0, last.start() - _LONGEST)
    for math in _MATH.finditer(text, begin, min(len(text), last.end() + _LONGEST)):
        if math.start() < last.start() < math.end():
            formula = next(part for part in math.groups() if part)
            return formula.rpartition("=")[2].strip(" .,") or last[0]
    return last[0]
