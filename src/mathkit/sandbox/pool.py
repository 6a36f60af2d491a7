"""The side that asks: programs in, runs out, and servers that are replaced when anything about them is odd."""

import atexit
import json
import os
import queue
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self
from weakref import WeakSet

import mathkit
from mathkit.errors import MathkitError, Unavailable
from mathkit.sandbox import OUTPUT_EXCEEDED, TIMED_OUT, Run

_MEMORY = 2 << 30  # bytes of address space, of which a server's libraries take a part
_MOST_OUTPUT = 1 << 20  # bytes of output and errors together
_CUT = b"\n[cut off: the program printed more than %d bytes]\n" % _MOST_OUTPUT
_GRACE = 10.0  # seconds after which a server should have ended a program that is out of time
_START = 120.0  # seconds for a server to load what programs need
_END = 5.0  # seconds for a server to end by itself
_BLOCK = 1 << 16
_KILLED = 137

_UNAVAILABLE = (
    "the sandbox for Python programs does not work on this machine: {}; --unsafe-exec (unsafe=True) runs them without "
    "isolation, with limits on time and memory only"
)


class Pool:
    """Runs programs, up to `jobs` at a time, each in a warm process of its own; safe in threads.

    `prelude` is Python source whose names every program begins with. Where a program prints nothing and does not end
    with an expression, the value of its variable `answer` is printed. `unsafe` runs programs with limits only, as
    this user. Use it as a context manager, or close it.
    """

    def __init__(self, jobs: int, *, prelude: str = "", answer: str | None = None, unsafe: bool = False) -> None:
        self.jobs = jobs
        self._settings: dict[str, object] = {
            "isolated": not unsafe,
            "prelude": prelude,
            "answer": answer,
            "memory": _MEMORY,
            "folder": tempfile.gettempdir(),  # for scratch folders, where nothing is isolated
        }
        self._slots: queue.LifoQueue[_Server | None] = queue.LifoQueue()
        for _ in range(jobs):
            self._slots.put(None)
        self._busy: set[_Server] = set()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the servers, with the programs that still run."""
        self._is_closed = True
        for busy in list(self._busy):
            busy.interrupt()  # whoever waits for it ends it
        idle = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._slots.get_nowait())
        for server in idle:
            if server:
                server.end()
            self._slots.put(None)  # for whoever waits for one, to find the pool closed

    def run(self, code: str, timeout: float) -> Run:
        """Run a program for at most `timeout` seconds.

        Raises Unavailable where this machine cannot isolate it, MathkitError where the prelude fails.
        """
        if not isinstance(code, str):
            raise TypeError(f"code must be a string, not {type(code).__name__}")
        if timeout <= 0:
            raise ValueError(f"timeout must be positive, not {timeout}")
        with tempfile.TemporaryFile() as text:
            text.write(code.encode("utf-8", "surrogatepass"))
            text.flush()
            for _ in range(2):  # the first server may have been killed since its last call
                text.seek(0)
                if self._is_closed:
                    break
                with self._server() as server:
                    run = None if self._is_closed else server.run(text.fileno(), timeout)
                if run:
                    return run
        return Run("", "the process that ran it was killed\n", _KILLED, 0.0)

    @contextmanager
    def _server(self) -> Iterator["_Server"]:
        """Lend a server; one that is not healthy afterwards is replaced when it is needed again."""
        server = self._slots.get()
        try:
            is_new = server is None
            server = server or _Server(self._settings)
            self._busy.add(server)
            if is_new and not self._is_closed:
                server.begin()
            yield server
        finally:
            if server:
                self._busy.discard(server)
                if self._is_closed or not server.is_healthy:
                    server.end()
                    server = None
            self._slots.put(server)


class _Server:
    """A process that forks itself for each program."""

    def __init__(self, settings: dict[str, object]) -> None:
        self.is_healthy = False  # whether it is known to wait for a program
        self._isolated = settings["isolated"]
        source = str(Path(mathkit.__file__).parent.parent)
        self._asking, theirs = socket.socketpair()
        _open_sockets.add(self._asking)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-X", "utf8", "-m", "mathkit.sandbox.server"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": source, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
            assert self._process.stdin
            with suppress(BrokenPipeError), self._process.stdin as stdin:
                stdin.write(json.dumps({**settings, "socket": theirs.fileno()}).encode())

    def begin(self) -> None:
        """Wait until it is ready; raise Unavailable where it cannot be."""
        self._asking.settimeout(_START)
        line = b""
        with suppress(OSError):  # it died, or takes too long
            line = self._asking.makefile("rb").readline()
        self._check(line)
        self.is_healthy = True

    def _check(self, line: bytes) -> None:
        if not line:
            raise MathkitError("the sandbox for Python programs: its process did not begin")
        said = json.loads(line)
        if "missing" in said:
            raise Unavailable(_UNAVAILABLE.format(said["missing"]))
        if "failed" in said:
            raise MathkitError(f"the sandbox for Python programs could not begin: {said['failed']}")

    def run(self, text: int, timeout: float) -> Run | None:
        """Run the program in a file, or return None where the server was gone before it began."""
        self.is_healthy = False
        began = time.monotonic()
        pipes = [os.pipe() for _ in range(2)]
        readers = [reader for reader, _ in pipes]
        writers = [writer for _, writer in pipes]
        try:
            try:
                request = json.dumps({"seconds": timeout}).encode() + b"\n"
                socket.send_fds(self._asking, [request], [text, *writers])
            except OSError:
                return None
            finally:
                for writer in writers:
                    os.close(writer)
            collected = self._collect(readers, began + timeout + _GRACE)
        finally:
            for reader in readers:
                os.close(reader)
        if collected is None:
            return None
        status, texts = collected
        stdout, stderr = (text.decode("utf-8", "replace") for text in texts)
        return Run(stdout, stderr, status, time.monotonic() - began)

    def _collect(self, readers: list[int], deadline: float) -> tuple[int, list[bytes]] | None:
        """Return the status of the program and what it printed; None where the server died."""
        texts = {reader: bytearray() for reader in readers}
        waiting = select.poll()
        for descriptor in (*readers, self._asking.fileno()):
            waiting.register(descriptor, select.POLLIN)
        status = None
        has_ended = is_cut = False
        while not has_ended:
            events = waiting.poll(max(deadline - time.monotonic(), 0) * 1000)
            if not events:
                status = TIMED_OUT  # and the server is to be replaced, for it should have ended the program
                break
            for descriptor, _ in events:
                if descriptor == self._asking.fileno():
                    has_ended = True
                elif not is_cut and not _read(descriptor, texts[descriptor]):
                    waiting.unregister(descriptor)
            if not is_cut and sum(map(len, texts.values())) > _MOST_OUTPUT:
                is_cut = True
                for reader in readers:
                    with suppress(KeyError):
                        waiting.unregister(reader)
                with suppress(OSError):
                    self._asking.sendall(b"\n")  # end it
        if has_ended:
            answer = b""
            with suppress(ConnectionError):
                answer = self._asking.recv(_BLOCK)
            if not answer:
                return None
            status, self.is_healthy = json.loads(answer)["status"], True
            if not is_cut:
                _drain(texts)
        if sum(map(len, texts.values())) > _MOST_OUTPUT:
            status = OUTPUT_EXCEEDED
            for text in texts.values():
                if len(text) > _MOST_OUTPUT // 2:
                    text[_MOST_OUTPUT // 2 :] = _CUT
        assert status is not None
        return status, [bytes(text) for text in texts.values()]

    def interrupt(self) -> None:
        """Have the process end, with what it runs; whoever waits for it then finds it gone."""
        if self._isolated:
            self._process.kill()  # the kernel then ends all that depends on it
        with suppress(OSError):
            self._asking.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """End the process, at once where it is not known to be well."""
        if not self.is_healthy:
            self.interrupt()
        with suppress(OSError):
            self._asking.shutdown(socket.SHUT_RDWR)
        self._asking.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _read(descriptor: int, text: bytearray) -> bool:
    """Read some output; return whether there may be more."""
    block = os.read(descriptor, _BLOCK)
    text += block
    return bool(block)


def _drain(texts: dict[int, bytearray]) -> None:
    """Read what is left in the pipes; a process that left the sandbox's care may still hold their other ends."""
    for descriptor, text in texts.items():
        os.set_blocking(descriptor, False)
        with suppress(BlockingIOError):
            while len(text) <= _MOST_OUTPUT and _read(descriptor, text):
                pass


_open_sockets: WeakSet[socket.socket] = WeakSet()
_shared: dict[bool, Pool] = {}
_shared_lock = Lock()


def shared_pool(*, unsafe: bool) -> Pool:
    """Return the pool of this process, one program for each core."""
    with _shared_lock:
        if unsafe not in _shared:
            _shared[unsafe] = Pool(len(os.sched_getaffinity(0)), unsafe=unsafe)
            atexit.register(_shared[unsafe].close)
        return _shared[unsafe]


def _leave_to_parent() -> None:
    """Forget the parent's servers in a forked child, and let go of what would keep them alive after the parent."""
    global _shared_lock
    _shared_lock = Lock()
    _shared.clear()
    for asking in list(_open_sockets):
        asking.close()


os.register_at_fork(after_in_child=_leave_to_parent)
