"""How a function becomes a command: the options that all share, its stream, its summary, its exit status."""

import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from mathkit.cli import options
from mathkit.cli.progress import Progress
from mathkit.errors import MathkitError
from mathkit.jsonl import Stream, Tally

BROKEN_PIPE = 141  # 128 + SIGPIPE, as the shell reports a program that writes to nobody
INTERRUPTED = 130  # 128 + SIGINT


def _shared(
    files: options.Files = None,
    output: options.Output = None,
    rejects: options.Rejects = None,
    bad_lines: options.BadLines = "fail",
    limit: options.Limit = None,
    map: options.Map = None,
    jobs: options.Jobs = None,
    seed: options.Seed = 0,
    quiet: options.Quiet = False,
    progress: options.Progress = False,
) -> None:
    """Hold the options of every command in its signature."""


def register(app: typer.Typer, command: Callable[..., None]) -> None:
    """Add `command(stream, **its own options)` to the program.

    Its name is the function's. Its docstring is its help; what follows "Example:" ends it, printed as it is.
    """
    name = command.__name__.replace("_", "-")
    text, _, example = inspect.cleandoc(command.__doc__ or "").partition("Example:\n")
    lines = "\n".join(line for line in inspect.cleandoc(example).splitlines())
    shared = inspect.signature(_shared).parameters
    own = list(inspect.signature(command).parameters.values())[1:]

    def run(**given: Any) -> None:
        common = {option: given.pop(option) for option in shared}
        raise typer.Exit(_run(name, command, given, **common))

    parameters = [*own, *shared.values()]
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    )
    app.command(name, help=text, epilog=f"\b\nExample:\n{lines}", short_help=text.splitlines()[0])(run)


def _run(
    name: str,
    command: Callable[..., None],
    own: dict[str, Any],
    *,
    files: list[str] | None,
    output: str | None,
    rejects: str | None,
    bad_lines: str,
    limit: int | None,
    map: list[str] | None,
    jobs: int | None,
    seed: int,
    quiet: bool,
    progress: bool,
) -> int:
    """Run a command over its stream and return the exit status; nothing a user did ends in a traceback."""
    if not files and sys.stdin and sys.stdin.isatty():
        say(f"mathkit {name}: reading records from the terminal; Ctrl-D ends them")
    meter = Progress(name, files or [], quiet=quiet, plain=progress)
    stream = Stream(
        command=name,
        files=files or [],
        output=output,
        rejects=rejects,
        skip_bad_lines=bad_lines == "skip",
        limit=limit,
        renames=options.renames(map or []),
        jobs=jobs or len(os.sched_getaffinity(0)),
        seed=seed,
        on_record=meter.update,
        on_bad_line=lambda message: say(f"mathkit {name}: {message}: skipped"),
    )
    try:
        with meter, stream:
            command(stream, **own)
    except MathkitError as error:
        say(f"mathkit {name}: {error}")
        return error.status
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        say(f"mathkit {name}: interrupted; {_counts(stream.tally)}")
        os._exit(INTERRUPTED)  # what is written is flushed; worker threads may still be busy
    except OSError as error:
        say(f"mathkit {name}: {error.filename or 'input or output'}: {error.strerror or error}")
        return MathkitError.status
    if not quiet:
        say(f"mathkit {name}: {_counts(stream.tally)}")
    return 0


def say(message: str) -> None:
    """Print a line on standard error, if anybody reads it."""
    try:
        print(message, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return


def _counts(tally: Tally) -> str:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in tally.reasons.most_common())
    why = f" ({reasons})" if reasons else ""
    return f"{tally.read:,} read, {tally.kept:,} kept, {tally.rejected:,} rejected{why}, {tally.written:,} written"
