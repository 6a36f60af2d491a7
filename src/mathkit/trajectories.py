"""Solutions that alternate prose, programs in ```python blocks, and what these printed in ```output blocks."""

import re

from mathkit.records import Message

OUTPUT = "```output"  # begins a block of output; a model that writes it waits for the rest
LONGEST_OUTPUT = 256  # characters (Qwen-Agent, tir_agent.py)

_PROGRAM = re.compile(r"```(?:python|py)[ \t]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_OUTPUT = re.compile(r"^```output[ \t]*\n(.*?^```[ \t]*(?:\n|\Z)|.*\Z)", re.DOTALL | re.MULTILINE)
_CUT = " ... "


def output_spans(text: str) -> list[tuple[int, int]]:
    r"""Return where tool output stands in a solution, closing fence included: what no model wrote.

    The fence that opens it is not part of it. A model has to write that one to be given the rest.

    >>> text = "```python\nprint(6 * 7)\n```\n```output\n42\n```\nSo it is 42."
    >>> [text[begin:end] for begin, end in output_spans(text)]
    ['42\n```\n']
    """
    return [match.span(1) for match in _OUTPUT.finditer(text)]


def as_turns(text: str) -> list[Message]:
    r"""Return a solution as turns of assistant and tool, so that what a tool said is not learnt as if it was written.

    >>> [turn["role"] for turn in as_turns("```python\nprint(6 * 7)\n```\n```output\n42\n```\nIt is 42.")]
    ['assistant', 'tool', 'assistant']
    """
    turns: list[Message] = []
    end = 0
    for match in _OUTPUT.finditer(text):
        turns.append(Message(role="assistant", content=text[end : match.start()].rstrip("\n")))
        output = match[1].rstrip().removesuffix("```").rstrip("\n")
        turns.append(Message(role="tool", content=output))
        end = match.end()
    rest = text[end:]
    if rest.strip() or not turns:
        turns.append(Message(role="assistant", content=rest))
    return turns


def last_program(text: str) -> str | None:
    r"""Return the last complete program of a solution.

    >>> last_program("First\n```python\nx = 1\n```\nthen\n```python\nx = 2\n```\nand\n```python\nx =")
    'x = 2\n'
    """
    programs = _PROGRAM.findall(text)
    return programs[-1] if programs else None


def requested_program(text: str) -> str | None:
    r"""Return the program that a model has just written and waits for; None where it went on to an answer.

    >>> requested_program("```python\nprint(1)\n```\nIt is \\boxed{1}.") is None
    True
    """
    matches = list(_PROGRAM.finditer(text))
    return str(matches[-1][1]) if matches and "boxed" not in text[matches[-1].end() :] else None


def with_output(text: str, output: str) -> str:
    r"""Return a solution with a block of output appended.

    >>> with_output("```python\nprint(1)\n```", "1\n")
    '```python\nprint(1)\n```\n```output\n1\n```\n'
    """
    text += "" if text.endswith("\n") or not text else "\n"
    return f"{text}{OUTPUT}\n{output.strip()}\n```\n"


def shorten(text: str) -> str:
    """Return a text of at most LONGEST_OUTPUT characters, both ends kept, that cannot close its block.

    >>> len(shorten("1" * 1000)), shorten("```")
    (256, "'''")
    """
    text = text.replace("```", "'''")
    if len(text) <= LONGEST_OUTPUT:
        return text
    end = (LONGEST_OUTPUT - len(_CUT)) // 2
    return text[: LONGEST_OUTPUT - len(_CUT) - end] + _CUT + text[-end:]
