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
from pipeline.values.media import AudioFormat, Film
from pipeline.values.timeline import Span
from serve.http.media.streaming import StreamSlots, VideoStreamResponse
from serve.media import remote_encoder
from serve.media.media_deployment import CLIP_PLACES, bind_media, send_stdout
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
    return SimpleNamespace(stream=SimpleNamespace(remote=lambda command, socket: Response(encode(command, socket))))


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as short:  # a socket's path has at most 107 characters
        yield Path(short)


def test_a_stream_arrives_whole_and_leaves_no_socket_behind(folder: Path) -> None:
    async def read() -> bytes:
        async with RemoteEncoder(handle(), folder).stream(["head", "-c", "3000000", "/dev/zero"]) as stream:
            return await stream.read(-1)

    assert asyncio.run(read()) == bytes(3_000_000)
    assert not list(folder.iterdir())


def test_the_reason_of_a_failure_is_that_of_the_program(folder: Path) -> None:
    async def read() -> None:
        async with RemoteEncoder(handle(), folder).stream(["sh", "-c", "echo no such codec >&2; exit 3"]) as stream:
            await stream.read(-1)

    with pytest.raises(ProgramError, match="exit code 3: no such codec"):
        asyncio.run(read())


def test_a_viewer_who_does_not_read_holds_the_program_up(folder: Path, tmp_path: Path) -> None:
    async def read() -> int:
        command = ["sh", "-c", f"head -c 30000000 /dev/zero; touch {tmp_path / 'sent'}"]
        async with RemoteEncoder(handle(), folder).stream(command) as stream:
            await asyncio.sleep(1.0)
            assert not (tmp_path / "sent").exists()
            return len(await stream.read(-1))

    assert asyncio.run(read()) == 30_000_000


def test_the_program_ends_when_the_viewer_leaves(folder: Path, tmp_path: Path) -> None:
    async def leave() -> None:
        command = ["sh", "-c", f"echo $$ > {tmp_path / 'pid'}; while :; do head -c 100000 /dev/zero; done"]
        async with RemoteEncoder(handle(), folder).stream(command) as stream:
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
        async with RemoteEncoder(handle(_never), folder).stream(["true"]):
            pass

    with pytest.raises(Busy, match="all places for streams are taken"):
        asyncio.run(read())


def test_the_response_streams_what_the_replica_encodes(folder: Path) -> None:
    async def watch() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        slots = StreamSlots(encode=RemoteEncoder(handle(), folder).stream)
        await VideoStreamResponse(["printf", r"\0\0\0\014ftypmp42"], slots)({"type": "http"}, asyncio.Event().wait, send)
        return sent

    messages = asyncio.run(watch())
    assert messages[1]["body"] == b"\0\0\0\x0cftypmp42" and messages[-1]["more_body"] is False


def test_excerpts_conversions_and_peaks_are_asked_of_a_replica_with_their_errors(folder: Path) -> None:
    asked: list[str] = []

    def answer(name: str, value: Any) -> Any:
        async def run() -> Any:
            asked.append(name)
            if isinstance(value, Exception):
                raise value
            return value

        return SimpleNamespace(remote=lambda *_, **__: Response(run()))

    trouble = ProgramError("ffmpeg", 1, "no such codec")
    replica = SimpleNamespace(
        encode_excerpt=answer("excerpt", b"fLaC"),
        measure_peaks=answer("peaks", "pairs"),
        convert_artifact=answer("convert", trouble),
    )

    async def ask() -> None:
        encoder = RemoteEncoder(replica, folder)
        assert await encoder.encode_excerpt(folder, Film("matroska", 10.0, (), 0, 0), 1, [Span(0, 1)]) == b"fLaC"
        assert str(await encoder.measure_peaks(folder, 1, 10.0)) == "pairs"
        with pytest.raises(ProgramError, match="no such codec"):
            await encoder.convert_artifact(folder, folder, AudioFormat.WAV, seconds=10.0)

    asyncio.run(ask())
    assert asked == ["excerpt", "peaks", "convert"]


def test_a_cancelled_conversion_is_cancelled_in_its_replica(folder: Path) -> None:
    cancelled = asyncio.Event()

    async def convert() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    replica = SimpleNamespace(convert_artifact=SimpleNamespace(remote=lambda *_, **__: Response(convert())))

    async def leave() -> None:
        task = asyncio.create_task(RemoteEncoder(replica, folder).convert_artifact(folder, folder, AudioFormat.WAV, seconds=1.0))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await asyncio.wait_for(cancelled.wait(), 20.0)

    asyncio.run(leave())


def test_its_replicas_and_places_are_the_profiles() -> None:
    from pipeline.settings import Settings

    deployment = bind_media(Settings(), MediaProfile(replicas=2, streams=5, num_cpus=0.5))._bound_deployment
    assert (deployment.num_replicas, deployment.max_ongoing_requests) == (2, 5 + CLIP_PLACES)
    assert deployment.ray_actor_options["num_cpus"] == 0.5
    assert Profile.model_fields["media"].default == MediaProfile()
