"""The HTTP client's deadline and bounds, against raw sockets on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from pipeline.engines.openai_api.http_client import Body, Endpoint, NoResponse

MAX_BYTES = 1 << 20


@contextmanager
def raw_server(respond: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads one request and leaves its connection to `respond`. Yields its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection, suppress(OSError):
            request = connection.recv(65_536)
            while not request.endswith(b"}"):
                request += connection.recv(65_536)
            respond(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1/"
    thread.join(5)


def dribble(connection: socket.socket, beginning: bytes) -> None:
    connection.sendall(beginning)
    for _ in range(100):
        connection.sendall(b"a")
        time.sleep(0.05)


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nX-Header: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_the_deadline_holds_for_the_whole_response_however_slowly_it_comes(beginning: bytes) -> None:
    begun = time.monotonic()
    with (
        raw_server(lambda connection: dribble(connection, beginning)) as url,
        pytest.raises(NoResponse, match=r"no answer within 0\.4 s"),
    ):
        Endpoint.parse(url).request("POST", "/x", Body(b"{}"), timeout=0.4, max_bytes=MAX_BYTES)
    assert time.monotonic() - begun < 3.0


def test_names_of_headers_are_in_lower_case() -> None:
    def respond(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(respond) as url:
        response = Endpoint.parse(url).request("POST", "/x", Body(b"{}"), timeout=5.0, max_bytes=MAX_BYTES)
    assert (response.status, response.body, response.headers["retry-after"]) == (503, b"{}", "7")


@pytest.mark.parametrize("host", ["a..b", "no-such-host.invalid"])
def test_a_host_without_an_address_gives_no_response(host: str) -> None:
    with pytest.raises(NoResponse):
        Endpoint.parse(f"http://{host}/v1").request("GET", "/models", timeout=5.0, max_bytes=MAX_BYTES)
