"""A TCP proxy on loopback that breaks connections after given numbers of bytes from the client, as a poor network does."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BLOCK_BYTES = 256 << 10


@dataclass
class BreakingProxy:
    """Port of the proxy, and the number of connections that it broke. `breaks`: bytes from clients, counted on, after which it breaks one."""

    url: str
    breaks: list[int]
    sent: int = 0
    broken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counts(self, size: int) -> bool:
        """Count bytes of a client; False where the connection has to break."""
        with self.lock:
            self.sent += size
            if not self.breaks or self.sent < self.breaks[0]:
                return True
            self.breaks.pop(0)
            self.broken += 1
            return False


def _forward(proxy: BreakingProxy, source: socket.socket, target: socket.socket, *, is_client: bool) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK_BYTES):
            if is_client and not proxy.counts(len(block)):
                target.sendall(block[: len(block) // 2])
                break
            target.sendall(block)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def breaking_proxy(url: str, breaks: Sequence[int]) -> Iterator[BreakingProxy]:
    """A proxy in front of a service, until the block ends."""
    target = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = BreakingProxy(f"http://127.0.0.1:{listener.getsockname()[1]}", list(breaks))

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    service = socket.create_connection((target.hostname, target.port))
                    for pair in ((client, service, True), (service, client, False)):
                        threading.Thread(
                            target=_forward, args=(proxy, *pair[:2]), kwargs={"is_client": pair[2]}, daemon=True
                        ).start()

        threading.Thread(target=serve, daemon=True).start()
        yield proxy
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
