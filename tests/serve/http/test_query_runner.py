"""Limits on queries that run and wait at a time; each gives its place back, whatever its end is."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import QueryError
from pipeline.store.store import Store
from serve.http import query_runner
from serve.http.query_runner import MAX_RUNNING_QUERIES, MAX_UNREAD_RESULTS, QueryResponse, QueryRunner
from serve.request_errors import Busy

SLOW = "SELECT count(*) FROM range(10000000) a, range(1000000) b"


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[QueryRunner]:
    store = Store(tmp_path / "dubarr.duckdb")
    yield QueryRunner(store, tmp_path / "dubarr.duckdb")
    store.close()


def respond(runner: QueryRunner, sql: str) -> QueryResponse:
    return asyncio.run(runner.respond(sql))


async def nobody() -> dict[str, object]:
    await asyncio.sleep(60)
    return {"type": "http.disconnect"}


def sent(answer: QueryResponse) -> bytes:
    """The bytes that a reader gets."""
    pieces: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            pieces.append(bytes(message["body"]))  # type: ignore[call-overload]
        else:
            assert (b"content-length", answer.headers["content-length"].encode()) in message["headers"]  # type: ignore[operator]

    asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.4"}}, nobody, send))
    return b"".join(pieces)


def test_an_answer_is_streamed_whole_with_its_length(runner: QueryRunner) -> None:
    answer = respond(runner, "SELECT range AS n FROM range(100000)")
    whole = sent(answer)
    assert len(whole) == int(answer.headers["content-length"])
    assert pa.ipc.open_stream(whole).read_all().num_rows == 100_000


def test_a_query_beyond_those_that_may_run_is_told_to_come_back(runner: QueryRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_runner, "QUEUE_TIMEOUT_S", 0.1)

    async def ask() -> list[object]:
        slow = [asyncio.create_task(runner.respond(SLOW)) for _ in range(MAX_RUNNING_QUERIES)]
        await asyncio.sleep(0.5)
        with pytest.raises(Busy, match="2 queries are running; each takes at most 20 s"):
            await runner.respond("SELECT 1")
        return await asyncio.gather(*slow, return_exceptions=True)

    assert [type(each) for each in asyncio.run(ask())] == [QueryError] * MAX_RUNNING_QUERIES
    assert sent(respond(runner, "SELECT 1"))


def test_answers_that_nobody_reads_are_bounded_and_one_that_is_given_up_gives_its_place_back(runner: QueryRunner) -> None:
    unread = [respond(runner, "SELECT 1") for _ in range(MAX_UNREAD_RESULTS)]
    with pytest.raises(Busy, match="8 queries are queued or their results are unread"):
        respond(runner, "SELECT 1")
    del unread[0]  # never sent: its client was gone
    gc.collect()
    again = respond(runner, "SELECT 1")

    async def breaking(message: dict[str, object]) -> None:
        raise OSError("the connection is gone")

    with pytest.raises(Exception):  # noqa: B017 -- whatever Starlette makes of it
        asyncio.run(again({"type": "http", "asgi": {"spec_version": "2.4"}}, nobody, breaking))
    assert sent(respond(runner, "SELECT 1"))


def test_a_refused_query_gives_its_place_back(runner: QueryRunner) -> None:
    for _ in range(MAX_UNREAD_RESULTS + 1):
        with pytest.raises(QueryError):
            respond(runner, "SELEKT")
