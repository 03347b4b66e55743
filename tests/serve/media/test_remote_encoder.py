"""Streams from a media replica: over a UNIX socket, at the viewer's pace, ended when the viewer leaves. The replica is a fake task."""

import asyncio
import tempfile
import time
from collections.abc import Coroutine, Generator, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ProgramError
from serve.http.media.streaming import StreamSlots, VideoStreamResponse
from serve.media import remote_encoder
from serve.media.media_deployment import bind_media, send_stdout
from serve.media.remote_encoder import RemoteEncoder
from serve.profile import Profile
from serve.replica_profiles import MediaProfile
from serve.request_errors import Busy


class Response:
    """Answer of a handle's call: awaited for its end, and cancelled."""

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.ensure_future(work)

    def __await__(self) -> Generator[Any, None, None]:
        return asyncio.shield(self._task).__await__()

    def cancel(self) -> None:
        self._task.cancel()


async def _never(command: Sequence[str], socket: str) -> None:
    await asyncio.Event().wait()


def handle(encode: Any = send_stdout) -> Any:
    return SimpleNamespace(encode=SimpleNamespace(remote=lambda command, socket: Response(encode(command, socket))))


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as short:  # a socket's path has at most 107 characters
        yield Path(short)


def test_a_stream_arrives_whole_and_leaves_no_socket_behind(folder: Path) -> None:
    async def read() -> bytes:
        async with RemoteEncoder(handle(), folder)(["head", "-c", "3000000", "/dev/zero"]) as stream:
            return await stream.read(-1)

    assert asyncio.run(read()) == bytes(3_000_000)
    assert not list(folder.iterdir())


def test_the_reason_of_a_failure_is_that_of_the_program(folder: Path) -> None:
    async def read() -> None:
        async with RemoteEncoder(handle(), folder)(["sh", "-c", "echo no such codec >&2; exit 3"]) as stream:
            await stream.read(-1)

    with pytest.raises(ProgramError, match="exit code 3: no such codec"):
        asyncio.run(read())


def test_a_viewer_who_does_not_read_holds_the_program_up(folder: Path, tmp_path: Path) -> None:
    async def read() -> int:
        command = ["sh", "-c", f"head -c 30000000 /dev/zero; touch {tmp_path / 'sent'}"]
        async with RemoteEncoder(handle(), folder)(command) as stream:
            await asyncio.sleep(1.0)
            assert not (tmp_path / "sent").exists()
            return len(await stream.read(-1))

    assert asyncio.run(read()) == 30_000_000


def test_the_program_ends_when_the_viewer_leaves(folder: Path, tmp_path: Path) -> None:
    async def leave() -> None:
        command = ["sh", "-c", f"echo $$ > {tmp_path / 'pid'}; while :; do head -c 100000 /dev/zero; done"]
        async with RemoteEncoder(handle(), folder)(command) as stream:
            await stream.readexactly(1)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(leave())
    pid, deadline = int((tmp_path / "pid").read_text()), time.monotonic() + 10.0
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_finds_no_place_is_told_to_try_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_encoder, "CONNECT_TIMEOUT_S", 0.1)

    async def read() -> None:
        async with RemoteEncoder(handle(_never), folder)(["true"]):
            pass

    with pytest.raises(Busy, match="all places for streams are taken"):
        asyncio.run(read())


def test_the_response_streams_what_the_replica_encodes(folder: Path) -> None:
    async def watch() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        slots = StreamSlots(encode=RemoteEncoder(handle(), folder))
        await VideoStreamResponse(["printf", r"\0\0\0\014ftypmp42"], slots)({"type": "http"}, asyncio.Event().wait, send)
        return sent

    messages = asyncio.run(watch())
    assert messages[1]["body"] == b"\0\0\0\x0cftypmp42" and messages[-1]["more_body"] is False


def test_its_replicas_and_places_are_the_profiles() -> None:
    from pipeline.settings import Settings

    deployment = bind_media(Settings(), MediaProfile(replicas=2, streams=5, num_cpus=0.5))._bound_deployment
    assert (deployment.num_replicas, deployment.max_ongoing_requests) == (2, 5)
    assert deployment.ray_actor_options["num_cpus"] == 0.5
    assert Profile.model_fields["media"].default == MediaProfile()
