"""Processes that a library starts for us: Ctrl-C is not theirs to heed, and they end when we do, however that is.

vLLM's engine, left alone, answers Ctrl-C with tracebacks, and stays where we are killed, and the GPU's memory with it.
"""

import atexit
import multiprocessing
import signal
import subprocess
import threading
from collections.abc import Callable
from multiprocessing import resource_tracker
from typing import Any, TypeVar

T = TypeVar("T")

# It waits for a word from us, or for our end.
_WATCH = 'read -r word && exit 0; kill -KILL "$@" 2>/dev/null'


def start_guarded(start: Callable[[], T]) -> T:
    """Return start(), which may start processes; these do not heed Ctrl-C, and are killed once we are gone.

    It runs in a thread where the signal is blocked, as it then is in what is started there, while we still heed it.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        resource_tracker.ensure_running()  # which would unblock it
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            results.append(start())
        except BaseException as error:  # noqa: BLE001 - raised where it was asked for
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        for process in _processes():
            process.kill()
        raise
    if errors:
        raise errors[0]
    _watch()
    return results[0]


def _watch() -> None:
    """Start a shell that kills our processes once we are gone without a word."""
    processes = [str(process.pid) for process in _processes()]
    if not processes:
        return
    shell = subprocess.Popen(
        ["/bin/sh", "-c", _WATCH, "sh", *processes],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def all_is_well() -> None:  # a library ends its processes itself when we end in peace
        shell.communicate(b"end\n")

    atexit.register(all_is_well)


def _processes() -> list[Any]:
    """Return the processes that were started through multiprocessing, and those that these started."""
    import psutil  # comes with vLLM

    children = [psutil.Process(child.pid) for child in multiprocessing.active_children()]
    return [process for child in children for process in [child, *child.children(recursive=True)]]
