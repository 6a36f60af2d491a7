"""A process that is warm and waits: for each call it forks one that becomes the program.

It is told on standard input how to begin, and is asked over a socket: {"seconds"} with three descriptors, the text
and what takes the output and the errors, which it hands on unread; it answers {"status"} when the program has ended.
A line in between means that nobody waits for the program any more, the end of the socket that nobody ever will.
"""

import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from mathkit.sandbox import TIMED_OUT, enclosure, kernel, program
from mathkit.sandbox.preludes import PRACTICE

_DESCRIPTORS = 3
_PATIENCE = 30.0  # seconds for a program that does nothing


class _Server:
    def __init__(self, asking: socket.socket, settings: dict[str, Any]) -> None:
        self._asking = asking
        self._isolated: bool = settings["isolated"]
        self._memory: int = settings["memory"]
        self._folder: str = settings["folder"]
        self._answer: str | None = settings["answer"]
        self._names: dict[str, Any] = {}
        self._ended, woken = os.pipe()  # readable when a child has ended
        for end in (self._ended, woken):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken)

    def warm(self, prelude: str) -> None:
        """Load what programs need, and run the prelude, whose names they begin with."""
        sys.path = [path for path in sys.path if Path(path).exists()]
        import numpy  # noqa: F401
        import sympy  # noqa: F401

        os.environ.clear()
        exec(compile(PRACTICE, "<practice>", "exec"), {})  # noqa: S102
        exec(compile(prelude, "<prelude>", "exec"), self._names)  # noqa: S102
        gc.collect()
        gc.freeze()  # what is never looked at again stays shared with the forks

    def try_out(self) -> None:
        """Run an empty program; raise Missing where even that does not work."""
        said, saying = os.pipe()
        status = self._call(_PATIENCE, [os.open(os.devnull, os.O_RDONLY), os.dup(saying), saying])
        if status:
            *_, reason = os.read(said, 1 << 16).decode().splitlines() or [f"an empty program ended with {status}"]
            raise kernel.Missing(reason.removeprefix(f"{kernel.__name__}.Missing: "))
        os.close(said)

    def serve(self) -> None:
        """Answer until the other side has gone."""
        while True:
            request, descriptors, _, _ = socket.recv_fds(self._asking, 1 << 12, _DESCRIPTORS)
            if not request:
                return
            if descriptors:
                status = self._call(json.loads(request)["seconds"], descriptors)
                self._asking.sendall(json.dumps({"status": status}).encode() + b"\n")

    def _call(self, seconds: float, descriptors: list[int]) -> int:
        scratch = None if self._isolated else tempfile.mkdtemp(prefix="mathkit-", dir=self._folder)
        began = time.monotonic()
        child = self._fork(seconds, descriptors, scratch)
        for descriptor in descriptors:
            os.close(descriptor)
        ended, status, used = 0, 0, None
        is_late = False
        while not ended:
            left = began + seconds - time.monotonic()
            ready, _, _ = select.select([self._ended, self._asking.fileno()], [], [], max(left, 0))
            is_late = not ready
            if is_late or self._asking.fileno() in ready:  # nobody waits any more, or ever will
                self._kill(child)
                _, status, used = os.wait4(child, 0)
                break
            os.read(self._ended, 1 << 10)
            ended, status, used = os.wait4(child, os.WNOHANG)
        if scratch:
            _kill_group(child)
            shutil.rmtree(scratch, ignore_errors=True)
        code = os.waitstatus_to_exitcode(status)
        is_late |= code == -signal.SIGKILL and used is not None and used.ru_utime + used.ru_stime >= int(seconds)
        return TIMED_OUT if is_late else code if code >= 0 else 128 - code

    def _kill(self, child: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # with it, all processes of its namespace
        if not self._isolated:
            _kill_group(child)

    def _fork(self, seconds: float, descriptors: list[int], scratch: str | None) -> int:
        """Start the program and return its process."""
        if scratch is not None:
            return os.fork() or self._become(seconds, descriptors, scratch)
        told, telling = os.pipe()
        between = os.fork()
        if not between:  # what is forked next is the first process of its own namespace
            try:
                enclosure.begin_processes()
                child = os.fork() or self._become(seconds, descriptors, scratch)
                os.write(telling, str(child).encode())
            finally:
                os._exit(0)
        os.close(telling)
        os.waitpid(between, 0)  # its child is now this process's
        number = os.read(told, 32)
        os.close(told)
        return int(number)

    def _become(self, seconds: float, descriptors: list[int], scratch: str | None) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
            os.closerange(_DESCRIPTORS, os.sysconf("SC_OPEN_MAX"))
            os.setsid()
            if scratch is None:
                enclosure.mount_scratch()
                enclosure.limit(seconds, self._memory, processes=True)
                enclosure.give_up_rights()
            else:
                os.chdir(scratch)
                enclosure.limit(seconds, self._memory, processes=False)
            program.become(self._names, self._answer)
        finally:
            traceback.print_exc()
            os._exit(1)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def main() -> None:
    """Enter the enclosure, say whether that went well, and serve."""
    settings = json.load(sys.stdin)
    asking = socket.socket(fileno=settings["socket"])
    problem: dict[str, str] = {}
    try:
        if settings["isolated"]:
            enclosure.enter()
            enclosure.begin_processes()
            if server := os.fork():
                asking.close()
                os.waitpid(server, 0)
                return
            kernel.die_with_parent(signal.SIGKILL)
        serving = _Server(asking, settings)
        serving.warm(settings["prelude"])
        serving.try_out()
    except kernel.Missing as missing:
        problem = {"missing": str(missing)}
    except Exception as error:  # noqa: BLE001  the caller's prelude may raise anything
        problem = {"failed": traceback.format_exception_only(error)[-1].strip()}
    asking.sendall(json.dumps(problem).encode() + b"\n")
    if not problem:
        with suppress(ConnectionError):  # nobody waits any more
            serving.serve()
    os._exit(0)  # what SymPy built need not be taken down


if __name__ == "__main__":
    main()
