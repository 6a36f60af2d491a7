"""What a model would be asked, and about how much that is, without asking it."""

import re
from collections.abc import Iterable

import typer

from mathkit.cli.console import say
from mathkit.records import Message
from mathkit.text import CJK

_CHARACTERS = 4  # of Latin script and LaTeX to a token, about; a Chinese character is one
_IDEOGRAPH = re.compile(f"[{CJK}]")


def show_plan(conversations: Iterable[list[Message]], *, samples: int, longest: int) -> None:
    """Say what is asked first, how much is asked in all, and end the run.

    `samples` are drawn of each conversation, of `longest` tokens at most.
    """
    count = tokens = 0
    for messages in conversations:
        if not count:
            for message in messages:
                say(f"[{message['role']}]\n{message['content']}\n")
        count += 1
        tokens += sum(estimated_tokens(message["content"]) for message in messages)
    say(
        f"{count:,} prompts of about {tokens:,} tokens in all; {count * samples:,} completions, "
        f"{count * samples * longest:,} tokens at most. Nothing was asked (--dry-run)"
    )
    raise typer.Exit


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text is.

    >>> estimated_tokens("小明有三个苹果"), estimated_tokens("four apples and three")
    (7, 6)
    """
    ideographs = len(_IDEOGRAPH.findall(text))
    return ideographs + -(-(len(text) - ideographs) // _CHARACTERS)
