"""A model that says what is written down for it, and the tapes of the golden cases that it speaks.

`python -m tests.scripted` makes the tape of each folder that has `replies` (a JSON string a line, in the order in which
the model is asked) anew: do that when a prompt has changed.
"""

import json
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from unittest.mock import patch

from mathkit.backends import Completion, Request
from mathkit.records import Message
from tests.conftest import CASES

LENGTH = "[length]"  # ends a reply that the token limit cut off
TOO_LONG = "[prompt too long]"  # the reply of a model that has no room for one


class Scripted:
    """A model that gives its replies in order, and remembers what it was asked."""

    def __init__(self, replies: Iterable[str], name: str = "scripted") -> None:
        self.name = name
        self.asked: list[list[Message]] = []
        self.stops: list[tuple[str, ...]] = []
        self._replies = iter(replies)

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        for request in requests:
            self.asked.append(request.messages)
            self.stops.append(request.stop)
            text = next(self._replies)
            end = "length" if text.endswith(LENGTH) else "prompt_too_long" if text == TOO_LONG else "stop"
            text = text.removesuffix(LENGTH).removesuffix(TOO_LONG)
            yield [(request, Completion(text, end, len(text.split())))]


def record_tape(folder: Path) -> None:
    """Run the command of a folder with the scripted model, and record what that says."""
    from mathkit.backends.tape import Tape
    from mathkit.cli import app

    os.chdir(folder)
    words = [word for word in shlex.split(Path("cmd").read_text()) if word not in ("--rejects", "/dev/stderr")]
    tape = words[words.index("--model") + 1].removeprefix("tape:")
    Path(tape).unlink(missing_ok=True)
    model = Scripted(map(json.loads, Path("replies").read_text().splitlines()))
    files = ["stdin"] if Path("stdin").exists() else []
    with patch("mathkit.backends.open_model", lambda *_: Tape(tape, model)):
        status = app([folder.parent.name, *words, *files, "-q", "-j", "1", "-o", os.devnull], standalone_mode=False)
    assert status == 0, f"{folder.name}: the run ended with {status}"


if __name__ == "__main__":
    for replies in sorted(CASES.glob("*/*/replies")):
        record_tape(replies.parent)
