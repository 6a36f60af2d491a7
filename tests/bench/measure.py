"""What the benches share: environments of the peers, the cost of a process, tables.

Seconds and CPU seconds come from wait4 for the one process: user and system time, its descendants' included. Memory
does not, for the maximum that wait4 gives is inherited by a process that was forked from a large one, and of several
processes it is the largest only. It is sampled in /proc every 50 ms instead: the peak that the kernel keeps of a
process alone, and of several the sum of their proportional set sizes, which counts a shared page once.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, NamedTuple

PEERS = Path(__file__).parent / "peers"
CACHE = Path(os.environ.get("MATHKIT_CACHE", "~/.cache/mathkit")).expanduser() / "bench"
MATHKIT = [sys.executable, "-m", "mathkit"]
_SAMPLE = 0.05  # seconds


class Cost(NamedTuple):
    """What a process took: wall-clock seconds, CPU seconds, peak bytes of memory."""

    seconds: float
    cpu: float
    memory: int


class Failed(Exception):
    """A process ended with a status other than 0; the message is the end of what it said."""


def measured(command: Sequence[str | Path], *, cores: int | None = None) -> Cost:
    """Run a command to its end, on the first `cores` cores (all by default), and return its cost.

    Its standard output is dropped; name a file among its arguments.
    """
    ours = command[: len(MATHKIT)] == MATHKIT
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(everywhere)[:cores])
    start = monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=None if ours else _clean_environment()
    )
    os.sched_setaffinity(0, everywhere)
    said: list[bytes] = []
    reader = threading.Thread(target=_read, args=(process.stderr, said))
    reader.start()
    sampler = _MemorySampler(process.pid)
    sampler.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    sampler.stop()
    reader.join()
    if process.returncode:
        raise Failed(b"".join(said).decode(errors="replace").strip()[-500:] or f"status {process.returncode}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, sampler.peak)


def attempt(name: str, command: Sequence[str | Path], *, cores: int | None = None) -> Cost | None:
    """Return the cost of a command; None, and say why, if it fails: a peer that fails is left out."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        return measured(command, cores=cores)
    except Failed as failure:
        print(f"{name}: left out, for it failed: {failure}", file=sys.stderr)
        return None


def _read(pipe: IO[bytes] | None, into: list[bytes]) -> None:
    assert pipe is not None
    with pipe:
        into.append(pipe.read())


def _clean_environment() -> dict[str, str]:
    """Return the environment without what would let a peer import mathkit's packages in place of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


class _MemorySampler(threading.Thread):
    """Watches the memory of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        ended = False
        while not ended:
            tree = list(_tree(self._pid))
            alone = len(tree) == 1
            name, field = ("status", "VmHWM") if alone else ("smaps_rollup", "Pss")
            self.peak = max(self.peak, sum(_kilobytes(pid, name, field) for pid in tree) * 1024)
            ended = self._ended.wait(_SAMPLE)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _tree(pid: int) -> Iterable[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(children).split():
            yield from _tree(int(child))


def _kilobytes(pid: int, name: str, field: str) -> int:
    match = re.search(rf"^{field}:\s+(\d+) kB", _text(Path(f"/proc/{pid}/{name}")), re.MULTILINE)
    return int(match[1]) if match else 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""


def python_with(name: str, requirements: Sequence[str]) -> Path | None:
    """Return the interpreter of a peer's own environment, made on first use; None if it cannot be made, and say so.

    Environments stand in $MATHKIT_CACHE/bench/NAME (by default ~/.cache/mathkit/bench/NAME); delete one to renew it.
    """
    folder = CACHE / name
    marker, content = folder / "installed", f"{sys.version}\n" + "\n".join(requirements)
    python = folder / "bin" / "python"
    if marker.exists() and marker.read_text() == content:
        return python
    print(f"installing {', '.join(requirements)} into {folder}", file=sys.stderr, flush=True)
    make = [sys.executable, "-m", "venv", "--clear", folder]
    fill = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    for command in (make, fill):
        done = subprocess.run(command, env=_clean_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: left out, for it cannot be installed: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    marker.write_text(content)
    return python


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table whose first column is flush left and whose others are flush right."""
    lines = [list(headers), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *cells]), flush=True)


def megabytes(count: int) -> str:
    """Return a number of bytes in millions."""
    return f"{count / 1e6:,.0f} MB"
