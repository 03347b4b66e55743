"""The service of `in_process_service` behind a real HTTP server on loopback: for clients that stream."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from in_process_service import Served


@dataclass(frozen=True)
class LiveServer:
    """Address of the server, which `restart` stops and starts again at the same port."""

    service: Served
    url: str
    server: uvicorn.Server


@contextmanager
def serve_over_http(service: Served, port: int = 0) -> Iterator[LiveServer]:
    """Serve until the block ends."""
    config = uvicorn.Config(
        service.client.app, host="127.0.0.1", port=port, log_level="error", lifespan="off", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield LiveServer(service, f"http://127.0.0.1:{port}", server)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
