"""A child process that kills itself at the n-th line of Python that it runs in some files, or at its n-th change of the file system, as
`kill -9` at that step would.
"""

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from types import FrameType
from typing import Any


def run_killed(work: Callable[[], object], *, step: int, watched: Collection[str]) -> int:
    """Run in a child that dies at its `step`-th line in the `watched` files. Returns its exit code, 0 where it came to its end."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = step

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in watched:
            return None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    work()
    os._exit(0)


WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = frozenset(
    f"os.{call}" for call in ("rename", "link", "symlink", "remove", "mkdir", "rmdir", "truncate", "chmod", "chown", "utime")
)


def is_change(event: str, args: tuple[Any, ...]) -> bool:
    """True for an audit event (PEP 578) before a change of the file system: a call, a file opened for writing, or a start of ffmpeg."""
    if event == "open":
        return isinstance(args[2], int) and bool(args[2] & WRITING_FLAGS)
    return event in CHANGES or is_ffmpeg(event, args)


def is_ffmpeg(event: str, args: tuple[Any, ...]) -> bool:
    return event == "subprocess.Popen" and any(str(each).rpartition("/")[2] == "ffmpeg" for each in (args[0], *args[1]))


def run_killed_at_change(work: Callable[[], object], *, change: int) -> int:
    """Run in a child that dies before its `change`-th change of the file system. Returns its exit code, 0 where it came to its end."""
    left = change

    def count(event: str, args: tuple[Any, ...]) -> None:
        nonlocal left
        if not is_change(event, args):
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return _run_audited(work, count)


def run_killed_in_ffmpeg(work: Callable[[], object], *, written: int) -> int:
    """Run in a child whose ffmpeg dies when a file has so many bytes, and which dies itself before it removes any. Returns its exit code."""
    has_begun = False

    def watch(event: str, args: tuple[Any, ...]) -> None:
        nonlocal has_begun
        has_begun |= is_ffmpeg(event, args)
        if has_begun and event == "os.remove":
            os.kill(os.getpid(), signal.SIGKILL)

    def limited() -> object:
        resource.setrlimit(resource.RLIMIT_FSIZE, (written, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return work()

    return _run_audited(limited, watch)


def _run_audited(work: Callable[[], object], hook: Callable[[str, tuple[Any, ...]], None]) -> int:
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        sys.addaudithook(hook)
        work()
    except BaseException:  # noqa: BLE001 -- told here, for the parent sees an exit code alone
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
