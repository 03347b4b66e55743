"""The processing log, followed: one reader for everybody who listens.

Lines come out whole, whatever pieces they were written in. A rotated or truncated file is followed from its new start.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

LAST = 50  # lines that a new listener gets first
LOOK = 0.25  # s between looks at the file
BLOCK = 1 << 16  # bytes read at a time, and the longest line
SEARCHED = 4_000_000  # bytes of the log's end in which chosen lines are looked for
WAITING = 1_000  # lines a slow listener may lag behind before the oldest are dropped


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lines of the log: those with every one of these words in them, whatever their case, and of this level or worse."""

    words: tuple[str, ...] = ()
    level: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.level)

    def takes(self, line: str) -> bool:
        """Whether a line is among them."""
        said = line.casefold()
        return all(word.casefold() in said for word in self.words) and (not self.level or _severity(line) >= SEVERITY[self.level])


SEVERITY = {"WARNING": 1, "ERROR": 2, "CRITICAL": 3}


def _severity(line: str) -> int:
    """Of a line as `pipeline.logs` writes it: the third word is its level."""
    words = line[:60].split(None, 3)
    return SEVERITY.get(words[2], 0) if len(words) > 2 else 0


def tail(path: Path, n: int, *, chosen: Chosen | None = None) -> list[str]:
    """The last `n` whole lines of a file, or of the chosen ones among its last `SEARCHED` bytes; none where it is not there."""
    try:
        with path.open("rb") as file:
            return _last_chosen(file, n, chosen) if chosen else _last_lines(file, n)[0]
    except FileNotFoundError:
        return []


def _last_chosen(file: BinaryIO, n: int, chosen: Chosen) -> list[str]:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - SEARCHED))
    if end > SEARCHED:
        file.readline(SEARCHED)  # its beginning may lie before
    lines: deque[str] = deque(maxlen=n)
    for raw in file:
        if raw.endswith(b"\n") and chosen.takes(line := _decoded(raw[:-1])):
            lines.append(line)
    return list(lines)


def _last_lines(file: BinaryIO, n: int) -> tuple[list[str], int]:
    """The last `n` whole lines, and the offset behind them."""
    end = file.seek(0, os.SEEK_END)
    start, text = end, b""
    while start > 0 and text.count(b"\n") <= n and len(text) < n * BLOCK:
        step = min(BLOCK, start)
        start -= step
        file.seek(start)
        text = file.read(step) + text
    whole, _, _ = text.rpartition(b"\n")
    lines = [_decoded(line) for line in whole.split(b"\n")] if whole or text.startswith(b"\n") else []
    if start > 0:
        lines = lines[1:]  # its beginning may lie before `start`
    return lines[-n:] if n else [], start + len(text) - len(text.rpartition(b"\n")[2])


def _decoded(line: bytes) -> str:
    return line[:BLOCK].decode("utf-8", "replace").rstrip("\r")


@dataclass
class Follower:
    """Reads what was appended to a file since the last look. Blocks; not for two threads at once."""

    path: Path
    _file: BinaryIO | None = None
    _rest: bytes = b""  # of a line that is not whole yet

    def begin(self) -> list[str]:
        """Open the file at its end; returns its last lines."""
        self.close()
        try:
            self._file = self.path.open("rb")
        except FileNotFoundError:
            return []
        lines, offset = _last_lines(self._file, LAST)
        self._file.seek(offset)
        return lines

    def new_lines(self) -> list[str]:
        """The lines that became whole since the last look."""
        lines = self._read() if self._file else []
        if self._is_another():
            self.close()
            self._file = self.path.open("rb")
            lines += self._read()
        return lines

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()
        self._file, self._rest = None, b""

    def _read(self) -> list[str]:
        assert self._file is not None
        lines: list[str] = []
        while block := self._file.read(BLOCK):
            *whole, self._rest = (self._rest + block).split(b"\n")
            lines += [_decoded(line) for line in whole]
            if len(self._rest) > BLOCK:
                self._rest = self._rest[:BLOCK]  # a line without end; what is cut off would not be shown either
        return lines

    def _is_another(self) -> bool:
        """Whether the path names another file than the open one, or a shorter one than was read."""
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return False  # between a rotation's two steps
        if self._file is None:
            return True
        ours = os.fstat(self._file.fileno())
        return (there.st_ino, there.st_dev) != (ours.st_ino, ours.st_dev) or there.st_size < self._file.tell()


@dataclass
class LogTail:
    """One follower for all listeners of an event loop; it reads only while somebody listens."""

    path: Path
    _recent: deque[str] = field(default_factory=lambda: deque(maxlen=LAST))
    _listeners: set[asyncio.Queue[str]] = field(default_factory=set)
    _reader: asyncio.Task[None] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[str]]:
        """A queue that holds the last lines and gets each new one: none twice, none left out, while it is emptied."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=WAITING)
        async with self._lock:
            if self._reader is None:
                follower = Follower(self.path)
                self._recent.clear()
                self._recent.extend(await asyncio.to_thread(follower.begin))
                self._reader = asyncio.create_task(self._follow(follower))
        for line in self._recent:
            queue.put_nowait(line)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
            if not self._listeners and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    async def _follow(self, follower: Follower) -> None:
        try:
            while True:
                for line in await asyncio.to_thread(follower.new_lines):
                    self._recent.append(line)
                    for queue in self._listeners:
                        if queue.full():
                            queue.get_nowait()
                        queue.put_nowait(line)
                await asyncio.sleep(LOOK)
        finally:
            follower.close()
