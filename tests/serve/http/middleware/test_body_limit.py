"""Bodies that are too large, too slow or too many: each is refused with a sentence, and what flows goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from serve.http.middleware import body_limit
from serve.http.middleware.body_limit import BodyLimit, BodyTimes
from serve.http.routes.resumable.body_bounds import find_max_body_bytes, is_upload_body
from serve.http.routes.resumable.tus_headers import MAX_PART_BYTES

QUICK = BodyTimes(idle_s=0.2, max_s=0.4, rate_period_s=0.4)
PATIENT = BodyTimes(idle_s=1.5, max_s=1.5, rate_period_s=1.5)  # longer than a busy machine takes to begin all requests of a flood


async def read_all(scope: Any, receive: Any, send: Any) -> None:
    """An app that reads the whole body, as the frameworks do."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200})


async def ask(limit: BodyLimit, pieces: AsyncIterator[bytes], *, path: str = "/webhook") -> int:
    """The status of one request whose body comes in these pieces, and is never finished where they end with None."""

    async def receive() -> dict[str, Any]:
        async for piece in pieces:
            return {"type": "http.request", "body": piece, "more_body": piece != b""}
        await asyncio.Event().wait()
        raise AssertionError

    statuses: list[int] = []

    async def send(message: Any) -> None:
        statuses.append(message["status"])

    try:
        await limit({"type": "http", "path": path}, receive, send)
    except HTTPException as refused:
        return refused.status_code
    return statuses[0]


async def sent(*pieces: bytes, every: float = 0.0) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(every)
        yield piece


def quick_limit(times: BodyTimes = QUICK) -> BodyLimit:
    return BodyLimit(read_all, is_upload_body, times, find_max_body_bytes)


@pytest.mark.parametrize("path", ["/webhook", "/upload"])
def test_half_a_body_is_given_up(path: str) -> None:
    assert asyncio.run(ask(quick_limit(), sent(b"half"), path=path)) == 408
    assert asyncio.run(ask(quick_limit(), sent(), path=path)) == 408, "not a byte of it came"


@pytest.mark.parametrize("path", ["/webhook", "/upload"])
def test_a_body_that_trickles_in_is_given_up(path: str) -> None:
    assert asyncio.run(ask(quick_limit(), sent(*[b"x"] * 100, b"", every=0.05), path=path)) == 408


@pytest.mark.parametrize("path", ["/upload", "/api/uploads/0123456789abcdef0123456789abcdef"])
def test_an_upload_that_flows_takes_its_time(path: str) -> None:
    pieces = [b"x" * body_limit.MIN_UPLOAD_RATE_BYTES_S] * 20
    assert asyncio.run(ask(quick_limit(), sent(*pieces, b"", every=0.05), path=path)) == 200


def test_a_part_of_an_upload_is_bounded_and_a_whole_film_is_not() -> None:
    pieces = [bytes(MAX_PART_BYTES), b"x", b""]
    assert asyncio.run(ask(quick_limit(), sent(*pieces), path="/api/uploads/0123456789abcdef0123456789abcdef")) == 413
    assert asyncio.run(ask(quick_limit(), sent(*pieces), path="/upload")) == 200


def test_a_slow_disk_of_ours_is_not_the_clients_fault() -> None:
    async def slow_app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(6):
            await receive()
            await asyncio.sleep(0.1)
        await send({"type": "http.response.start", "status": 200})

    limit = BodyLimit(slow_app, is_upload_body, QUICK, find_max_body_bytes)
    assert asyncio.run(ask(limit, sent(*[b"x"] * 6), path="/upload")) == 200


@pytest.mark.parametrize(("path", "most"), [("/webhook", body_limit.MAX_BODIES), ("/upload", body_limit.MAX_UPLOADS)])
def test_so_many_bodies_are_read_at_a_time_and_places_come_back(path: str, most: int) -> None:
    limit = quick_limit(PATIENT)

    async def flood() -> list[int]:
        return await asyncio.gather(*(ask(limit, sent(b"half"), path=path) for _ in range(most + 10)))

    statuses = asyncio.run(flood())
    assert (statuses.count(408), statuses.count(429)) == (most, 10)
    assert asyncio.run(ask(limit, sent(b"whole", b""), path=path)) == 200


def test_requests_without_a_body_are_never_refused() -> None:
    limit = quick_limit()

    async def flood() -> list[int]:
        half = [ask(limit, sent(b"half")) for _ in range(body_limit.MAX_BODIES)]
        return (await asyncio.gather(*half, *(ask(limit, sent(b""), path="/health") for _ in range(10))))[-10:]

    assert asyncio.run(flood()) == [200] * 10
