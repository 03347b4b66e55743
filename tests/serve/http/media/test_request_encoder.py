"""The encoder of a request: a client that disconnects ends the work, and a detached one goes on."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ProgramError
from pipeline.processes import subprocesses
from serve.http.media.request_encoder import RequestEncoder
from serve.media.encoder import Encoder
from serve.media.local_encoder import LocalEncoder
from serve.request_errors import BadRequest


def work(script: str) -> Callable[[Encoder], Any]:
    return lambda _: subprocesses.run_cancellable(["sh", "-c", script], longest=60.0)


def wait_for_file(path: Path) -> None:
    deadline = time.monotonic() + 20.0
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask(script: str, *, leaves_at: Path | None, detached: bool = False) -> None:
    """Run a script as a request's work. `leaves_at`: the client disconnects when this file exists."""

    async def receive() -> dict[str, str]:
        if leaves_at is None:
            await asyncio.Event().wait()
        else:
            await asyncio.to_thread(wait_for_file, leaves_at)
        return {"type": "http.disconnect"}

    async def request() -> None:
        encoder = RequestEncoder(LocalEncoder(), asyncio.get_running_loop(), receive)
        await asyncio.to_thread((encoder.detach() if detached else encoder).run, work(script))

    asyncio.run(request())


def test_a_client_that_disconnects_ends_the_program(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    with pytest.raises(BadRequest, match="closed the connection"):
        ask(f"echo $$ > {tmp_path / 'new'}; mv {tmp_path / 'new'} {started}; sleep 50", leaves_at=started)
    deadline = time.monotonic() + 20.0
    while Path(f"/proc/{int(started.read_text())}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_detached_work_goes_on_without_the_client(tmp_path: Path) -> None:
    ask(f"touch {tmp_path / 'begun'}; sleep 0.2; touch {tmp_path / 'ended'}", leaves_at=tmp_path / "begun", detached=True)
    assert (tmp_path / "ended").exists()


def test_the_error_of_the_work_is_the_requests() -> None:
    with pytest.raises(ProgramError, match="exit code 3: no such codec"):
        ask("echo no such codec >&2; exit 3", leaves_at=None)


def test_a_program_killed_from_outside_is_started_again(tmp_path: Path) -> None:
    first = tmp_path / "first"
    ask(f"test -e {first} || {{ touch {first}; kill -9 $$; }}", leaves_at=None)
    with pytest.raises(ProgramError):
        ask("kill -9 $$", leaves_at=None)
