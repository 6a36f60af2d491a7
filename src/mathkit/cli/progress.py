"""How far a command is, on standard error: a bar on a terminal, or a plain line every few seconds."""

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mathkit.cli.console import say
from mathkit.jsonl import Tally

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Shows the count of records read; silent unless standard error is a terminal or `plain` asks for lines."""

    def __init__(self, command: str, *, quiet: bool, plain: bool) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._command = command
        alone = terminal and not (sys.stdout and sys.stdout.isatty())  # a bar would garble the records
        self._shows_bar = alone and not plain and not quiet and os.environ.get("TERM") != "dumb"
        self._shows_lines = plain and not quiet
        self._bar: Bar | None = None
        self._start = self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self._shows_bar:
            from rich.console import Console
            from rich.progress import Progress as Bar
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

            self._bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(f"mathkit {self._command}")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, tally: Tally) -> None:
        """Take note of one more record."""
        if not self._bar and not self._shows_lines:
            return
        now = time.monotonic()
        if self._bar and now - self._last > 0.1:
            self._last = now
            self._bar.update(self._task, description=self._line(tally, now))
        elif self._shows_lines and now - self._last > _SECONDS_BETWEEN_LINES:
            self._last = now
            say(self._line(tally, now))

    def _line(self, tally: Tally, now: float) -> str:
        seconds = max(now - self._start, 1e-9)
        tokens = f", {tally.tokens / seconds:,.0f} tokens/s" if tally.tokens else ""
        return (
            f"mathkit {self._command}: {tally.read:,} read, {tally.kept:,} kept, "
            f"{tally.rejected:,} rejected, {tally.read / seconds:,.1f} records/s{tokens}"
        )
