"""CPU priorities."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCRIPT = """
import os, threading
from serve.runtime import cpu_priorities
over = threading.Event()
before = threading.Thread(target=over.wait)
before.start()
cpu_priorities.yield_to_answers()
nices = {os.getpriority(os.PRIO_PROCESS, thread) for thread in (threading.get_native_id(), before.native_id)}
child = os.popen("nice").read().strip()
cpu_priorities.yield_to_answers()
print(nices, child, os.getpriority(os.PRIO_PROCESS, 0))
over.set()
"""


def test_what_dubs_yields_with_all_its_threads_and_the_programs_that_it_starts() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["{15}", "15", "15"]
