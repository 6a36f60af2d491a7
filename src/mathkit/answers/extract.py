r"""Find the final answer in a completion.

An answer can be marked: \boxed{}, GSM8K's "####", "the answer is", 答案. Of several marks of the first kind that
occurs, the last counts. Without one, prose ends with its answer often enough: its last number is taken, or the
formula that this stands in.
"""

import re

from mathkit.answers.prose import LONGEST, formulas, is_prose, last_values, stated
from mathkit.answers.wording import choices
from mathkit.text import boxed

_PHRASE = re.compile(
    r"""
    (?: \banswers?(?:\s+choice)?(?:\s+to\s+(?:the|this)\s+(?:problem|question))?(?:\s+here)?\s{0,5}\*{0,4}\s{0,5}
        (?: (?:is|are|would\ be|will\ be|should\ be|must\ be|:|=|：)+
        (?:\s*(?:therefore|thus|hence|simply|just|exactly))?(?:\s*(?:option|choice)\b)? )
      | ^[^\w\n]{0,20}(?:final\ )?answer[^\w\n]{0,20}\n
      | ^(?:A|Ans)\s*:
      | \b(?:correct|right)\s+(?:option|choice)\s{0,5}\*{0,4}\s{0,5}(?:is|:)
      | <answer>
      | (?:最终|正确|故)?答(?:案】?)?\s{0,5}\*{0,4}\s{0,5}
        (?: (?:应该是|应为|大?约[是为]|是|为|：|:|(?<=】))+(?:选项?)? | 选择?(?:选项)? )
      | (?:最终|最后|所以)?结果(?:应该是|应为|是|为|：|:)+
      | ^选(?:项)?(?=\s*[A-H])
      | (?:正确)(?:的)?选项(?:是|为|：|:)
      | (?<!不)(?:故|应|故应|所以|因此|所以应|因此应)选(?:择)?(?:选项)? | (?<!不)选择(?:选项)?
    )[\s:：*`]*
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_SENTENCE_END = re.compile(
    r"(?<!\bsq)(?<!\bcu)(?<!\bi\.e)(?<!\be\.g)(?<!\bi)(?<!\be)[.;](?=\s|$|</)|(?<=[a-z])!(?=\s|$)"
    r"|[。；！．](?=\s|$|[^\d]*$)|\n|<\||</|\*\*"
)
_BOLD_JOINT = re.compile(r"\*\*\s*(or|and|或|和|,)\s*\*\*")
_MARK = re.compile(r"####(?:\s*(?<!\*\*####)\*\*)?")  # #### **5**, but not **####** 5
_HEADING = re.compile(r"[A-Za-z][^\n]*\n\s*\S")
_RULED_OUT = re.compile(
    r"(?:(?:\bnot|n't|\bcannot)(?:\s+be)?|不(?:可能|会|应该|应|能)?(?:是|选)|并非|排除)\s*(?:option|choice|选项)?\s*"
    r"\(?[A-E]\)?(?:[、,]\(?[A-E]\)?)*(?![A-Za-z])"
    r"|(?<![A-Za-z])[A-E](?:[、,][A-E])*\)?\s*(?:项)?(?:\s+(?:is|are)\s+(?:wrong|incorrect|false|not)|均?[错不])"
    r"|(?<![A-Za-z])E\s*="
)
_COMPUTED = re.compile(
    r"(?:[A-Za-z]{3,}(?:[ :,]+|(?==)))*=?[\s+\-*/×÷().,]*\d[\d\s+\-*/×÷().,]*=\s*([^=]*)"
)  # Total = 3 × 4 = 12 apples
_LETTERS = re.compile(r"(?<![A-Za-z])[A-H](?:(?:、|,|，|and|和|\s)*[A-H])+(?![A-Za-z])")
_CIRCLED = re.compile(r"[①-⑳](?:[、,，和\s]*[①-⑳])*")
_LEADING_CHOICE = re.compile(r"\W*\(?([A-E])(?:[.、．]|\))\s")
_LONGEST_BETWEEN = 60  # characters between two boxes of a list of answers
_BETWEEN_BOXES = re.compile(
    r"[\s$\\()\[\]]*(?:,\s*(?:and|or)?|，|、|and|or|和|或)[\s$\\()\[\]]*(?:[A-Za-z]\w*\s*=\s*)?\\(?:boxed|fbox)\s*\{"
)


def extract_answer(text: str) -> str | None:
    r"""Return the final answer of a text, or None where nothing looks like one.

    >>> extract_answer(r"Adding, we get $\boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    >>> extract_answer("She has 3 + 4 = 7 apples left in all, which is 7 apples.")
    '7'
    >>> extract_answer("x^2 + 3")
    """
    marked = marked_answers(text)
    if marked is None:
        marked = last_values(_said(text)) if is_prose(text) else []
    return marked[0] if marked else None


def possible_answers(text: str, gold: str | None) -> list[str]:
    """Return what could be the final answer of a text, what is likeliest first, none where it has none.

    A gold answer that is a letter makes the last letter that stands alone an answer.
    """
    marked = marked_answers(text)
    return unmarked_answers(text, gold) if marked is None else marked


def unmarked_answers(text: str, gold: str | None) -> list[str]:
    """Return what could be the final answer of a text that marks none; where nothing else is, the whole text."""
    text = _said(text)
    letter = choice(text, gold)
    if letter:
        return [letter]
    whole = text.strip().strip("*").strip()
    if not whole:
        return []
    if not is_prose(text):
        computed = _COMPUTED.fullmatch(whole[:LONGEST])
        return [whole, *(stated(computed[1]) if computed else [])]
    last = last_values(text)
    if not last and "```" in text:
        return []  # a program that nobody ran
    is_line = "\n" not in whole and len(whole) <= LONGEST
    return [*last, *([whole] if (is_line and whole not in last) or not last else [])]


def marked_answers(text: str) -> list[str] | None:
    r"""Return the answers that a text marks as such, what is likeliest first, or None where it has no mark.

    The list is empty where the mark is a box that was cut off.

    >>> marked_answers("The answer is 43 seashells. Next question: ...")
    ['43', '43 seashells']
    >>> marked_answers(r"The roots are \boxed{1} and \boxed{2}."), marked_answers(r"so \boxed{12")
    (['2', '1, 2'], [])
    """
    text = _said(text)
    if boxes := boxed(text):
        return _boxed_answers(text, boxes)
    for mark in reversed(list(_MARK.finditer(text))):
        rest = text[mark.end() : mark.end() + LONGEST].strip(" \t#")
        if not _HEADING.match(rest) and (found := stated(rest.partition("\n")[0].partition("**")[0])):
            return found
    for phrase in reversed(list(_PHRASE.finditer(text))):
        rest = text[phrase.end() : phrase.end() + LONGEST]
        if text.count("**", text.rfind("\n", 0, phrase.start()) + 1, phrase.end()) % 2 == 0:
            rest = rest.replace("**", "")  # else what is bold ends with the answer
        rest = _BOLD_JOINT.sub(r" \1 ", rest)
        if math := formulas(rest):
            formula, stop = math
            end = _SENTENCE_END.search(rest, stop)
            behind = rest[stop : end.start() if end else None].strip(" .,，")
            found = stated(formula) or [formula]
            return [*found, f"{formula} {behind}"] if behind and len(behind) < 30 else found
        end = _SENTENCE_END.search(rest)
        if found := stated(rest[: end.start()] if end else rest):
            return found
    return None


def marked_answer(text: str) -> str | None:
    """Return the likeliest of the answers that a text marks as such, or None."""
    marked = marked_answers(text)
    return marked[0] if marked else None


def choice(text: str, gold: str | None) -> str | None:
    """Return the last letter of a multiple choice that stands by itself in a text, if the gold answer is a letter.

    Where the gold answer is several letters or circled numbers, the last such are returned.

    >>> choice("So (B) cannot be, and C is right.", "A"), choice("Hence A and C are true.", "AC")
    ('C', 'A and C')
    """
    if gold is None:
        return None
    if gold.strip() not in ("A", "B", "C", "D", "E"):
        several = _LETTERS if len(choices(gold) or "") > 1 else _CIRCLED if _CIRCLED.search(gold) else None
        found = list(several.finditer(text)) if several else []
        return found[-1][0] if found else None
    if leading := _LEADING_CHOICE.match(text):
        return leading[1]
    text = _RULED_OUT.sub(" ", text)
    letters = re.findall(r"(?<![A-Za-z\\])([A-E])(?![A-Za-z'’])", text)
    return letters[-1] if letters else None


def _boxed_answers(text: str, boxes: list[tuple[int, int]]) -> list[str]:
    """Return what the last box holds, and where commas or "and" join it to others, all of them as a list."""
    start, end = boxes[-1]
    if end < 0 or not (last := text[start:end].strip()):
        return []
    together = [last]
    for box, following in zip(reversed(boxes[:-1]), reversed(boxes[1:]), strict=True):
        between = text[box[1] + 1 : following[0]]
        if len(between) > _LONGEST_BETWEEN or not _BETWEEN_BOXES.fullmatch(between):
            break
        together.insert(0, text[box[0] : box[1]].strip())
    return [last, ", ".join(together)] if len(together) > 1 else [last]


def _said(text: str) -> str:
    """Return what a text says after it has thought."""
    return text.rpartition("</think>")[2]
