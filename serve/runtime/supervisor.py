"""Supervisor: restarts the service's process whenever it, or its Ray, dies.

The supervisor holds nothing itself and imports nothing heavy: what it could lose is the next start. A process that
cannot even begin (a setting is wrong, a model missing) is not started again; its sentence is the answer.
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

LOST = 75  # exit code of a service whose Ray died under it; any other end that is not 0 counts as well, once it was ready
PAUSE, LONGEST_PAUSE = 0.5, 30.0  # s before the first start anew, doubled each time it does not come up
STABLE = 120.0  # s after which the next death is the first again
STOP_LIMIT_S = 45.0  # s that it gets to end in good order


def supervise(settings: Settings, command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the service's command until SIGTERM or SIGINT. Returns its exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    pause = PAUSE
    while True:
        write_state(settings, ready=False)
        began = time.monotonic()
        with subprocesses.run_in_background(command, env={**environment, **orphans.mark_environment(settings)}) as process:
            was_ready = _watch(settings, process, stop)
            if stop.is_set():
                return _stop_process(process)
        orphans.end_orphans(settings)
        if not was_ready and pause == PAUSE:
            return process.returncode or 1
        pause = PAUSE if time.monotonic() - began > STABLE else min(2 * pause, LONGEST_PAUSE)
        log.error("the service ended with exit code %d; it starts anew in %g s", process.returncode, pause)
        if stop.wait(pause):
            return 0


def _watch(settings: Settings, process: "subprocess.Popen[bytes]", stop: threading.Event) -> bool:
    """Wait for the end of the service, or for the wish to stop. Whether it had been ready."""
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


def command(*arguments: str) -> tuple[str, ...]:
    """Command line that starts this same program once more."""
    return (sys.executable, "-P", "-m", "cli", *arguments)
