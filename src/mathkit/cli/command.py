"""How a function becomes a command: the options that all share, its stream, its summary, its exit status."""

import inspect
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any

import typer

from mathkit.cli import options
from mathkit.cli.console import say
from mathkit.cli.manifest import Manifest
from mathkit.cli.progress import Progress
from mathkit.errors import MathkitError
from mathkit.jsonl import Stream, Tally

BROKEN_PIPE = 141  # 128 + SIGPIPE, as the shell reports a program that writes to nobody
SOME_FAILED = 75  # EX_TEMPFAIL: run again
INTERRUPTED = 130  # 128 + SIGINT


@dataclass
class Common:
    """The options of every command."""

    files: options.Files = None
    output: options.Output = None
    rejects: options.Rejects = None
    bad_lines: options.BadLines = "fail"
    limit: options.Limit = None
    shard: options.Shard = None
    map: options.Map = None
    jobs: options.Jobs = None
    seed: options.Seed = 0
    quiet: options.Quiet = False
    progress: options.Progress = False
    manifest: options.Manifest = None
    config: options.Config = None


def register(app: typer.Typer, command: Callable[..., None], *, reads: str | None = None) -> None:
    """Add `command(stream, its own options)` to the program.

    `reads` says what its files hold, if not JSON Lines; without fields there is nothing for --map to rename.

    Its name is the function's. A parameter that is a dataclass stands for a group of options, one for each field.
    Its docstring is its help; what follows "Example:" ends it, printed as it is.
    """
    name = command.__name__.replace("_", "-")
    text, _, example = inspect.cleandoc(command.__doc__ or "").partition("Example:\n")
    own = list(inspect.signature(command).parameters.values())[1:]
    groups: dict[str, Any] = {option.name: option.annotation for option in own if is_dataclass(option.annotation)}
    groups["common"] = Common

    def run(**given: Any) -> None:
        asked = dict(given)
        made = {
            group: kind(**{option.name: given.pop(option.name) for option in fields(kind) if option.name in given})
            for group, kind in groups.items()
        }
        common = made.pop("common")
        options.check_writable(common.manifest, "--manifest")
        options.check_distinct(asked)
        manifest = Manifest(common.manifest, name, asked) if common.manifest else None
        raise typer.Exit(_run(name, common, manifest, lambda stream: command(stream, **made, **given)))

    parameters = [parameter for parameter in own if parameter.name not in groups]
    for kind in groups.values():
        parameters += inspect.signature(kind).parameters.values()
    if reads:
        files = Annotated[
            list[str] | None, typer.Argument(metavar="FILE", help=f"{reads}; none or - is standard input.")
        ]
        parameters = [
            parameter.replace(annotation=files) if parameter.name == "files" else parameter
            for parameter in parameters
            if parameter.name != "map"
        ]
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    )
    epilog = f"\b\nExample:\n{inspect.cleandoc(example)}"
    app.command(name, help=text, epilog=epilog, short_help=text.splitlines()[0])(run)


def _run(name: str, common: Common, manifest: Manifest | None, command: Callable[[Stream], None]) -> int:
    """Run a command over its stream and return the exit status."""
    files = common.files or []
    if not files and sys.stdin and sys.stdin.isatty():
        say(f"mathkit {name}: reading records from the terminal; Ctrl-D ends them")
    meter = Progress(name, quiet=common.quiet, plain=common.progress)
    stream = Stream(
        command=name,
        files=files,
        output=common.output,
        rejects=common.rejects,
        skip_bad_lines=common.bad_lines == "skip",
        limit=common.limit,
        shard=options.shard(common.shard),
        renames=options.renames(common.map or []),
        jobs=common.jobs or len(os.sched_getaffinity(0)),
        seed=common.seed,
        quiet=common.quiet,
        digests=manifest is not None,
        on_record=meter.update,
        on_bad_line=lambda message: say(f"mathkit {name}: {message}: skipped"),
    )
    status = _status(name, stream, meter, command)
    if manifest:
        try:
            manifest.write(stream, status)
        except OSError as error:
            say(f"mathkit {name}: --manifest {manifest.path}: {error.strerror}")
            status = status or MathkitError.status
    if status == INTERRUPTED:
        os._exit(INTERRUPTED)  # what is written is flushed; worker threads may still be busy
    return status


def _status(name: str, stream: Stream, meter: Progress, command: Callable[[Stream], None]) -> int:
    """Return the exit status that a command ends with; nothing a user did ends in a traceback."""
    tally = stream.tally
    try:
        with meter, stream:
            command(stream)
    except MathkitError as error:
        if tally.settled and not stream.quiet:
            say(f"mathkit {name}: {_counts(tally)}")
        say(f"mathkit {name}: {error}")
        return error.status
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        say(f"mathkit {name}: interrupted; {_counts(tally)}")
        return INTERRUPTED
    except OSError as error:
        say(f"mathkit {name}: {error.filename or 'input or output'}: {error.strerror or error}")
        return MathkitError.status
    if not stream.quiet:
        say(f"mathkit {name}: {_counts(tally)}")
    if tally.failed:
        why, count = tally.failures.most_common(1)[0]
        say(f"mathkit {name}: {tally.failed:,} failed, {count:,} of them so: {why}")
        say(f"mathkit {name}: run again; with --tape only these are asked for once more")
    return SOME_FAILED if tally.failed else 0


def _counts(tally: Tally) -> str:
    why = f" ({_listed(tally.reasons)})" if tally.reasons else ""
    left = tally.read - tally.settled  # when a run stops: the bad line, and what was under way
    failed = f", {tally.failed:,} failed" if tally.failed else ""
    unfinished = f", {left:,} unfinished" if left else ""
    return (
        f"{tally.read:,} read, {tally.kept:,} kept, {tally.rejected:,} rejected{why}{failed}{unfinished}, "
        f"{tally.written:,} written"
        + (f"; of what was made {tally.refused.total():,} refused ({_listed(tally.refused)})" if tally.refused else "")
    )


def _listed(reasons: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
