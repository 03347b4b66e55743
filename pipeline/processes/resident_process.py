"""Resident processes: long-running chains of external programs that answer one request after another over pipes."""

import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

from pipeline.errors import ProgramError, ProgramMissing, ProgramTimeout
from pipeline.processes.process_groups import close_pipe, kill_process_group, read_tail


class ResidentProcess:
    """Chain of resident programs: each reads the output of the one before it; the chain answers one request after another.

    The chain sees the end of its input, and ends, when this object is closed and also when our own process dies, however
    that happens. One request at a time: threads that share a chain lock it.
    """

    def __init__(self, chain: Sequence[Sequence[str]], *, env: dict[str, str] | None = None) -> None:
        """Start the programs, in one process group. ProgramMissing names the one that is not installed. `env`: see `run`."""
        self.name, self._env = chain[-1][0], env
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the chain, closed with it
        self._processes: list[subprocess.Popen[bytes]] = []
        with ExitStack() as unfinished:
            unfinished.callback(self.close)
            for args in chain:
                self._start(args)
            unfinished.pop_all()

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
            before.stdout.close()  # only the next program holds it open, or it would never read the end of file

    @property
    def is_alive(self) -> bool:
        """True while all of its programs run."""
        return all(process.poll() is None for process in self._processes)

    def ask(self, question: bytes, *, until: bytes, timeout: float) -> bytes:
        """Write a request to the chain and read its answer up to `until`, without it. ProgramTimeout after `timeout` seconds,
        ProgramError where the chain ended.

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
            raise ProgramError(self.name, -1, read_tail(self._stderr) or "the chain ended") from error

    def _receive(self, sink: IO[bytes]) -> bytes:
        block = os.read(sink.fileno(), 65_536)
        if not block:
            raise ProgramError(self.name, -1, read_tail(self._stderr) or "the chain ended")
        return block

    def close(self) -> None:
        """Kill all programs of the chain. Idempotent."""
        if self._processes and self._processes[0].returncode is None:
            kill_process_group(self._processes[0])  # its group: all of them
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    close_pipe(pipe)
            process.wait()
        self._stderr.close()
