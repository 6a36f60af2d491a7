"""The command line: one file for each command, its options and its few lines of wiring."""

from typing import Annotated

import typer

from mathkit import __version__
from mathkit.cli.command import register
from mathkit.cli.decontam import decontam
from mathkit.cli.dedup import dedup
from mathkit.cli.eval import eval
from mathkit.cli.recall import recall
from mathkit.cli.rft_sample import rft_sample
from mathkit.cli.vote import vote

app = typer.Typer(
    name="mathkit",
    help="Composable tools for building mathematical language models: JSON Lines in, JSON Lines out.",
    epilog="\b\nEvery command is a filter: mathkit COMMAND [OPTIONS] [FILE]...\nIts --help tells the rest.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"mathkit {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


register(app, recall)
register(app, dedup)
register(app, decontam)
register(app, rft_sample)
register(app, vote)
register(app, eval)


def main() -> None:
    """Run the program with the process's own arguments; always ends in SystemExit."""
    app(prog_name="mathkit")
