"""Log tail (like `tail -F`): one reader of the processing log for all listeners.

Only whole lines are delivered. A rotated or truncated file is followed from its new start.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

INITIAL_LINES = 50  # sent to a new listener first
POLL_INTERVAL_S = 0.25
BLOCK_BYTES = 1 << 16  # read at a time; also the maximum of a line
MAX_SEARCHED_BYTES = 4_000_000  # of the log's end, searched for matching lines
MAX_QUEUED_LINES = 1_000  # of a slow listener; beyond that its oldest lines are dropped


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Filter of log lines: every one of these words, case-insensitive, and this level or a higher one."""

    words: tuple[str, ...] = ()
    level: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.level)

    def matches(self, line: str) -> bool:
        """Return True where a line matches."""
        text = line.casefold()
        return all(word.casefold() in text for word in self.words) and (
            not self.level or _parse_severity(line) >= SEVERITY_OF_LEVEL[self.level]
        )


SEVERITY_OF_LEVEL = {"WARNING": 1, "ERROR": 2, "CRITICAL": 3}


def _parse_severity(line: str) -> int:
    """Parse the level of a line of `pipeline.logs`, its third word, as a rank."""
    words = line[:60].split(None, 3)
    return SEVERITY_OF_LEVEL.get(words[2], 0) if len(words) > 2 else 0


def read_last_lines(path: Path, n: int, *, line_filter: LineFilter | None = None) -> list[str]:
    """Read the last `n` whole lines of a file, or the matching ones among its last `MAX_SEARCHED_BYTES`; none where it is missing."""
    try:
        with path.open("rb") as file:
            return _filter_last_lines(file, n, line_filter) if line_filter else _read_last_lines(file, n)[0]
    except FileNotFoundError:
        return []


def _filter_last_lines(file: BinaryIO, n: int, line_filter: LineFilter) -> list[str]:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - MAX_SEARCHED_BYTES))
    if end > MAX_SEARCHED_BYTES:
        file.readline(MAX_SEARCHED_BYTES)  # its beginning may lie before
    lines: deque[str] = deque(maxlen=n)
    for raw in file:
        if raw.endswith(b"\n") and line_filter.matches(line := _decode_line(raw[:-1])):
            lines.append(line)
    return list(lines)


def _read_last_lines(file: BinaryIO, n: int) -> tuple[list[str], int]:
    """Read the last `n` whole lines, and the offset behind them."""
    end = file.seek(0, os.SEEK_END)
    start, text = end, b""
    while start > 0 and text.count(b"\n") <= n and len(text) < n * BLOCK_BYTES:
        step = min(BLOCK_BYTES, start)
        start -= step
        file.seek(start)
        text = file.read(step) + text
    whole, _, _ = text.rpartition(b"\n")
    lines = [_decode_line(line) for line in whole.split(b"\n")] if whole or text.startswith(b"\n") else []
    if start > 0:
        lines = lines[1:]  # its beginning may lie before `start`
    return lines[-n:] if n else [], start + len(text) - len(text.rpartition(b"\n")[2])


def _decode_line(line: bytes) -> str:
    return line[:BLOCK_BYTES].decode("utf-8", "replace").rstrip("\r")


@dataclass
class LogFollower:
    """Follower of a file: reads lines appended since the last poll. Blocks; not thread-safe."""

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
        lines, offset = _read_last_lines(self._file, INITIAL_LINES)
        self._file.seek(offset)
        return lines

    def new_lines(self) -> list[str]:
        """Return the lines completed since the last poll."""
        lines = self._read_new_lines() if self._file else []
        if self._is_rotated():
            self.close()
            self._file = self.path.open("rb")
            lines += self._read_new_lines()
        return lines

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
        self._file, self._rest = None, b""

    def _read_new_lines(self) -> list[str]:
        assert self._file is not None
        lines: list[str] = []
        while block := self._file.read(BLOCK_BYTES):
            *whole, self._rest = (self._rest + block).split(b"\n")
            lines += [_decode_line(line) for line in whole]
            if len(self._rest) > BLOCK_BYTES:
                self._rest = self._rest[:BLOCK_BYTES]  # an overlong line is truncated
        return lines

    def _is_rotated(self) -> bool:
        """Return True after a rotation or truncation of the file."""
        try:
            current = self.path.stat()
        except FileNotFoundError:
            return False  # between a rotation's two steps
        if self._file is None:
            return True
        opened = os.fstat(self._file.fileno())
        return (current.st_ino, current.st_dev) != (opened.st_ino, opened.st_dev) or current.st_size < self._file.tell()


@dataclass
class LogTail:
    """One follower for all listeners of an event loop; it reads only while there are listeners."""

    path: Path
    _recent: deque[str] = field(default_factory=lambda: deque(maxlen=INITIAL_LINES))
    _listeners: set[asyncio.Queue[str]] = field(default_factory=set)
    _reader: asyncio.Task[None] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[str]]:
        """Subscribe, for as long as the block: a queue with the last lines, which gets each new line once. A full queue drops its oldest line."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=MAX_QUEUED_LINES)
        async with self._lock:
            if self._reader is None:
                follower = LogFollower(self.path)
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

    async def _follow(self, follower: LogFollower) -> None:
        try:
            while True:
                for line in await asyncio.to_thread(follower.new_lines):
                    self._recent.append(line)
                    for queue in self._listeners:
                        if queue.full():
                            queue.get_nowait()
                        queue.put_nowait(line)
                await asyncio.sleep(POLL_INTERVAL_S)
        finally:
            follower.close()
