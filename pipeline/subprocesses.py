"""External programs: the one place that starts them, with limits, and ends them with all their children.

GPL programs (espeak-ng, apertium) run here as programs of their own; nothing of theirs is linked.
"""

import asyncio
import logging
import os
import resource
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, TypeVar

from pipeline.errors import ProgramError, ProgramKilled, ProgramMissing, ProgramOverflow, ProgramTimeout
from pipeline.tracing import WorkKind, trace_work

log = logging.getLogger(__name__)

T = TypeVar("T")

STDERR_TAIL_BYTES = 8_192  # bytes of stderr kept for the error
STREAM_BUFFER_BYTES = 1 << 16  # bytes that `flowing` takes ahead of its reader, twice over

MEMORY_LIMIT_BYTES = 4 << 30  # bytes of data that a program may hold which reads what others made
STDOUT_LIMIT_BYTES = 1 << 30  # bytes of stdout that `run` keeps, where its caller names no limit
MAX_ATTEMPTS = 3  # of work whose program was killed

_running: set["subprocess.Popen[bytes]"] = set()  # what `started` waits for, so that `end_all` finds it
_ended: set["subprocess.Popen[bytes]"] = set()  # those of them that we killed ourselves


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
    ProgramOverflow where it writes more than `most` bytes. `env`: the program's whole environment; None: ours. `memory`: see `started`.
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
    """The answer of work that a program does; begun anew where something killed the program: that is no fault of the work.

    ProgramError where it is killed each time.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            return work()
        except ProgramKilled as error:
            log.warning("%s (try %d of %d)", error, attempt, MAX_ATTEMPTS)
            if attempt == MAX_ATTEMPTS:
                raise ProgramError(error.program, error.code, error.tail) from error
    raise AssertionError("TRIES is at least 1")


def run_on_terminal(args: Sequence[str], *, env: dict[str, str] | None = None) -> int:
    """Run a program on our own terminal and return its exit code: for people's tools, which have no limit."""
    try:
        return subprocess.run(list(args), env=env, check=False).returncode  # noqa: S603 -- argument lists only, never a shell
    except FileNotFoundError as error:
        raise ProgramMissing(args[0]) from error


def start_detached(args: Sequence[str], *, log: Path, env: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a program that outlives us: a session of its own, no terminal, what it says appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 -- argument lists only, never a shell
            list(args), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=env
        )


@contextmanager
def run_in_background(args: Sequence[str], *, env: dict[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that talks to our terminal and is ended, if it still runs, when the block is left. Signals do not reach it."""
    process = subprocess.Popen(list(args), stdin=subprocess.DEVNULL, start_new_session=True, env=env)  # noqa: S603 -- never a shell
    try:
        yield process
    finally:
        if process.poll() is None:
            kill_process_group(process)
        process.wait()


def run_for_stderr(args: Sequence[str], *, timeout: float, memory: int | None = None) -> str:
    """Run a program that says its result on stderr, and return the end of that."""

    def once() -> str:
        with tempfile.TemporaryFile() as said:
            with start_process(args, timeout=timeout, stdout=subprocess.DEVNULL, log=said, memory=memory):
                pass
            return _tail(said)

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
    """A running program in a process group of its own, for as long as the block. `memory`: bytes of data (RLIMIT_DATA) that
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
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            kill_process_group(process)

        timer = threading.Timer(timeout, expire)
        timer.daemon = True
        timer.start()
        _running.add(process)
        try:
            yield process
            if process.stdin and not process.stdin.closed:
                process.stdin.close()
            process.wait()
        except BaseException as error:
            killed = _killed(process)
            kill_process_group(process)
            process.wait()
            if expired.is_set():
                raise ProgramTimeout(args[0], timeout) from None
            if killed and isinstance(error, Exception):  # it comes of that: whoever read found the end too early
                raise ProgramKilled(args[0]) from error
            raise
        finally:
            timer.cancel()
            killed = _killed(process)
            _running.discard(process)
            _ended.discard(process)
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    _close(pipe)
        if expired.is_set():
            raise ProgramTimeout(args[0], timeout)
        if killed:
            raise ProgramKilled(args[0])
        if process.returncode != 0:
            raise ProgramError(args[0], process.returncode, _tail(stderr))


@asynccontextmanager
async def stream_stdout(args: Sequence[str], *, longest: float, memory: int = MEMORY_LIMIT_BYTES) -> AsyncIterator[asyncio.StreamReader]:
    """A running program whose stdout a coroutine reads. While nobody reads, the program waits.

    Like `started`, whose `timeout` is `longest` here: leaving the block waits for the end and checks the exit code, leaving
    it by an exception, such as being cancelled, kills the group. Neither holds up the event loop.
    """
    with start_process(args, timeout=longest, memory=memory) as process:
        assert process.stdout
        stdout = asyncio.StreamReader(limit=STREAM_BUFFER_BYTES)
        pipe = os.fdopen(os.dup(process.stdout.fileno()), "rb", buffering=0)  # the transport closes its own
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), pipe)
        try:
            yield stdout
            await asyncio.to_thread(process.wait)
        except BaseException:
            kill_process_group(process)
            await asyncio.to_thread(process.wait)
            raise
        finally:
            transport.close()


class ResidentProcess:
    """A chain of programs that stays: each reads what the one before it writes, and answers question after question.

    The chain sees the end of its input, and ends, when this object is closed and also when our own process dies, however
    that happens. One question at a time: whoever shares a chain between threads locks it.
    """

    def __init__(self, chain: Sequence[Sequence[str]], *, env: dict[str, str] | None = None) -> None:
        """Start the programs, in one process group. ProgramMissing names the one that is not installed. `env`: see `run`."""
        self.name, self._env = chain[-1][0], env
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the chain, closed with it
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for args in chain:
                self._start(args)
        except BaseException:
            self.close()
            raise

    def _start(self, args: Sequence[str]) -> None:
        before = self._processes[-1] if self._processes else None
        try:
            process = subprocess.Popen(  # noqa: S603 -- argument lists only, never a shell
                list(args),
                stdin=before.stdout if before else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                process_group=self._processes[0].pid if before else 0,
                env=self._env,
            )
        except FileNotFoundError as error:
            raise ProgramMissing(args[0]) from error
        self._processes.append(process)
        if before and before.stdout:
            before.stdout.close()  # only the next program reads it, or it would never see the end

    @property
    def is_alive(self) -> bool:
        """Whether all of its programs run."""
        return all(process.poll() is None for process in self._processes)

    def ask(self, question: bytes, *, until: bytes, timeout: float) -> bytes:
        """What the chain writes up to `until`, without it. ProgramTimeout after `timeout` seconds, ProgramError if it ended.

        After an error the chain is out of step: close it and start another.
        """
        source, sink = self._processes[0].stdin, self._processes[-1].stdout
        if source is None or sink is None or source.closed:
            raise ProgramError(self.name, -1, "the chain was closed")
        os.set_blocking(source.fileno(), False)
        answer, unsent, deadline = b"", memoryview(question), time.monotonic() + timeout
        with selectors.DefaultSelector() as ready:
            ready.register(sink, selectors.EVENT_READ)
            ready.register(source, selectors.EVENT_WRITE)
            while not answer.endswith(until):
                events = ready.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    raise ProgramTimeout(self.name, timeout)
                if any(key.fileobj is source for key, _ in events):
                    unsent = self._send(source, unsent)
                    if not unsent:
                        ready.unregister(source)
                if any(key.fileobj is sink for key, _ in events):
                    answer += self._receive(sink)
        return answer.removesuffix(until)

    def _send(self, source: IO[bytes], unsent: memoryview) -> memoryview:
        try:
            return unsent[os.write(source.fileno(), unsent) :]
        except BrokenPipeError as error:
            raise ProgramError(self.name, -1, _tail(self._stderr) or "the chain ended") from error

    def _receive(self, sink: IO[bytes]) -> bytes:
        block = os.read(sink.fileno(), 65_536)
        if not block:
            raise ProgramError(self.name, -1, _tail(self._stderr) or "the chain ended")
        return block

    def close(self) -> None:
        """End all programs of the chain at once. Harmless when repeated."""
        if self._processes and self._processes[0].returncode is None:
            kill_process_group(self._processes[0])  # its group: all of them
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    _close(pipe)
            process.wait()
        self._stderr.close()


def kill_all() -> None:
    """End every program that this process waits for; whoever waits gets a ProgramError. Residents stay."""
    for process in tuple(_running):
        kill_process_group(process)


def kill_process_group(process: "subprocess.Popen[bytes]") -> None:
    """End a program and all its children at once."""
    if process in _running:
        _ended.add(process)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _killed(process: "subprocess.Popen[bytes]") -> bool:
    """Whether something else than we killed it."""
    return process.poll() == -signal.SIGKILL and process not in _ended


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        pass  # the program ended before it read all its input; its exit code tells why


def _tail(stderr: IO[bytes]) -> str:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - STDERR_TAIL_BYTES))
    return stderr.read().decode("utf-8", "replace")


ProgressCallback = Callable[[float], None]  # fraction done, 0..1
