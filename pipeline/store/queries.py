"""SQL queries by users: each runs sandboxed in a process of its own on a snapshot of the store, with limits on time and memory."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ProgramError, ProgramTimeout, QueryError, StoreError
from pipeline.processes import subprocesses
from pipeline.store.database import query_sandbox, snapshots

log = logging.getLogger(__name__)

ANSWER_NAME = "answer.arrow"  # as `query_sandbox` names it
SANDBOX_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/",
    "LC_ALL": "C.UTF-8",
}  # without passwords, tokens and paths of the service
NAMESPACE_TRIAL_TIMEOUT_S = 30.0
LIBRARY_PATH_VARIABLE = "LD_LIBRARY_PATH"  # some Pythons require it to start


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Limits of one query. Bytes, unless the name says otherwise."""

    seconds: float = 20.0  # wall time, including the start of its process: some seconds where films are dubbed beside it
    cpu_seconds: int = 6  # enforced by the kernel, also after the parent's death
    rows: int = 1_000_000
    answer_bytes: int = 128 << 20
    memory_bytes: int = 256 << 20  # of DuckDB
    temporary_bytes: int = 256 << 20  # of DuckDB, on disk
    address_bytes: int = 3 << 30  # address space of the process, including its libraries


def answer_query(sql: str, folder: Path, take_snapshot: Callable[[Path], Path], *, limits: QueryLimits | None = None) -> BinaryIO:
    """Answer one SELECT over the store's tables: an Arrow IPC stream, in an unlinked file.

    `folder`: parent of the query's own folder, on the store's file system. `take_snapshot` copies the store into that
    folder. QueryError where there is no answer, StoreError where there is no snapshot.
    """
    bounds = limits or QueryLimits()
    with _disk_errors_worded():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = Path(tempfile.mkdtemp(prefix=snapshots.QUERY_PREFIX, dir=folder))  # 0700
    try:
        take_snapshot(own)
        _run(sql, own, bounds)
        with _disk_errors_worded():
            return (own / ANSWER_NAME).open("rb")
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _run(sql: str, own: Path, limits: QueryLimits) -> None:
    """Run the sandbox process to its end. QueryError where it gives no answer."""
    command = (sys.executable, "-I", query_sandbox.__file__, str(own))
    question = json.dumps({"sql": sql, "limits": asdict(limits), "namespaces": can_enter_namespaces()}).encode()
    try:
        with subprocesses.start_process(command, timeout=limits.seconds, stdin=subprocess.PIPE, env=_environment()) as process:
            output, _ = process.communicate(question)
    except ProgramTimeout as error:
        raise QueryError(
            f"query: not answered within {limits.seconds:g} s; ask for less, or query a backup with DuckDB"
        ) from error
    except ProgramError as error:  # never retried: the query may have ended it
        log.warning("a query's process ended with exit code %d: %s", error.code, error.tail[-500:])
        raise QueryError("query: its process was ended, by a limit on its memory or its time; ask for less") from error
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise QueryError("query: its process ended without an answer; ask for less") from error
    if "error" in answer:
        raise QueryError(f"query: {answer['error']}")


@lru_cache(maxsize=1)
def can_enter_namespaces() -> bool:
    """True if the kernel allows user namespaces, which isolate a query from the network; tried once, in a child process."""
    command = (sys.executable, "-I", query_sandbox.__file__, query_sandbox.TRY_NAMESPACES)
    try:
        with subprocesses.start_process(command, timeout=NAMESPACE_TRIAL_TIMEOUT_S, env=_environment()):
            pass
    except ProgramError as error:
        log.info("queries run without namespaces of their own: %s", error)
        return False
    return True


def _environment() -> dict[str, str]:
    return SANDBOX_ENVIRONMENT | {name: value for name in (LIBRARY_PATH_VARIABLE,) if (value := os.environ.get(name))}


@contextmanager
def _disk_errors_worded() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"a query has no place to work: {error.strerror}; make room on the store's disk") from error
