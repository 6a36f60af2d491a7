"""The mathkit program; `python -m mathkit` is the same."""

import os
import warnings

INTERRUPTED = 130  # 128 + SIGINT


def main() -> None:
    """Run the program with the process's own arguments; always ends in SystemExit."""
    try:
        _open_missing_streams()
        warnings.simplefilter("ignore", SyntaxWarning)  # of programs that models wrote
        from mathkit.cli import run

        run()
    except KeyboardInterrupt:  # before a command has begun
        os._exit(INTERRUPTED)


def _open_missing_streams() -> None:
    """Take the place of a standard stream that is closed, or a data file would get its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # writing to it fails, and is said


if __name__ == "__main__":
    main()
