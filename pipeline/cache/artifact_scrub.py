"""Scrub of the artifacts: each file that a cached answer names is read at a bounded rate and held against its digest.

A hit compares size and mtime only, so a disk that changes content silently is found here. A faulty file is touched: its mtime
is another one then, so that the next hit reads it, finds the fault, and computes the answer again.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

from pipeline.filesystem.path_guard import is_inside
from pipeline.values.media import BLOCK_BYTES, DIGEST_BYTES
from pipeline.values.tasks import CacheRow

log = logging.getLogger(__name__)

BATCH_ANSWERS = 50  # between two writes of the state
MAX_FAULTS_KEPT = 100  # of the last scrub, in its state


class AnswerStore(Protocol):
    """The cached answers of the store, in this process or behind the store actor."""

    def list_answers_with_files(self, after: str, limit: int) -> tuple[CacheRow, ...]: ...
    def read_answers(self, keys: Sequence[str]) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class ScrubState:
    """State of a scrub; it outlives a restart. `after`: key of the last answer that was checked. Times are UTC, ISO 8601."""

    started_at: str
    after: str = ""
    files: int = 0
    bytes: int = 0
    fault_count: int = 0
    faults: tuple[str, ...] = ()  # the first MAX_FAULTS_KEPT
    finished_at: str | None = None

    @classmethod
    def start(cls) -> Self:
        """A new scrub, from the first answer on."""
        return cls(started_at=datetime.now(UTC).isoformat(timespec="seconds"))

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Read a state; None where there is no readable one."""
        try:
            written = json.loads(file.read_text("utf-8"))
            return cls(**written | {"faults": tuple(written["faults"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def describe(self) -> str:
        """A sentence about a scrub: when, how many files, and what it found."""
        when = f"Checked on {self.finished_at[:10]}" if self.finished_at else f"Being checked since {self.started_at[:10]}"
        found = f"{self.fault_count} faulty, which are computed again at their next use" if self.fault_count else "none faulty"
        first = f"; the first: {self.faults[0]}. Check the disk" if self.faults else ""
        return f"{when}: {self.files:,} cached files, {found}{first}."

    def write(self, file: Path) -> None:
        """Write the state, atomically."""
        draft = file.with_suffix(".part")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)

    def is_due(self, days: float) -> bool:
        """True where it was finished so many days ago."""
        return (
            self.finished_at is not None
            and datetime.now(UTC).timestamp() - datetime.fromisoformat(self.finished_at).timestamp() > days * 86_400
        )


@dataclass(frozen=True)
class ArtifactScrub:
    """Scrub of one artifacts folder. `wait(seconds)` sleeps, and is true where the scrub is to stop; `on_fault` is called for each."""

    answers: AnswerStore
    artifacts: Path
    bytes_per_second: float
    wait: Callable[[float], bool]
    on_fault: Callable[[], None] = lambda: None

    def check_batch(self, state: ScrubState) -> ScrubState | None:
        """Check the next answers; None where the scrub was stopped among them, so that they are checked again."""
        rows = self.answers.list_answers_with_files(state.after, BATCH_ANSWERS)
        for row in rows:
            for name, size, digest in _list_files(json.loads(row.answer)):
                read = self._hash_file(name, size)
                if read is None:
                    return None
                if read == digest:
                    state = replace(state, bytes=state.bytes + size)
                elif row.answer == self.answers.read_answers([row.key]).get(row.key):  # else computed again meanwhile, or purged
                    state = self._count_fault(state, name, read if len(read) != len(digest) else "its content has changed")
                state = replace(state, files=state.files + 1)
            state = replace(state, after=row.key)
        if len(rows) < BATCH_ANSWERS:
            state = replace(state, finished_at=datetime.now(UTC).isoformat(timespec="seconds"))
        return state

    def _count_fault(self, state: ScrubState, name: str, reason: str) -> ScrubState:
        self.on_fault()
        log.error("artifact scrub: %s: %s; what needs it is computed again at its next use", name, reason)
        try:
            os.utime(self.artifacts / name, follow_symlinks=False)
        except OSError:
            pass  # gone, which every hit sees
        return replace(state, fault_count=state.fault_count + 1, faults=(*state.faults, f"{name}: {reason}")[:MAX_FAULTS_KEPT])

    def _hash_file(self, name: str, size: int) -> str | None:
        """Digest of a file's content, read at the bounded rate; the fault of one that cannot be read; None where stopped."""
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        path = self.artifacts / name
        if not is_inside(Path(os.path.realpath(path)), (Path(os.path.realpath(self.artifacts)),)):
            return "it lies outside the artifacts folder"
        try:
            with path.open("rb") as file:
                if (found := os.fstat(file.fileno()).st_size) != size:
                    return f"it has {found} bytes, not {size}"
                begun = time.monotonic()
                while block := file.read(BLOCK_BYTES):
                    digest.update(block)
                    if self.wait(max(0.0, len(block) / self.bytes_per_second - (time.monotonic() - begun))):
                        return None
                    begun = time.monotonic()
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # read once: films at work need the page cache
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        return digest.hexdigest()


def _list_files(written: Any) -> Iterator[tuple[str, int, str]]:
    """Name, size and digest of each artifact in an answer's JSON, as `AnswerCodec` writes it."""
    if isinstance(written, dict):
        if {"file", "size", "digest"} <= written.keys():
            yield written["file"], written["size"], written["digest"]
        for part in written.values():
            yield from _list_files(part)
    elif isinstance(written, list):
        for part in written:
            yield from _list_files(part)
