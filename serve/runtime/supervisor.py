"""Supervisor: restarts the service's process after it, or its Ray, dies.

The supervisor has no state of its own and imports nothing heavy. A process that fails before it was ready for the first
time (a setting is wrong, a model missing) is not restarted; its error message is the answer.
"""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from pipeline.processes import subprocesses
from pipeline.settings import Settings
from serve.runtime import orphans
from serve.runtime.state_file import find_service, write_state

log = logging.getLogger(__name__)

LOST_EXIT_CODE = (
    75  # exit code of a service whose Ray died under it; any other end that is not 0 counts as well, once it was ready
)
FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 30.0  # s before the first restart, doubled each time it does not come up
STABLE_AFTER_S = 120.0  # s after which the next death is the first again
STOP_LIMIT_S = 45.0  # s that it gets to end in good order


def supervise(settings: Settings, command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the service's command until SIGTERM or SIGINT. Returns its exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    pause = FIRST_PAUSE_S
    while True:
        write_state(settings, ready=False)
        began = time.monotonic()
        with subprocesses.run_in_background(command, env={**environment, **orphans.build_mark(settings)}) as process:
            was_ready = _wait_for_end(settings, process, stop)
            if stop.is_set():
                return _stop_process(process)
        orphans.end_orphans(settings)
        if not was_ready and pause == FIRST_PAUSE_S:
            return process.returncode or 1
        pause = FIRST_PAUSE_S if time.monotonic() - began > STABLE_AFTER_S else min(2 * pause, MAX_PAUSE_S)
        log.error("the service ended with exit code %d; it restarts in %g s", process.returncode, pause)
        if stop.wait(pause):
            return 0


def _wait_for_end(settings: Settings, process: "subprocess.Popen[bytes]", stop: threading.Event) -> bool:
    """Wait for the end of the service, or until `stop` is set. True if it had been ready."""
    was_ready = False
    while process.poll() is None and not stop.wait(0.2):
        if not was_ready:
            now = find_service(settings)
            was_ready = now is not None and now.ready
    return was_ready


def _stop_process(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        return 1  # leaving the block ends it


def build_command(*arguments: str) -> tuple[str, ...]:
    """Build the command line that starts this same program once more."""
    return (sys.executable, "-P", "-m", "cli", *arguments)
