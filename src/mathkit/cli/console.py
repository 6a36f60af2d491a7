"""What the program says to a person, on standard error."""

import sys


def say(message: str) -> None:
    """Print a line on standard error, if anybody reads it."""
    if sys.stderr is None:
        return
    try:
        print(message, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return
