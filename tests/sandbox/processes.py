"""The sandbox's processes, as this machine sees them."""

import time
from pathlib import Path


def servers() -> set[str]:
    """Return the servers that there are, with all that they forked."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"mathkit.sandbox.server" in (folder / "cmdline").read_bytes():
                found.add(folder.name)
        except OSError:
            continue
    return found


def all_end(but: set[str]) -> bool:
    """Return whether all servers but these end; a process that was killed may take a moment."""
    deadline = time.monotonic() + 20
    while servers() - but and time.monotonic() < deadline:
        time.sleep(0.01)
    return not servers() - but
