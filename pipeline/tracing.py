"""Tracing: timed spans of work, recorded by every process while TRACE_DIR names a folder, and read back.

Times are of CLOCK_MONOTONIC, which all processes of one machine share: spans of several processes lie on one axis. Each
process appends to a file of its own, a line of JSON per span. Without a folder a span costs a microsecond.
"""

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.values.timeline import Span, merge_spans

MIN_WORK_S = 1e-9  # s; the clock's own step, for work that took less


class WorkKind(StrEnum):
    """Kind of a traced piece of work."""

    ENGINE = "engine"  # a call, timed beside the engine
    PROGRAM = "program"  # ffmpeg and the like
    STAGE = "stage"  # the body of a stage that has no engine
    ASKING = "asking"  # the body of a stage that has one: its engine's work, and all that lies between


WORK_KINDS = frozenset({WorkKind.ENGINE, WorkKind.PROGRAM, WorkKind.STAGE})  # kinds that count as busy time


@dataclass(frozen=True, slots=True)
class Work:
    """One traced piece of work. `start`, `end`: seconds of CLOCK_MONOTONIC; `task`: where it is known."""

    kind: WorkKind
    name: str
    start: float
    end: float
    process: int
    thread: int
    task: int | None = None

    @property
    def span(self) -> Span:
        """Its span on the machine's monotonic clock."""
        return Span(self.start, max(self.end, self.start + MIN_WORK_S))


_file: int | None = None  # descriptor of this process's file, while it records


def record_into(folder: Path | None) -> None:
    """Start recording this process's work into a folder; None: stop. Idempotent."""
    global _file  # noqa: PLW0603 -- one per process, like a logger's handler
    if _file is not None:
        os.close(_file)
        _file = None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        _file = os.open(folder / f"{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)


@contextmanager
def trace_work(kind: WorkKind, name: str, *, task: int | None = None) -> Iterator[None]:
    """Record the block as one piece of work, whether it ends by an error or not."""
    if _file is None:
        yield
        return
    start = time.monotonic()
    try:
        yield
    finally:
        work = Work(kind, name, start, time.monotonic(), os.getpid(), threading.get_native_id(), task)
        if _file is not None:  # recording may have been stopped meanwhile
            os.write(_file, (json.dumps(asdict(work)) + "\n").encode())  # one write: lines of several threads do not tear


def read_traces(folder: Path) -> tuple[Work, ...]:
    """All recorded work in a folder, in order of start. A line that a killed process left half-written is skipped."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in path.read_bytes().splitlines(keepends=True))
    works = (_parse_work(json.loads(line)) for line in lines if line.endswith(b"}\n"))
    return tuple(sorted(works, key=lambda work: (work.start, work.end)))


def _parse_work(record: dict[str, object]) -> Work:
    return Work(**{**record, "kind": WorkKind(str(record["kind"]))})  # type: ignore[arg-type]  # as `trace_work` wrote it


def measure_busy_seconds(works: Iterable[Work], within: Span) -> float:
    """Seconds of a span in which at least one of the works ran: the length of the critical path through them."""
    parts = (work.span.intersection(within) for work in works)
    return sum(span.duration for span in merge_spans([part for part in parts if part]))


def format_chrome_trace(works: Iterable[Work]) -> str:
    """The works as Chrome's trace format, JSON that Perfetto opens: a row per process and thread, times in microseconds."""
    events = [
        {
            "ph": "X",
            "name": work.name,
            "cat": work.kind.value,
            "ts": round(work.start * 1e6, 3),
            "dur": round((work.end - work.start) * 1e6, 3),
            "pid": work.process,
            "tid": work.thread,
            "args": {} if work.task is None else {"task": work.task},
        }
        for work in works
    ]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})
