"""What a model's reply holds: numbered blocks, and the labelled parts of a block.

A block stands between a line ##1 and a line ##end1 (the markers of MuggleMath and DotaMath, made one), so that one
which the token limit cut off is known by its missing end.
"""

import re
from collections.abc import Collection
from itertools import pairwise
from typing import NamedTuple

from mathkit.recipes.made import NOT_PARSED, TRUNCATED, Flaw, truncated, unread
from mathkit.records import Sample

_MARK = re.compile(  # not GSM8K's ####
    r"^[ \t]*#{2,3}(?!#)[ \t]*(?:(?P<number>\d{1,9})\b[.:：)]?|end[ \t]*(?P<end>\d*)[ \t]*$)[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_LABELS = {
    "problem": "(?:the[ ]+)?(?:(?:new|revised|math|translated)[ ]+)?(?:problem|question)"
    "|(?:修订后的|数学|新)?(?:问题|题目?)",
    "solution": "(?:(?:revised|translated)[ ]+)?solution|解答|解法",
    "answer": "(?:(?:revised|translated|final)[ ]+)?answer|(?:修订后的|最终)?答案",
}
_PART = re.compile(
    r"^[ \t]*(?:[*_#]+[ \t]*)?(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS.items())
    + r")[ ]?\d*[ \t]*(?:[*_]+[ \t]*)?[:：][*_]*[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)


class Block(NamedTuple):
    """A numbered block of a reply; `whole` where it has its end."""

    number: int
    text: str
    whole: bool


def blocks(reply: str) -> list[Block]:
    r"""Return the blocks of a reply in order; one without an end goes as far as the next one.

    >>> [tuple(block) for block in blocks("Sure!\n##1\na\n#### 7\n## 2. step\n##end1\n## 2. b\n##3\nc")]
    [(1, 'a\n#### 7\n## 2. step', True), (2, 'b', True), (3, 'c', False)]
    """
    marks = list(_MARK.finditer(reply))
    found: list[Block] = []
    done = 0
    for place, mark in enumerate(marks):
        if mark["number"] is None or mark.start() < done:
            continue
        later = marks[place + 1 :]
        own = (one for one in later if one["number"] is None and one["end"] in ("", mark["number"]))
        after = next(own, later[0] if later else None)
        done = after.start() if after else len(reply)
        found.append(Block(int(mark["number"]), reply[mark.end() : done].strip(), after is not None))
    return found


def parts(text: str, names: Collection[str]) -> dict[str, str]:
    r"""Return the parts of a text that have labels of these names: problem, solution, answer.

    >>> parts("**Question:** How many?\nAnswer: 3 + 4\n= 7", ["problem", "answer"])
    {'problem': 'How many?', 'answer': '3 + 4\n= 7'}
    >>> parts("问题：有几个？\n答案：7", ["problem"])
    {'problem': '有几个？\n答案：7'}
    """
    labels = [label for label in _PART.finditer(text) if label.lastgroup in names]
    found: dict[str, str] = {}
    for label, after in pairwise([*labels, None]):
        assert label
        found.setdefault(str(label.lastgroup), text[label.end() : after.start() if after else None].strip())
    return found


def problem_in(text: str) -> str:
    r"""Return the problem that a block poses, without its label, and without a solution that nobody asked for.

    >>> problem_in("Problem: Tom has 3.\nQuestion: How many?\n**Answer:** 3")
    'Tom has 3.\nQuestion: How many?'
    """
    start, end = 0, len(text)
    for label in _PART.finditer(text):
        if label.lastgroup != "problem":
            end = label.start()
            break
        if not text[: label.start()].strip():
            start = label.end()
    return text[start:end].strip()


def problem_blocks(reply: Sample) -> list[Block | Flaw]:
    """Return the blocks of a reply that pose a problem each, and what is wrong with the others."""
    found: list[Block | Flaw] = []
    for block in blocks(reply["text"]):
        if not block.whole and truncated(reply):
            found.append(Flaw(TRUNCATED, block.text))
        elif problem := problem_in(block.text):
            found.append(block._replace(text=problem))
        else:
            found.append(Flaw(NOT_PARSED, block.text))
    return found or [unread(reply)]
