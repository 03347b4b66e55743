"""HTTP client with a total deadline: one request and its whole response, in bounded time and size.

A server that sends a byte now and then is cut off like a silent one. Environment proxies are not used, and no redirect is
followed, so that the API key reaches nothing but the configured server.
"""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})  # trace events that bring a socket


class NoResponse(Exception):
    """No usable response: refused, reset, broken off, too slow, too large, or not HTTP. `str()` gives the reason."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request."""

    content: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response. `headers`: names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Base URL of a server. `path`: prefix of every request's path, without a slash at its end."""

    host: str
    port: int | None
    path: str
    secure: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # a key may be among them

    @classmethod
    def parse(cls, url: str, headers: Mapping[str, str] | None = None) -> "Endpoint":
        """The endpoint of a base URL. ValueError with the reason if it cannot be used."""
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

    def request(self, method: str, path: str, body: Body | None = None, *, timeout: float, max_bytes: int) -> Response:
        """Send a request and read its whole response, of at most `max_bytes`, within `timeout` s. NoResponse if there is none."""
        with _Deadline(timeout) as deadline, self._stream(method, path, body, deadline) as response:
            content = bytearray()
            for chunk in response.iter_raw():
                content += chunk
                if len(content) > max_bytes:
                    raise NoResponse(f"its answer has more than {max_bytes / (1 << 20):.3g} MiB")
            return Response(response.status_code, bytes(content), dict(response.headers))

    @contextmanager
    def _stream(self, method: str, path: str, body: Body | None, deadline: "_Deadline") -> Iterator["httpx.Response"]:
        import httpx

        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"} | dict(self.headers)
        if body is not None:
            headers["Content-Type"] = body.content_type
        # The system's certificate authorities, as elsewhere; httpx alone would take those of certifi.
        verify = ssl.create_default_context() if self.secure else False
        url = httpx.URL(scheme="https" if self.secure else "http", host=self.host, port=self.port, path=self.path + path)
        with (
            httpx.Client(verify=verify, trust_env=False, follow_redirects=False, timeout=deadline.timeout) as client,
            client.stream(
                method, url, content=body.content if body else None, headers=headers, extensions={"trace": deadline.trace}
            ) as response,
        ):
            yield response


class _Deadline:
    """Deadline of one request: shuts its socket down after `timeout` seconds, since a socket's own timeout restarts at every byte.

    Errors of httpx become NoResponse.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._expired = threading.Event()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Callback of httpx's trace extension: takes note of the connection's socket."""
        import httpx

        if event in CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")
            if self._expired.is_set():
                raise httpx.ConnectTimeout("connected after the deadline")

    def _expire(self) -> None:
        self._expired.set()
        if self._socket is not None:
            try:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # wakes the reader; past TLS, which would wait
            except OSError:
                pass  # it has just ended by itself

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        import httpx

        self._timer.cancel()
        transport_errors = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)  # the last two: a host such as a..b
        if error is not None and not isinstance(error, transport_errors):
            return
        if self._expired.is_set() or isinstance(error, httpx.TimeoutException):
            raise NoResponse(f"no answer within {self.timeout:g} s") from error
        if error is not None:
            raise NoResponse(_describe_error(error)) from error


def _describe_error(error: BaseException) -> str:
    import httpx

    if isinstance(error, httpx.ProtocolError):
        return f"it broke off or does not speak HTTP ({type(error).__name__})"
    cause: BaseException | None = error
    while cause is not None:  # httpx's error, httpcore's, the system's
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
