"""Servers that answer JSON over HTTP: which of them to ask, when to ask again, and when to give up.

The least busy server is asked. One that is down is left alone for a while, longer each time, and one that says
when to come back (Retry-After) is not asked before; the others carry on. It takes no package: a thread with a
connection of its own for each question is enough for servers that think for seconds.
"""

import os
import random
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import orjson

from mathkit.errors import Unavailable, UsageError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before asking again: 0.5, 1, 2, ... 30, 30
_LONGEST_WAIT = 600.0  # a server that asks for more is not waited for
_CONNECT_TIMEOUT = 10.0
_AGAIN = (408, 425, 429)  # and all from 500
_DOWN = (502, 503, 504)  # said by what stands before a server that is down
_KEY = "OPENAI_API_KEY"


class Unanswered(Exception):
    """There is no answer to this question; `refused` where asking it again is of no use."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class _Again(Exception):
    """Something that may not go wrong a second time."""

    def __init__(self, why: str, *, down: bool = False, unreachable: bool = False, wait: float | None = None) -> None:
        super().__init__(why)
        self.down = down  # it would go wrong for any question
        self.unreachable = unreachable
        self.wait = wait  # seconds, where the server says so


@dataclass
class _Server:
    url: str
    busy: int = 0
    failures: int = 0  # in a row
    unreachable: bool = False
    doubted_until: float = 0.0  # others are better
    closed_until: float = 0.0  # it asked not to be asked


class Servers:
    """One server, or several that are as good as another; threads may ask at the same time."""

    def __init__(self, urls: list[str], *, retries: int, timeout: float) -> None:
        for url in urls:
            _check(url)
        self._servers = [_Server(url) for url in urls]
        self._retries = retries
        self._timeout = timeout
        self._lock = threading.Lock()
        self._random = random.Random()
        self._own = threading.local()  # a thread's connections
        self._closed = threading.Event()
        self._answered = False  # once one has answered, what goes wrong is expected to pass
        self._given_up = False  # none could be reached for as long as a question is asked
        self._key = os.environ.get(_KEY, "").strip()
        if not (self._key.isascii() and self._key.isprintable()) or " " in self._key:
            raise Unavailable(f"{_KEY}: not a key: it holds spaces, control or non-ASCII characters")

    def close(self) -> None:
        """End what other threads wait for: they raise Unanswered as soon as they can."""
        self._closed.set()

    def ask(self, path: str, question: dict[str, Any] | None = None) -> Any:
        """Return the answer to a question; without one, to GET.

        Raises Unanswered after all retries, and Unavailable where there never was an answer and no server can be
        reached or lets us in.
        """
        body = None if question is None else orjson.dumps(question)
        attempt = 0
        while True:
            server = self._take()
            try:
                return self._answer(server, path, body)
            except _Again as trouble:
                pause = self._pause(server, trouble, attempt)
                if pause is None:
                    times = f"asked {attempt + 1} times" if attempt else "asked once"
                    raise Unanswered(f"{server.url}: {trouble} ({times})") from None
            finally:
                with self._lock:
                    server.busy -= 1
            attempt += 1
            self._closed.wait(pause)

    def _take(self) -> _Server:
        """Return the least busy server that works; wait for the first to open where all asked to wait."""
        while not self._closed.is_set():
            with self._lock:
                now = time.monotonic()
                opened = [server for server in self._servers if server.closed_until <= now]
                trusted = [server for server in opened if server.doubted_until <= now]
                if opened:
                    server = min(trusted, key=lambda one: one.busy) if trusted else min(opened, key=_doubted_until)
                    server.busy += 1
                    if server.failures:  # one question finds out whether it is back
                        server.doubted_until = now + _pause(server.failures)
                    return server
                wait = min(server.closed_until for server in self._servers) - now
            self._closed.wait(wait)
        raise Unanswered("the run is ending")

    def _answer(self, server: _Server, path: str, body: bytes | None) -> Any:
        """Return a server's answer; raise _Again, Unanswered or Unavailable for what is none."""
        status, wait, content = self._exchange(server, path, body)
        with self._lock:
            server.unreachable = self._given_up = False
        if status in _AGAIN or status >= 500:
            raise _Again(self._said(status, content), down=status in _DOWN, wait=wait)
        if status >= 300:
            if status in (401, 403, 404) and not self._answered:
                how = "look at the address" if status == 404 else f"set {_KEY} to a key that it takes"
                raise Unavailable(f"--model {server.url}: {self._said(status, content)}: {how}")
            raise Unanswered(f"{server.url}: {self._said(status, content)}", refused=True)
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError:
            raise _Again("the answer is not JSON") from None
        with self._lock:
            self._answered = True
            server.failures, server.doubted_until = 0, 0.0
        return answer

    def _exchange(self, server: _Server, path: str, body: bytes | None) -> tuple[int, float | None, bytes]:
        """Return status, Retry-After and content of an answer."""
        kept: dict[str, HTTPConnection] = self._own.__dict__
        connection = kept.pop(server.url, None)
        if connection:
            try:
                return self._converse(connection, server, path, body)
            except TimeoutError:
                raise _Again(f"no answer within {self._timeout:g} s") from None
            except (OSError, HTTPException):
                connection.close()  # the server closed it while nobody asked
        connection = _connection(server.url)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            why = f"cannot be reached: {error.strerror or str(error) or 'no connection'}"
            raise _Again(why, down=True, unreachable=True) from None
        assert connection.sock
        connection.sock.settimeout(self._timeout)
        try:
            return self._converse(connection, server, path, body)
        except TimeoutError:
            raise _Again(f"no answer within {self._timeout:g} s") from None
        except (OSError, HTTPException) as error:
            connection.close()
            raise _Again(f"the connection broke off ({type(error).__name__})", down=True) from None

    def _converse(
        self, connection: HTTPConnection, server: _Server, path: str, body: bytes | None
    ) -> tuple[int, float | None, bytes]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        target = urlsplit(server.url).path + path
        connection.request("GET" if body is None else "POST", target, body, headers)
        response = connection.getresponse()
        content = response.read()
        if not response.will_close:
            self._own.__dict__[server.url] = connection
        return response.status, _retry_after(response), content

    def _said(self, status: int, content: bytes) -> str:
        """Return what the server says is wrong, on one line and without the key."""
        try:
            found = orjson.loads(content)
            error = found.get("error", found)
            text = str(error["message"] if isinstance(error, dict) and "message" in error else error)
        except (orjson.JSONDecodeError, AttributeError):
            text = content[:300].decode(errors="replace")
        text = " ".join(text.split())
        return f"status {status}: {text.replace(self._key, '***') if self._key else text:.500}"

    def _pause(self, server: _Server, trouble: _Again, attempt: int) -> float | None:
        """Return the seconds to wait before a question is asked again, None for never."""
        with self._lock:
            now = time.monotonic()
            if trouble.down:
                server.failures += 1
                server.doubted_until = now + _pause(server.failures)
            server.unreachable = trouble.unreachable
            if trouble.wait is not None:
                server.closed_until = now + min(trouble.wait, _LONGEST_WAIT)
            if all(one.unreachable for one in self._servers):
                if not self._answered:
                    raise Unavailable(f"--model {server.url}: {trouble}: is the server running, and at this address?")
                self._given_up = self._given_up or attempt >= self._retries
            if attempt >= self._retries or self._given_up or (trouble.wait or 0) > _LONGEST_WAIT:
                return None
            if (trouble.down or trouble.wait is not None) and any(
                max(one.doubted_until, one.closed_until) <= now for one in self._servers
            ):
                return 0.0
            return max(_pause(attempt + 1) * self._random.uniform(0.5, 1), trouble.wait or 0.0)


def _pause(failures: int) -> float:
    """Return how long to leave a server alone after so many failures in a row."""
    return min(_FIRST_PAUSE * 2.0 ** min(failures - 1, 30), _LONGEST_PAUSE)


def _doubted_until(server: _Server) -> float:
    return server.doubted_until


def _retry_after(response: HTTPResponse) -> float | None:
    """Return the seconds of a Retry-After header, which holds them or a date."""
    text = (response.getheader("Retry-After") or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()
    return max(seconds, 0.0) if seconds == seconds else None


def _check(url: str) -> None:
    """Raise UsageError for what is no address of a server."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole or "@" in parts.netloc or parts.query or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"--model {url}: an address is http://HOST:PORT/v1#NAME; a key is taken from {_KEY}")


def _connection(url: str) -> HTTPConnection:
    """Return a connection that is not open yet; to https through the proxy that the environment names."""
    parts = urlsplit(url)
    assert parts.hostname
    if parts.scheme == "http":
        return HTTPConnection(parts.hostname, parts.port, timeout=_CONNECT_TIMEOUT)
    context = ssl.create_default_context()
    proxy = None if proxy_bypass(parts.hostname) else getproxies().get("https")
    if not proxy:
        return HTTPSConnection(parts.hostname, parts.port, timeout=_CONNECT_TIMEOUT, context=context)
    through = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    connection = HTTPSConnection(through.hostname or "", through.port, timeout=_CONNECT_TIMEOUT, context=context)
    connection.set_tunnel(parts.hostname, parts.port or 443)
    return connection
