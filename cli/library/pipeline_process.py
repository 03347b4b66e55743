"""The rows of a library from a process of its own: Ray ends the drivers of a cluster that dies, often without a word.

The command itself stays out of Ray, keeps what it has seen, and starts another such process when the service is back.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

from pipeline.errors import DubarrError
from pipeline.library import run as bulk
from pipeline.library.run import Survey
from pipeline.library.scan import DubbingRules, Row, RunHistory
from serve.client.client import Client
from serve.client.library_client import ServiceDubbing

POLL_INTERVAL_S = 0.5  # s between looks at the others
NOTICE_LIMIT_S = 15.0  # s in which a service whose Ray died says so


class RayGone(DubarrError):
    """The service's Ray has ended; a restarted service may run another."""


@dataclass(frozen=True, slots=True)
class LibraryWork:
    """The work of the process, and its service. `ray`: address at which the service's Ray takes drivers, "" to start a local Ray."""

    surveyed: Survey
    rules: DubbingRules
    memory: RunHistory
    at_once: int
    limit: int | None
    ray: str
    url: str
    user: str
    password: str


def stream_rows(work: LibraryWork, *, is_gone: Callable[[], bool]) -> Generator[Row, None, None]:
    """Rows of all films, as they come. RayGone as soon as `is_gone` holds; DubarrError where the pipeline cannot continue."""
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_send_rows, args=(work, theirs), name="library", daemon=True)
    process.start()
    theirs.close()
    try:
        yield from _receive_rows(ours, is_gone)
    except (EOFError, OSError):  # between two rows, or in the middle of one
        process.join(NOTICE_LIMIT_S)
        raise _build_end_error(process.exitcode, is_gone) from None
    finally:
        process.kill()
        process.join()
        ours.close()


def wait_until_gone(is_gone: Callable[[], bool]) -> bool:
    """True if `is_gone` holds now or within NOTICE_LIMIT_S: a driver that Ray ended may notice before the service does."""
    deadline = time.monotonic() + NOTICE_LIMIT_S
    while not (gone := is_gone()) and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL_S)
    return gone


def _receive_rows(ours: Connection, is_gone: Callable[[], bool]) -> Iterator[Row]:
    while True:
        while not ours.poll(POLL_INTERVAL_S):
            if is_gone():
                raise RayGone("the service's Ray is gone")
        match ours.recv():
            case None:
                return
            case DubarrError() as error:
                if wait_until_gone(is_gone):
                    raise RayGone(str(error)) from error
                raise error
            case row:
                yield row


def _build_end_error(code: int | None, is_gone: Callable[[], bool]) -> DubarrError:
    if wait_until_gone(is_gone):
        return RayGone("the service's Ray is gone")
    return DubarrError(f"the process that asked for the films ended (exit code {code}); the same command goes on from there")


def _send_rows(work: LibraryWork, theirs: Connection) -> None:
    """Main function of the child process: run the pipeline and send its rows, then None or an error."""
    from serve.runtime import local_ray

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's, which then ends us
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), name="parent", daemon=True).start()
    dub = ServiceDubbing(partial(Client, work.url, work.user, work.password))
    try:
        local_ray.join(work.ray) if work.ray else local_ray.start()
        for row in bulk.dub_open_films(work.surveyed, work.rules, dub, work.memory, at_once=work.at_once, limit=work.limit):
            theirs.send(row)
        theirs.send(None)
    except DubarrError as error:
        theirs.send(DubarrError(str(error)))  # some are made of parts that a pipe does not know
    finally:
        local_ray.stop()


def _exit_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_INTERVAL_S)
    os._exit(1)
