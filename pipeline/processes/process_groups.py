"""Process groups: the time limit of a running process, its end with all its children, and its exit code as an error."""

import os
import signal
import subprocess
import threading
from types import TracebackType
from typing import IO

from pipeline.errors import ProgramError, ProgramKilled, ProgramTimeout

STDERR_TAIL_BYTES = 8_192  # bytes of stderr that an error quotes
_running: set["subprocess.Popen[bytes]"] = set()  # processes of `start_process`, for `kill_all`
_killed_by_us: set["subprocess.Popen[bytes]"] = set()  # those of them that this process killed itself


class ProcessGuard:
    """Time limit and end of a running process: a context manager that waits for it, or kills its group after an exception.

    On exit it raises ProgramTimeout, ProgramKilled or ProgramError.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", program: str, timeout: float, stderr: IO[bytes]) -> None:
        self._process, self._program, self._timeout, self._stderr = process, program, timeout, stderr
        self._expired = threading.Event()
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True

    def _expire(self) -> None:
        self._expired.set()
        kill_process_group(self._process)

    def __enter__(self) -> None:
        self._timer.start()
        _running.add(self._process)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        broken_pipe: OSError | None = None
        has_ended = killed = False
        try:
            if error is None:
                try:
                    self._wait()
                    has_ended = True
                except OSError as problem:  # it did not read its input to the end
                    broken_pipe = problem
        finally:
            killed = _is_killed_from_outside(self._process)
            if not has_ended:
                kill_process_group(self._process)
                self._process.wait()
            self._release()
        if self._expired.is_set():
            raise ProgramTimeout(self._program, self._timeout) from None
        cause = error or broken_pipe
        if killed and (cause is None or isinstance(cause, Exception)):  # its reader found the end too early because of that
            raise ProgramKilled(self._program) from cause
        if broken_pipe:
            raise broken_pipe
        if error is None and self._process.returncode != 0:
            raise ProgramError(self._program, self._process.returncode, read_tail(self._stderr))

    def _wait(self) -> None:
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()

    def _release(self) -> None:
        self._timer.cancel()
        _running.discard(self._process)
        _killed_by_us.discard(self._process)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                close_pipe(pipe)


def kill_all() -> None:
    """Kill every process that `start_process` waits for; its callers get a ProgramError. Resident processes stay."""
    for process in tuple(_running):
        kill_process_group(process)


def kill_process_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and all its children at once (SIGKILL to the process group)."""
    if process in _running:
        _killed_by_us.add(process)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _is_killed_from_outside(process: "subprocess.Popen[bytes]") -> bool:
    """True for a process that ended by SIGKILL which this process did not send (the out-of-memory killer, a person)."""
    return process.poll() == -signal.SIGKILL and process not in _killed_by_us


def close_pipe(pipe: IO[bytes]) -> None:
    """Close a pipe, also where its program ended before it read all its input."""
    try:
        pipe.close()
    except BrokenPipeError:
        pass  # the program ended before it read all its input; its exit code is checked


def read_tail(stderr: IO[bytes]) -> str:
    """The last `STDERR_TAIL_BYTES` of a file, decoded."""
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - STDERR_TAIL_BYTES))
    return stderr.read().decode("utf-8", "replace")
