"""A service that is kept going, played by a script; and what is cleared away after one that was killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import Settings
from serve.runtime import orphans
from serve.runtime.state_file import find_service, find_start_time

ROOT = Path(__file__).parents[3]
SUPERVISOR = """
import os, sys
from pathlib import Path
from pipeline.settings import Settings
from serve.runtime.supervisor import supervise
settings = Settings(data_dir=Path(sys.argv[1]))
sys.exit(supervise(settings, [sys.executable, "-c", sys.argv[2]], os.environ))
"""
# Says that it is ready, notes each start, leaves a child behind as HAProxy would be, and dies at its first start.
SERVICE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from pipeline.settings import Settings
from serve.runtime.state_file import write_state
data = Path({data!r})
write_state(Settings(data_dir=data), ready=True, pid=os.getppid())
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
(data / "children").write_text(str(child.pid))
signal.signal(signal.SIGTERM, lambda *_: (child.kill(), sys.exit(0)))  # before anybody can see that it started
starts = data / "starts"
starts.write_text((starts.read_text() if starts.exists() else "") + f"{{os.getpid()}}\\n")
if starts.read_text().count("\\n") == 1:
    time.sleep(0.6)
    os.kill(os.getpid(), signal.SIGKILL)
signal.pause()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def supervised(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    service = SERVICE.format(data=str(settings.data_dir))
    command = [sys.executable, "-c", SUPERVISOR, str(settings.data_dir), service]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    yield process
    process.kill()
    process.wait()
    orphans.end_orphans(settings)


def until(holds, limit: float = 60.0):
    deadline = time.monotonic() + limit
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
    return found


def starts(settings: Settings) -> list[str]:
    file = settings.data_dir / "starts"
    return file.read_text().splitlines() if file.exists() else []


def test_a_service_that_is_killed_comes_back_and_what_it_left_is_cleared_away(settings, supervised) -> None:
    until(lambda: len(starts(settings)) == 1 and (settings.data_dir / "children").exists())
    first_child = int((settings.data_dir / "children").read_text())
    until(lambda: len(starts(settings)) == 2)
    assert find_start_time(first_child) is None
    service = until(lambda: (found := find_service(settings)) and found.ready and found)
    assert service.pid == supervised.pid, "whoever looks sees one service"
    supervised.send_signal(signal.SIGTERM)
    assert supervised.wait(60) == 0
    assert orphans.find_orphans(settings) == ()


def test_a_service_that_cannot_begin_is_not_started_again(settings: Settings, tmp_path: Path) -> None:
    service = f"from pathlib import Path; p = Path({str(tmp_path / 'tries')!r}); p.write_text((p.read_text() if p.exists() else '') + 'x'); raise SystemExit(3)"
    done = subprocess.run(
        [sys.executable, "-c", SUPERVISOR, str(settings.data_dir), service], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 3 and (tmp_path / "tries").read_text() == "x"


def test_leftovers_are_those_of_this_service_alone(settings: Settings, tmp_path: Path) -> None:
    other = Settings(data_dir=tmp_path / "other")
    processes = [
        subprocess.Popen(["sleep", "300"], env={**os.environ, **orphans.build_mark(whose)}) for whose in (settings, other)
    ]
    reaper = threading.Thread(target=processes[0].wait)
    try:
        assert orphans.find_orphans(settings) == (processes[0].pid,)
        reaper.start()
        assert orphans.end_orphans(settings) == 1 and orphans.find_orphans(settings) == ()
        assert processes[1].poll() is None
    finally:
        for process in processes:
            process.kill()
        processes[1].wait()
