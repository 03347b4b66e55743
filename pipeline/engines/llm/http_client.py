"""One HTTP request and its answer, with an end to the waiting: a server that dribbles is cut off like one that is silent.

The standard library's client alone, so that no proxy of the environment comes between, and no redirect carries a key away.
"""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

LARGEST = 16 << 20  # bytes of one answer; a language model's has some kilobytes


class NoResponse(Exception):
    """No answer came: refused, reset, cut off, too slow, or not HTTP. `str()` says which."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered. `headers`: names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens. `path`: what goes before every request's own, without a slash at its end."""

    host: str
    port: int | None
    path: str
    secure: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # a key may be among them

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str] | None = None) -> "Endpoint":
        """The endpoint of a base URL. ValueError says what is wrong with it."""
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("it holds spaces or characters that no URL has")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it does not begin with http:// or https:// and a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError("it holds a user or password, which belong elsewhere")
        if parts.query or parts.fragment:
            raise ValueError("it ends with a query or fragment")
        return cls(parts.hostname, parts.port, parts.path.rstrip("/"), parts.scheme == "https", dict(headers or {}))

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}" if self.port else self.host

    def exchange(self, method: str, path: str, body: bytes | None = None, *, timeout: float) -> Response:
        """Ask, and read the whole answer within `timeout` seconds. Unanswered where there is none."""
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=timeout)
        try:
            return _within(timeout, connection, lambda: self._exchanged(connection, method, path, body))
        finally:
            connection.close()

    def _exchanged(self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None) -> Response:
        headers = {"Accept": "application/json", "Connection": "close"} | dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, self.path + path, body, headers)
        answer = connection.getresponse()
        content = answer.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise NoResponse(f"its answer has more than {LARGEST >> 20} MiB")
        if answer.length:  # read(n) is silent about a body that ends too early
            raise NoResponse("its answer broke off")
        return Response(answer.status, content, {name.lower(): value for name, value in answer.getheaders()})


def _within(timeout: float, connection: http.client.HTTPConnection, call: Callable[[], T]) -> T:
    """`call()`, cut off after `timeout` seconds in all: a socket's own timeout begins anew with every byte."""
    begun, late = time.monotonic(), threading.Event()
    try:
        connection.connect()
        watch = threading.Timer(max(0.001, timeout - (time.monotonic() - begun)), _cut, (connection.sock, late))
        watch.daemon = True
        watch.start()
        try:
            answer = call()
        finally:
            watch.cancel()
    except (OSError, http.client.HTTPException, UnicodeError) as error:  # UnicodeError: a host such as a..b
        slow = late.is_set() or isinstance(error, TimeoutError)
        raise NoResponse(f"no answer within {timeout:g} s" if slow else _worded(error)) from error
    if late.is_set():
        raise NoResponse(f"no answer within {timeout:g} s")
    return answer


def _cut(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # wakes the reader; TLS has no say in it
    except OSError:
        pass  # it has just ended by itself


def _worded(error: Exception) -> str:
    if isinstance(error, http.client.HTTPException):  # RemoteDisconnected is an OSError too
        return f"it broke off or does not speak HTTP ({type(error).__name__})"
    return getattr(error, "strerror", None) or type(error).__name__
