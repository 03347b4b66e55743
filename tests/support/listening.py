"""The HTTP service on a real port of loopback, in this process, without Ray."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from in_process_service import Served, served


@dataclass
class Listening:
    """A service that listens, and what it works with."""

    url: str
    inner: Served


@contextmanager
def listening(folder: Path) -> Iterator[Listening]:
    """The service over a fresh folder, listening until the block ends."""
    with served(folder) as inner, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(inner.client.app, log_level="warning", lifespan="off", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Listening(f"http://127.0.0.1:{listener.getsockname()[1]}", inner)
        finally:
            server.should_exit = True
            thread.join(timeout=10)
