"""Options that mean the same in every command that has them."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from typer import Argument, BadParameter, Option
from typer.models import OptionInfo

from mathkit.cli.config import take_config
from mathkit.jsonl import Stream
from mathkit.jsonl.files import STANDARD
from mathkit.jsonl.shard import Shard as StreamShard


def renames(pairs: list[str]) -> list[tuple[str, str]]:
    """Return the (new, old) names of NEW=OLD pairs.

    >>> renames(["answer=gt"])
    [('answer', 'gt')]
    """
    split = [pair.partition("=") for pair in pairs]
    for (new, _, old), pair in zip(split, pairs, strict=True):
        if not new or not old or new == old:
            raise BadParameter(f"{pair!r} is not NEW=OLD", param_hint="'--map'")
    return [(new, old) for new, _, old in split]


def shard(text: str | None) -> StreamShard | None:
    """Return the part of the input that I/N names.

    >>> shard("2/3")
    Shard(number=2, of=3)
    """
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,8})", text)
    if not found or int(found[1]) > int(found[2]):
        raise BadParameter(f"{text!r} is not I/N with I from 1 to N", param_hint="'--shard'")
    return StreamShard(int(found[1]), int(found[2]))


def _between_0_and_1(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:  # NaN is not
        raise BadParameter(f"{value} is not between 0 and 1")
    return value


def share_option(help: str, metavar: str = "P") -> OptionInfo:
    """Return an option that takes a number between 0 and 1."""
    return cast(OptionInfo, Option(metavar=metavar, callback=_between_0_and_1, help=help))


Files = Annotated[
    list[str] | None,
    Argument(metavar="FILE ...", help="JSON Lines, plain, .gz or .zst, in order; none or - is standard input."),
]
Output = Annotated[
    str | None,
    Option("-o", "--output", metavar="FILE", help="Write here, not to standard output; .gz and .zst compress."),
]
Rejects = Annotated[
    str | None, Option(metavar="FILE", help="Write what is not passed on here, whole, with the reason.")
]
BadLines = Annotated[
    Literal["fail", "skip"],
    Option(metavar="fail|skip", help="At a line that cannot be read: stop with status 65, or go on."),
]
Limit = Annotated[int | None, Option(min=0, metavar="N", help="Read only the first N records.")]
Map = Annotated[
    list[str] | None,
    Option("--map", metavar="NEW=OLD", help="Rename a field on reading; repeatable."),
]
Jobs = Annotated[
    int | None,
    Option(
        "-j",
        "--jobs",
        min=1,
        metavar="N",
        help="Work on so many at a time; the output is the same.  [default: cores]",
    ),
]
Seed = Annotated[int, Option(min=0, max=2**31 - 1, metavar="N", help="Seed of all that is random.")]
Quiet = Annotated[
    bool, Option("-q", "--quiet", help="Nothing on standard error but errors: no progress, summary or table.")
]
Shard = Annotated[
    str | None, Option(metavar="I/N", help="Take only part I (from 1) of N, which ids tell; all parts make the whole.")
]
Config = Annotated[
    Path | None,
    Option(
        metavar="FILE", is_eager=True, callback=take_config, help="Take options from this TOML file, by their names."
    ),
]
Manifest = Annotated[
    Path | None, Option(metavar="FILE", help="Write what the run was: versions, options, counts, hashes.")
]
Progress = Annotated[bool, Option("--progress", help="A line of progress every few seconds.")]

Model = Annotated[
    list[str] | None,
    Option(
        metavar="[KIND:]WHERE",
        help="vllm:NAME_OR_DIR, hf:NAME_OR_DIR, http://HOST:PORT/v1#NAME (repeatable), tape:FILE, or smollm2-135m, the "
        "embedded model.",
    ),
]
Engine = Annotated[
    list[str] | None,
    Option(
        metavar="KEY=VALUE",
        help="An option of vLLM (max-model-len=4096), or concurrency, retries, timeout (seconds) of a server; "
        "repeatable.",
    ),
]
Tape = Annotated[
    str | None,
    Option(metavar="FILE", help="Keep every completion here; what is on it is never asked for again."),
]
Samples = Annotated[int, Option("-n", "--samples", min=1, metavar="N", help="Completions for each problem.")]
Temperature = Annotated[
    str, Option(metavar="T[,T...]", help="Sampling temperature; several are taken in turn; 0 is greedy.")
]
TopP = Annotated[float, share_option("Sample from the most likely tokens of this total.")]
MaxTokens = Annotated[int, Option(min=1, metavar="N", help="Longest completion.")]
System = Annotated[str, Option(metavar="TEXT", help="System prompt; empty for none.")]
SystemOfMode = Annotated[
    str | None, Option("--system", metavar="TEXT", help="System prompt; empty for none.  [default: that of --mode]")
]
Mode = Annotated[
    Literal["cot", "tir", "pot"],
    Option(
        metavar="cot|tir|pot",
        help="Solutions in prose; in prose with programs that are run in between; or one program, whose output counts.",
    ),
]
MaxPrograms = Annotated[int, Option(min=1, metavar="N", help="Programs that are run in one solution, with --mode tir.")]
UnsafeExec = Annotated[
    bool, Option("--unsafe-exec", help="Run programs without isolation where the machine offers none.")
]
PromptFile = Annotated[
    Path | None,
    Option(
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="User prompt with {problem} where the problem stands.",
    ),
]
Shots = Annotated[
    str | None,
    Option(metavar="FILE", help="Worked examples (problem, solution), shown before each problem."),
]
As = Annotated[
    Literal["groups", "messages"],
    Option("--as", metavar="groups|messages", help="Write problems with samples, or training examples."),
]
DryRun = Annotated[bool, Option("--dry-run", help="Show the first prompt and how much would be asked; ask nothing.")]


_WRITTEN = ("output", "rejects", "manifest", "report", "plot", "domains", "save", "tape")
_READ = ("files", "config", "against", "positives", "negatives", "labelled", "shots", "prompt_file", "model")


def check_distinct(asked: Mapping[str, Any]) -> None:
    """Raise a usage error where a file is to be written that another option writes or reads.

    An input may be the output, too, which takes its place when all is read.
    """
    places = {
        (name, os.path.realpath(path)): path
        for name in (*_WRITTEN, *_READ)
        for value in [asked.get(name)]
        for given in (value if isinstance(value, list) else [value])
        for path in ([] if given is None else [str(given).removeprefix("tape:")])
        if path != STANDARD and (Path(path).is_file() or (name in _WRITTEN and not Path(path).exists()))
    }
    for (name, place), path in places.items():
        for other, _ in (key for key in places if key[1] == place and key[0] != name):
            if name in _WRITTEN and {name, other} not in ({"output", "files"}, {"output", "rejects"}):
                hint = "'FILE'" if other == "files" else f"'--{other.replace('_', '-')}'"
                raise BadParameter(f"{path} is what --{name} writes", param_hint=hint)


def check_report(path: Path | None) -> None:
    """Raise a usage error for a report that cannot be written, before any work is done."""
    check_writable(path, "--report")


def check_writable(path: Path | None, option: str) -> None:
    """Raise a usage error for a file that cannot be written, before any work is done."""
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise BadParameter(f"{path} cannot be written", param_hint=f"'{option}'")


def check_plot(path: Path | None) -> None:
    """Raise an error for a plot that cannot be drawn or written, before any work is done."""
    if path is None:
        return
    from mathkit.metrics import require_matplotlib

    if path.suffix.lower() != ".png":
        raise BadParameter(f"{path} does not end in .png", param_hint="'--plot'")
    if path.is_dir() or not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise BadParameter(f"{path} cannot be written", param_hint="'--plot'")
    require_matplotlib()


def check_standard_input(stream: Stream, paths: Iterable[str], option: str) -> None:
    """Raise a usage error where an option takes standard input from the records."""
    if STANDARD in paths and (not stream.files or STANDARD in stream.files):
        raise BadParameter("the records are read from standard input", param_hint=f"'{option}'")
