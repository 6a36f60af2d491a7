"""The finished steps of a long run, kept in a folder, so that a run that was killed goes on where it was.

A step is a file that appears whole or not at all. The folder remembers what the run was asked, and a run that was asked
something else is refused.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from mathkit.durable import hold_alone, replace_file
from mathkit.errors import UsageError

_KEY = "run.json"


class Checkpoint:
    """A folder of finished steps. The process that holds it is the only one."""

    def __init__(self, folder: Path, asked: Mapping[str, Any]) -> None:
        """Open or make the folder; raise UsageError where it holds a run that was asked something else."""
        self._folder = folder
        try:
            folder.mkdir(exist_ok=True)
            self._lock = (folder / "lock").open("wb")
        except OSError as error:
            raise UsageError(f"{folder}: {error.strerror}") from None
        hold_alone(self._lock, str(folder))
        before = self.load(_KEY)
        if before is None:
            self.save(_KEY, orjson.dumps(dict(asked), option=orjson.OPT_INDENT_2))
        elif differing := _differing(orjson.loads(before), orjson.loads(orjson.dumps(dict(asked)))):
            raise UsageError(
                f"{folder}: holds the steps of a run with another {', '.join(differing)}; "
                "remove it, or name another folder"
            )

    def path(self, name: str) -> Path:
        """Return where the file of a step is, or will be."""
        return self._folder / name

    def load(self, name: str) -> bytes | None:
        """Return what a step left, or None where it was not finished."""
        path = self.path(name)
        return path.read_bytes() if path.is_file() else None

    def save(self, name: str, data: bytes) -> None:
        """Keep what a step left: on disk, under its name, and whole."""
        replace_file(self.path(name), data)


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys([*before, *now]) if before.get(name) != now.get(name)]
