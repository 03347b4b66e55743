"""Subprocesses: starts external programs with limits of time, memory and output, and kills their process groups.

GPL programs (espeak-ng, apertium) run here as programs of their own; nothing of theirs is linked.
"""

import asyncio
import logging
import os
import resource
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, TypeVar

from pipeline.errors import ProgramError, ProgramKilled, ProgramMissing, ProgramOverflow
from pipeline.processes.process_groups import ProcessGuard, kill_process_group, read_tail
from pipeline.tracing import WorkKind, trace_work

log = logging.getLogger(__name__)

T = TypeVar("T")

STREAM_BUFFER_BYTES = 1 << 16  # bytes that `stream_stdout` reads ahead, twice over

MEMORY_LIMIT_BYTES = 4 << 30  # bytes of data that a program may hold which reads what others made
STDOUT_LIMIT_BYTES = 1 << 30  # bytes of stdout that `run` keeps, where its caller names no limit
MAX_ATTEMPTS = 3  # of work whose program was killed


def run(
    args: Sequence[str],
    *,
    timeout: float,
    stdin: bytes | None = None,
    env: dict[str, str] | None = None,
    most: int = STDOUT_LIMIT_BYTES,
    memory: int | None = None,
) -> bytes:
    """Run a program to its end and return its stdout. `timeout` in seconds. ProgramError on any other exit code than 0,
    ProgramOverflow where it writes more than `most` bytes. `env`: the program's whole environment; None: ours. `memory`: see
    `start_process`.
    """

    def once() -> bytes:
        source = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
        with start_process(args, timeout=timeout, stdin=source, env=env, memory=memory) as process:
            if stdin is not None:
                stdout, _ = process.communicate(stdin)
            else:
                assert process.stdout
                stdout = process.stdout.read(most + 1)
            if len(stdout) > most:
                raise ProgramOverflow(args[0], most)
        return stdout

    return retry_if_killed(once)


def retry_if_killed(work: Callable[[], T]) -> T:
    """Retry work whose program was killed from outside, up to `MAX_ATTEMPTS` times: that is no fault of the work.

    ProgramError where it is killed each time.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            return work()
        except ProgramKilled as error:
            log.warning("%s (try %d of %d)", error, attempt, MAX_ATTEMPTS)
            if attempt == MAX_ATTEMPTS:
                raise ProgramError(error.program, error.code, error.tail) from error
    raise AssertionError("MAX_ATTEMPTS is at least 1")


def run_on_terminal(args: Sequence[str], *, env: dict[str, str] | None = None) -> int:
    """Run an interactive program on this terminal, without limits, and return its exit code."""
    try:
        return subprocess.run(list(args), env=env, check=False).returncode  # noqa: S603 -- argument lists only, never a shell
    except FileNotFoundError as error:
        raise ProgramMissing(args[0]) from error


def start_detached(args: Sequence[str], *, log: Path, env: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a detached process (daemon): a session of its own, no terminal, its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 -- argument lists only, never a shell
            list(args), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=env
        )


@contextmanager
def run_in_background(args: Sequence[str], *, env: dict[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Background process on this terminal for as long as the block; killed on leaving. The terminal's signals do not reach it."""
    process = subprocess.Popen(list(args), stdin=subprocess.DEVNULL, start_new_session=True, env=env)  # noqa: S603 -- never a shell
    try:
        yield process
    finally:
        if process.poll() is None:
            kill_process_group(process)
        process.wait()


def run_for_stderr(args: Sequence[str], *, timeout: float, memory: int | None = None) -> str:
    """Run a program that writes its result to stderr, and return the end of it."""

    def once() -> str:
        with tempfile.TemporaryFile() as output:
            with start_process(args, timeout=timeout, stdout=subprocess.DEVNULL, log=output, memory=memory):
                pass
            return read_tail(output)

    return retry_if_killed(once)


@contextmanager
def start_process(
    args: Sequence[str],
    *,
    timeout: float,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    env: dict[str, str] | None = None,
    log: IO[bytes] | None = None,
    memory: int | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Running process in a process group of its own, for as long as the block. `memory`: bytes of data (RLIMIT_DATA) that
    it may hold; an allocation beyond that fails in it, and takes nothing from others.

    Leaving the block waits for the end and checks the exit code; leaving it by an exception kills the group.
    stderr goes to `log`, else to an unlinked file, so that it can neither block the program nor fill the memory.
    """
    with nullcontext(log) if log else tempfile.TemporaryFile() as stderr, trace_work(WorkKind.PROGRAM, args[0]):
        try:
            process = subprocess.Popen(  # noqa: S603 -- argument lists only, never a shell
                list(args), stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True, env=env
            )
        except FileNotFoundError as error:
            raise ProgramMissing(args[0]) from error
        if memory is not None:
            with suppress(ProcessLookupError):  # it ended already
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        with ProcessGuard(process, args[0], timeout, stderr):
            yield process


@asynccontextmanager
async def stream_stdout(
    args: Sequence[str], *, longest: float, memory: int | None = MEMORY_LIMIT_BYTES
) -> AsyncIterator[asyncio.StreamReader]:
    """Stream the stdout of a running program to a coroutine, with back-pressure: the program blocks while the stream is not read.

    Like `start_process`, whose `timeout` is `longest` here: leaving the block waits for the end and checks the exit code, leaving
    it by an exception, such as being cancelled, kills the group. Neither holds up the event loop.
    """
    with start_process(args, timeout=longest, memory=memory) as process:
        assert process.stdout
        stdout = asyncio.StreamReader(limit=STREAM_BUFFER_BYTES)
        pipe = os.fdopen(os.dup(process.stdout.fileno()), "rb", buffering=0)  # the transport closes its own
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), pipe)
        with closing(transport):
            has_ended = False
            try:
                yield stdout
                await asyncio.to_thread(process.wait)
                has_ended = True
            finally:
                if not has_ended:
                    kill_process_group(process)
                    await asyncio.to_thread(process.wait)


async def run_cancellable(args: Sequence[str], *, longest: float, memory: int | None = None) -> None:
    """Run a program to its end, without its stdout, for at most `longest` seconds. Cancelling kills it. As in `run`, one that was killed from outside is
    started again. ProgramError.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            async with stream_stdout(args, longest=longest, memory=memory) as stdout:
                while await stdout.read(STREAM_BUFFER_BYTES):
                    pass
        except ProgramKilled as error:
            log.warning("%s (try %d of %d)", error, attempt, MAX_ATTEMPTS)
            if attempt == MAX_ATTEMPTS:
                raise ProgramError(error.program, error.code, error.tail) from error
        else:
            return


ProgressCallback = Callable[[float], None]  # fraction done, 0..1
