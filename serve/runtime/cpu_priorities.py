"""CPU priorities (nice values) of the service's processes: what answers people comes before what dubs.

Ray starts every worker process with one nice value, and a process may only ever raise its own: all of them start with that of
the web server and the store's owner, and engines and workers give way. The programs that they start inherit it.
"""

import os
from pathlib import Path

ANSWERING_NICE = 5  # web server, store's owner, HAProxy, Serve's controller
DUBBING_NICE = 15  # Ray's own default for all: a desktop, or a media server beside it, comes first
RAY_ENVIRONMENT = {"RAY_worker_niceness": str(ANSWERING_NICE)}


def yield_to_answers() -> None:
    """Give this process, with all its threads, the priority of dubbing. Threads that it starts later inherit it."""
    for thread in Path("/proc/self/task").iterdir():  # setpriority(2) on Linux holds for a thread, not for its process
        try:
            if os.getpriority(os.PRIO_PROCESS, int(thread.name)) < DUBBING_NICE:
                os.setpriority(os.PRIO_PROCESS, int(thread.name), DUBBING_NICE)
        except ProcessLookupError:
            continue  # it ended meanwhile
