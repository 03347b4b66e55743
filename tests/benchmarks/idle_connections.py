"""Thousands of silent and half-sent connections from one address, while somebody at another uses the service.

    .venv/bin/python tests/benchmarks/idle_connections.py http://127.0.0.1:8000 --user dubarr --password …

The attacker is 127.0.0.1: it keeps so many connections open as it is let, silent, with half a header, with half a body, with half a
body and the password, and opens a new one for each that is closed. The victim is 127.0.0.2: it asks for /health and logs in, each
on a new connection. By hand only: it loads the machine.
"""

import argparse
import base64
import resource
import selectors
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

ATTACKER, VICTIM = "127.0.0.1", "127.0.0.2"
MOST_NEW = 500  # connections that are opened per second
LIMIT_S = 1.0  # that every answer to the victim must come within
PAUSE_S = 0.5  # between the victim's rounds


@dataclass
class Target:
    """The service under attack."""

    host: str
    port: int
    authorization: bytes

    def connect(self, source: str, timeout: float) -> socket.socket:
        """A connection from one of this machine's addresses."""
        connection = socket.socket()
        connection.settimeout(timeout)
        try:
            connection.bind((source, 0))
            connection.connect((self.host, self.port))
        except OSError:
            connection.close()
            raise
        return connection

    def request(self, path: bytes, *, method: bytes = b"GET", more: bytes = b"") -> bytes:
        """The head of a request with the password."""
        host = f"host: {self.host}:{self.port}\r\n".encode()
        return method + b" " + path + b" HTTP/1.1\r\n" + host + self.authorization + more + b"\r\n"

    def beginnings(self) -> list[bytes]:
        """Bytes that the attacker sends before it falls silent."""
        body = b"content-type: application/json\r\ncontent-length: 100000\r\n"
        half_body = self.request(b"/webhook", method=b"POST", more=body) + b'{"path": "'
        return [b"", half_body.split(b"\r\n")[0] + b"\r\nhost: lo", half_body.replace(self.authorization, b""), half_body]


@dataclass
class Attack:
    """Keeps connections open until it is told to stop."""

    target: Target
    count: int
    opened: int = 0
    refused: int = 0
    closed: int = 0
    most_held: int = 0
    _held: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Open, drop what was closed, open again."""
        beginnings = cycle(self.target.beginnings())
        while not self._stop.is_set():
            until = time.monotonic() + 0.1
            for _ in range(min(MOST_NEW // 10, self.count - len(self._held.get_map()))):
                self._open(next(beginnings))
            self._drop_closed()
            self.most_held = max(self.most_held, len(self._held.get_map()))
            self._stop.wait(max(0.0, until - time.monotonic()))
        for key in list(self._held.get_map().values()):
            key.fileobj.close()

    def stop(self) -> None:
        """End it."""
        self._stop.set()

    def _open(self, beginning: bytes) -> None:
        try:
            connection = self.target.connect(ATTACKER, 2.0)
            connection.sendall(beginning)
        except OSError:
            self.refused += 1
            return
        self.opened += 1
        connection.setblocking(False)
        self._held.register(connection, selectors.EVENT_READ)

    def _drop_closed(self) -> None:
        for key, _ in self._held.select(0):
            try:
                if key.fileobj.recv(65_536):
                    continue  # an answer; the end comes next
            except BlockingIOError:
                continue
            except OSError:
                pass  # reset
            self.closed += 1
            self._held.unregister(key.fileobj)
            key.fileobj.close()


def ask(target: Target, path: bytes) -> tuple[int, float]:
    """The status of one request of the victim's, and its seconds. 0 where no answer came."""
    begun = time.monotonic()
    try:
        with target.connect(VICTIM, 10.0) as connection:
            connection.sendall(target.request(path, more=b"connection: close\r\n"))
            answer = connection.recv(65_536)
            while connection.recv(65_536):
                pass
        return int(answer.split()[1]), time.monotonic() - begun
    except (OSError, IndexError, ValueError):
        return 0, time.monotonic() - begun


def use(target: Target, seconds: float) -> dict[bytes, list[tuple[int, float]]]:
    """The victim's answers over some time."""
    answers: dict[bytes, list[tuple[int, float]]] = {b"/health": [], b"/": []}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path, told in answers.items():
            told.append(ask(target, path))
        time.sleep(PAUSE_S)
    return answers


def main() -> int:
    """Attack, measure, print. 1 where an answer was wrong or late."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--user", default="dubarr")
    parser.add_argument("--password", required=True)
    parser.add_argument("--connections", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=120.0)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    at = urlsplit(given.url)
    token = base64.b64encode(f"{given.user}:{given.password}".encode())
    target = Target(at.hostname or "127.0.0.1", at.port or 80, b"authorization: Basic " + token + b"\r\n")
    print(f"before: {describe(use(target, 5.0))}")
    attack = Attack(target, given.connections)
    thread = threading.Thread(target=attack.run)
    thread.start()
    try:
        answers = use(target, given.seconds)
    finally:
        attack.stop()
        thread.join()
    print(f"attack: {attack.opened} connections opened, {attack.refused} refused at once, {attack.closed} closed by the service,")
    print(f"        at most {attack.most_held} held at a time, over {given.seconds:g} s")
    print(f"during: {describe(answers)}")
    slow = [told for each in answers.values() for told in each if told[0] != 200 or told[1] > LIMIT_S]
    print("every answer was 200 within a second" if not slow else f"{len(slow)} answers were not 200 within a second: {slow[:5]}")
    return bool(slow)


def describe(answers: dict[bytes, list[tuple[int, float]]]) -> str:
    """Statuses, the median and the longest time per path."""
    lines = []
    for path, told in answers.items():
        times = sorted(seconds for _, seconds in told)
        statuses = dict(Counter(status for status, _ in told))
        lines.append(
            f"{path.decode()} {statuses}, median {1e3 * times[len(times) // 2]:.0f} ms, longest {1e3 * times[-1]:.0f} ms"
        )
    return "; ".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
