"""The command line: one file for each command, its options and its few lines of wiring."""

import gc
import sys

import typer

from mathkit import __version__
from mathkit.cli.command import register
from mathkit.cli.decontam import decontam
from mathkit.cli.dedup import dedup
from mathkit.cli.eval import eval
from mathkit.cli.extract import extract
from mathkit.cli.recall import recall
from mathkit.cli.rft_sample import rft_sample
from mathkit.cli.score import score
from mathkit.cli.synth import synth
from mathkit.cli.vote import vote

app = typer.Typer(
    name="mathkit",
    help="Composable tools for building mathematical language models: JSON Lines in, JSON Lines out.",
    epilog="\b\nmathkit COMMAND --help tells what it does, with an example.\nmathkit --version prints the version.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


register(app, extract, reads="WARC, WET or HTML, plain, gzip or zstd")
register(app, recall)
register(app, dedup)
register(app, decontam)
register(app, score)
register(app, synth)
register(app, rft_sample)
register(app, vote)
register(app, eval)


def run() -> None:
    """Run the program with the process's own arguments; always ends in SystemExit."""
    if sys.argv[1:] == ["--version"]:  # as an option of typer it would cost every command the import of pydantic
        print(f"mathkit {__version__}")
        sys.exit()
    gc.set_threshold(100_000)  # records are trees: looking for cycles among them takes time and finds none
    app(prog_name="mathkit")
