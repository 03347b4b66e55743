"""Benchmark of open streams: 200 tails of the log, 20 streams of events, 50 reads a second and a dub at once; /health, probed by a
process of its own on the same machine, must stay quick, and no stream may miss an event.

Run: python -m pytest -q -s -m slow tests/benchmarks/open_streams.py
"""

import asyncio
import base64
import os
import shutil
import threading
import time
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from evaluation.sample.film import make_sample_film
from serve.client.client import Client
from tests.support.health_probe import probe_health
from tests.support.real_service import Running, running

__all__ = ["running"]

TAILS, STREAMS, READS_PER_S = 200, 20, 50
LIMIT_S = 0.1  # of the 99th percentile of /health
READ_PATHS = ("/api/tasks", "/api/system", "/api/tasks?status=DONE", "/api/languages")


class Readers:
    """Streams of events of as many clients, each with what it saw."""

    def __init__(self, running: Running) -> None:
        self.seen: list[list[tuple[int, str]]] = [[] for _ in range(STREAMS)]
        self.running, self.stopping, self.ready = running, threading.Event(), threading.Barrier(STREAMS + 1)
        self.threads = [threading.Thread(target=self._read, args=(seen,), daemon=True) for seen in self.seen]
        for thread in self.threads:
            thread.start()
        self.ready.wait(60)

    def _read(self, seen: list[tuple[int, str]]) -> None:
        with Client(self.running.url, self.running.settings.api_user, self.running.password) as client:
            for event in client.events():
                if event.kind == "ready" and not seen:
                    self.ready.wait(60)
                seen.append((event.id, event.kind))
                if self.stopping.is_set():
                    return


async def tail_log(url: str, headers: dict[str, str], counts: list[int], number: int) -> None:
    async with connect(f"ws{url.removeprefix('http')}/ws/logs", additional_headers=headers, proxy=None) as socket:
        async for _ in socket:
            counts[number] += 1


async def read_all(http: httpx.AsyncClient, until: asyncio.Event) -> int:
    """50 reads a second, whether or not the ones before are answered."""
    pending, count = set(), 0
    while not until.is_set():
        task = asyncio.create_task(http.get(READ_PATHS[count % len(READ_PATHS)]))
        pending.add(task)
        task.add_done_callback(pending.discard)
        count += 1
        await asyncio.sleep(1 / READS_PER_S)
    answers = await asyncio.gather(*pending)
    assert all(answer.status_code == 200 for answer in answers)
    return count


async def load(running: Running, film: Path) -> tuple[list[float], int, list[int], float]:
    auth = (running.settings.api_user, running.password)
    headers = {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()}
    counts, until = [0] * TAILS, asyncio.Event()
    tails = [asyncio.create_task(tail_log(running.url, headers, counts, number)) for number in range(TAILS)]
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=running.url, auth=auth, limits=limits, timeout=30, trust_env=False) as http:
        while not all(counts):  # noqa: ASYNC110 -- counted by other tasks
            await asyncio.sleep(0.1)
        reads = asyncio.create_task(read_all(http, until))
        with probe_health(running.url) as times:
            began = time.monotonic()
            task = await asyncio.to_thread(running.client.submit_path, film, ("es",))
            await asyncio.to_thread(running.done, task["id"])
            seconds = time.monotonic() - began
        until.set()
        count = await reads
    for tail in tails:
        tail.cancel()
    return times, count, counts, seconds


@pytest.mark.slow
def test_health_stays_quick_and_no_event_is_missed(running: Running, tmp_path: Path) -> None:
    film = Path(shutil.copy(make_sample_film(tmp_path, subtitles=True), running.library))
    readers = Readers(running)
    before = os.getloadavg()[0]
    times, reads, counts, seconds = asyncio.run(load(running, film))
    readers.stopping.set()
    last = running.client.submit_path(film, ("ca",))  # an event after which every stream is read to its end
    running.client.cancel(last["id"])
    for thread in readers.threads:
        thread.join(60)
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    streams = [[each for each in seen if each[1] not in {"ready", "reset"}] for seen in readers.seen]
    print(f"load before {before:.1f}; a dub in {seconds:.1f} s, {reads} reads, {min(counts)}..{max(counts)} lines a tail;")
    print(
        f"/health of {len(times)}: median {1e3 * p50:.1f} ms, 99th percentile {1e3 * p99:.1f} ms, longest {1e3 * times[-1]:.1f} ms"
    )
    shortest = min(map(len, streams))
    assert shortest > 20 and all(each[:shortest] == streams[0][:shortest] for each in streams)
    assert all(kind != "reset" for seen in readers.seen for _, kind in seen)
    ids = [event_id for event_id, _ in streams[0]]
    assert ids == list(range(ids[0], ids[0] + len(ids))), "ids without a gap"
    assert p99 < LIMIT_S
