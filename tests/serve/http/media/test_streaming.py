"""A film on its way to a browser: it ends with its viewer, few watch at a time, and nobody takes half of it for a whole."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from browsing import chromium, log_in, needs_chromium, wait_until
from in_process_service import AUTH
from listening import Listening, listening
from running_ffmpeg import readers_of
from shown_films import film_with, noisy_film

from pipeline.errors import ProgramError
from pipeline.values.tasks import DubRequest
from serve.http.media.streaming import (
    BURST_S,
    MAX_BUFFERED_S,
    MAX_STREAM_SPEED,
    StreamRateLimit,
    StreamSlots,
    VideoStreamResponse,
)

BOX = b"\\0\\0\\0\\014ftypmp42"  # for printf


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("live")) as running:
        film = film_with(running.inner.library / "long.mkv", [440], seconds=120.0)
        running.inner.store.tasks.submit(DubRequest(film, film.stat().st_size, film.stat().st_mtime_ns, ("es",), "en", 120.0))
        noise = noisy_film(running.inner.library / "noise.mkv", seconds=60.0)
        running.inner.store.tasks.submit(DubRequest(noise, noise.stat().st_size, noise.stat().st_mtime_ns, ("es",), "en", 60.0))
        yield running


def makers(live: Listening) -> list[int]:
    """The ffmpegs that make our film."""
    return list(readers_of(live.inner.library))


def settles(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def watching(live: Listening) -> AbstractContextManager[httpx.Response]:
    return httpx.stream("GET", f"{live.url}/api/tasks/2/watch", auth=AUTH, timeout=30, trust_env=False)


def test_ffmpeg_ends_when_the_viewer_leaves(live: Listening) -> None:
    with watching(live) as answer:
        assert answer.status_code == 200
        coming = answer.iter_bytes(8)  # kept: httpx closes the connection of one that is dropped
        assert next(coming)[4:8] == b"ftyp"
        settles(lambda: len(makers(live)) == 1)
    settles(lambda: makers(live) == [])


def test_a_viewer_who_takes_nothing_holds_ffmpeg_and_leaves_all_the_same(live: Listening) -> None:
    with watching(live) as answer:
        assert answer.status_code == 200
        settles(lambda: len(makers(live)) == 1)
    settles(lambda: makers(live) == [])


def test_who_comes_when_all_seats_are_taken_is_told_to_try_again(live: Listening) -> None:
    app: Any = live.inner.client.app
    app.state.stream_slots = StreamSlots(2, slot_timeout_s=0.05)
    with watching(live) as one, watching(live) as two:
        assert (one.status_code, two.status_code) == (200, 200)
        with watching(live) as three:
            three.read()
            assert (three.status_code, three.headers["retry-after"].isdecimal()) == (429, True)
            assert three.json()["detail"].startswith("2 streams are open already")
    app.state.stream_slots = StreamSlots(1, slot_timeout_s=20.0)  # whoever seeks leaves one seat and takes another
    for _ in range(3):
        with watching(live) as again:
            assert again.status_code == 200


def test_a_film_goes_out_a_little_faster_than_it_is_played() -> None:
    now = 100.0
    pace = StreamRateLimit(lambda: now)
    pace.count_sent(BURST_S)
    assert pace.delay() == 0.0
    pace.count_sent(10.0)
    assert pace.delay() == pytest.approx(10.0 / MAX_STREAM_SPEED)
    now += 8.0
    assert pace.delay() == pytest.approx(10.0 / MAX_STREAM_SPEED - 8.0)
    now += 100.0
    assert pace.delay() == 0.0


def test_a_film_is_never_far_ahead_of_its_viewer() -> None:
    now = 0.0
    pace = StreamRateLimit(lambda: now)
    sent = 0.0
    while now < 600.0:
        now += pace.delay()
        pace.count_sent(1.0)
        sent += 1.0
        assert sent - now <= MAX_BUFFERED_S + 1.0
    assert sent >= now + MAX_BUFFERED_S - 1.0


def test_a_viewer_who_takes_nothing_gives_the_seat_back() -> None:
    async def watch() -> float:
        seats = StreamSlots(1, stall_timeout_s=0.2)
        begun = time.monotonic()

        async def take_nothing(message: Any) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

        film = VideoStreamResponse(("sh", "-c", f"printf '{BOX.decode()}'; sleep 20"), seats)
        await film({"type": "http"}, asyncio.Event().wait, take_nothing)
        async with seats.acquire():
            return time.monotonic() - begun

    assert asyncio.run(watch()) < 10.0


async def shown(*command: str) -> list[dict[str, Any]]:
    """The messages that go out while the viewer stays."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await VideoStreamResponse(command, StreamSlots())({"type": "http"}, asyncio.Event().wait, send)
    return sent


def test_a_whole_film_ends_as_one() -> None:
    sent = asyncio.run(shown("printf", BOX.decode()))
    assert [message["type"] for message in sent] == ["http.response.start", *["http.response.body"] * 2]
    assert (sent[1]["body"], sent[-1]["more_body"]) == (b"\0\0\0\x0cftypmp42", False)


def test_a_failure_before_the_first_byte_is_an_error_of_ours() -> None:
    with pytest.raises(ProgramError, match="exit code 3: no such codec"):
        asyncio.run(shown("sh", "-c", "echo no such codec >&2; exit 3"))


def test_a_failure_in_the_middle_leaves_the_answer_unfinished() -> None:
    sent = asyncio.run(shown("sh", "-c", f"printf '{BOX.decode()}'; exit 3"))
    assert len(sent) == 2
    assert sent[-1]["more_body"]


BRIGHTNESS = """() => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.drawImage(document.querySelector("video"), 0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data[0];
}"""


@pytest.mark.browser
@needs_chromium
def test_a_browser_plays_it_from_where_it_was_asked_to(live: Listening) -> None:
    with chromium() as browser:
        context = browser.new_context()
        log_in(context, live.url, AUTH)
        page = context.new_page()
        page.goto(f"{live.url}/health")
        given = {"muted": True, "autoplay": True, "src": "/api/tasks/1/watch?start=57"}  # it turns white at 60
        page.evaluate("given => Object.assign(document.body.appendChild(document.createElement('video')), given)", given)
        video = page.query_selector("video")
        assert video
        wait_until(page, "video => video.currentTime > 1", arg=video, timeout=30_000)
        assert video.evaluate("it => [it.videoWidth, it.videoHeight, it.error, it.webkitAudioDecodedByteCount > 0]") == [
            *(160, 90, None, True)
        ]
        wait_until(page, "video => video.currentTime > 3.2", arg=video, timeout=30_000)
        assert page.evaluate(BRIGHTNESS) > 200
        video.evaluate("it => { it.pause(); it.currentTime = 1.5 }")  # what came is still there
        wait_until(page, "video => !video.seeking", arg=video, timeout=30_000)
        assert page.evaluate(BRIGHTNESS) < 50
    settles(lambda: makers(live) == [])
