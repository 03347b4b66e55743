"""Events over HTTP by real clients: every state in order, through reconnects and restarts; bounds on streams and memory."""

import json
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes import wish
from in_process_service import AUTH, Served, served
from live_server import LiveServer, serve_over_http

from pipeline.errors import LeaseLost
from pipeline.store.store import Store
from pipeline.values.monitoring.task_events import StatusChanged, TaskAdded
from serve.client.client import Client
from serve.client.client_errors import Refused, ServiceUnavailable
from serve.client.event_requests import ServerEvent, parse_events
from serve.http.routes.monitoring import event_routes
from serve.runtime import unix_sockets
from serve.status.event_feed import EventFeed

FILM = Path("/films/a.mkv")
LAST_FILM = Path("/films/last.mkv")


@pytest.fixture
def live(service: Served) -> Iterator[LiveServer]:
    with serve_over_http(service) as running:
        yield running


@pytest.fixture
def client(live: LiveServer) -> Iterator[Client]:
    with Client(live.url, *AUTH) as connected:
        yield connected


def read(client: Client, count: int, **options: object) -> list[ServerEvent]:
    """The next events of one connection, without `ready`."""
    found = []
    for event in client.stream_events_once(**options):
        if event.kind != "ready":
            found.append(event)
        if len(found) >= count:
            break
    return found


def test_a_stream_tells_what_happens_after_it_began(live: LiveServer, client: Client) -> None:
    stream = client.stream_events_once()
    ready = next(stream)
    assert ready.kind == "ready" and ready.id == ready.payload["id"] > 0
    store = live.service.store
    task = store.tasks.submit(wish(FILM)).task
    store.tasks.cancel(task.id)
    added, status = next(stream), next(stream)
    assert (added.kind, added.payload["task"], added.payload["path"]) == ("added", task.id, str(FILM))
    assert (status.kind, status.payload["status"]) == ("status", "CANCELLED") and "retry" in status.payload["error"]
    assert ready.id < added.id < status.id
    stream.close()


def test_filters_by_task_and_type(live: LiveServer, client: Client) -> None:
    store = live.service.store
    first = next(iter(client.stream_events_once())).id
    one, two = (store.tasks.submit(wish(Path(f"/films/{name}.mkv"))).task.id for name in "ab")
    store.tasks.cancel(one)
    store.tasks.cancel(two)
    seen = read(client, 1, task_ids=[two], types=["status"], last_event_id=first)
    assert [(each.kind, each.payload["task"]) for each in seen] == [("status", two)]
    with pytest.raises(Refused) as refused:
        next(client.stream_events_once(types=["nonsense"]))
    assert refused.value.status == 422


@pytest.mark.parametrize("last", [0, 1, 2**60], ids=["none", "long ago", "of another service"])
def test_an_id_that_is_not_known_is_answered_with_a_reset(client: Client, last: int) -> None:
    (reset,) = read(client, 1, last_event_id=last)
    assert reset.kind == "reset" and reset.id == reset.payload["id"] > 0


def test_curl_resumes_and_headers_forbid_buffering(live: LiveServer) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl on this machine")
    store = live.service.store
    start = store.events.wait_for_events(0, 0.0).newest
    store.tasks.submit(wish(FILM))
    command = ["curl", "-sNi", "--max-time", "2", "-u", ":".join(AUTH), "-H", f"Last-Event-ID: {start}", f"{live.url}/api/events"]
    head, _, body = subprocess.run(command, capture_output=True, text=True, check=False).stdout.partition("\n\n")
    assert "200 OK" in head and "text/event-stream" in head and "no-store" in head and "x-accel-buffering: no" in head.lower()
    assert body.startswith("retry: 1000\n")
    assert [each.kind for each in parse_events(body.splitlines())] == ["ready", "added"]


def test_an_event_may_hold_any_text_and_stays_one_message(live: LiveServer, client: Client) -> None:
    start = live.service.store.events.wait_for_events(0, 0.0).newest
    path = Path("/films/\n\nevent: reset\ndata: {} 🎬\r\nid: 7.mkv")
    live.service.store.tasks.submit(wish(path))
    (added,) = read(client, 1, last_event_id=start)
    assert (added.kind, added.payload["path"], added.id) == ("added", str(path), start + 1)


def change_at_random(store: Store, chance: random.Random, steps: int) -> None:
    """Random changes of the states of some tasks."""
    leases: dict[int, object] = {}
    for step in range(steps):
        ids = [task.id for task in store.tasks.list_newest()[0]]
        match chance.randrange(7):
            case 0 | 1:
                store.tasks.submit(wish(Path(f"/films/{step}.mkv")))
            case 2 | 3:
                if claim := store.leases.claim_next_task(f"worker-{step}", 60.0):
                    leases[claim[0].id] = claim[1]
            case 4 if ids:
                store.tasks.cancel(chance.choice(ids))
            case 5 if ids:
                store.tasks.retry(chance.choice(ids))
            case 6 if leases:
                lease = leases.pop(chance.choice(list(leases)))
                try:
                    store.leases.finish(lease, Path("/dub.mkv")) if chance.random() < 0.5 else store.leases.fail(lease, "no")
                except LeaseLost:
                    pass
        if chance.random() < 0.3:
            time.sleep(chance.random() * 0.02)
    store.tasks.submit(wish(LAST_FILM))  # an event that readers stop at


@pytest.mark.parametrize("seed", range(3))
def test_a_client_that_reconnects_at_random_sees_every_state_in_order(live: LiveServer, seed: int) -> None:
    """Against the store's truth: the record of every commit, kept by a reader of the store itself."""
    store, chance = live.service.store, random.Random(seed)
    start = store.events.wait_for_events(0, 0.0).newest
    writer = threading.Thread(target=change_at_random, args=(store, random.Random(seed + 100), 150))
    writer.start()
    seen: list[tuple[int, int, str]] = []
    last, connections = start, 0
    with Client(live.url, *AUTH) as client:
        is_over = False
        while not is_over:
            connections += 1
            stream = client.stream_events_once(last_event_id=last)
            for number, event in enumerate(stream):
                assert event.kind != "reset"
                if event.kind in {"added", "status"}:
                    seen.append((event.id, event.payload["task"], event.payload["status"]))
                last = event.id
                is_over = event.payload.get("path") == str(LAST_FILM)
                if is_over or (number and chance.random() < 0.1):
                    break
            stream.close()
    writer.join()
    truth = [
        (each.id, each.event.task_id, "QUEUED" if isinstance(each.event, TaskAdded) else str(each.event.status))
        for each in store.events.wait_for_events(start, 0.0).events
        if isinstance(each.event, TaskAdded | StatusChanged)
    ]
    assert seen == truth and connections > 3


def test_streams_are_bounded_and_the_one_too_many_is_told(live: LiveServer) -> None:
    live.service.client.app.state.event_feed._max_streams = 2
    with Client(live.url, *AUTH) as client, httpx.Client(base_url=live.url, auth=AUTH, trust_env=False) as plain:
        streams = [client.stream_events_once() for _ in range(2)]
        assert [next(each).kind for each in streams] == ["ready", "ready"]
        refused = plain.get("/api/events")
        assert refused.status_code == 429 and refused.headers["retry-after"] and "streams" in refused.json()["detail"]
        streams.pop().close()
        deadline = time.monotonic() + 10
        while live.service.client.app.state.event_feed._streams > 1:
            assert time.monotonic() < deadline, "a client that left is noticed at once"
            time.sleep(0.02)
        assert next(client.stream_events_once()).kind == "ready"


def test_a_consumer_that_does_not_read_costs_no_memory_and_is_reset(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        app = service.client.app
        app.state.event_feed = EventFeed(service.store.events.wait_for_events, size=64)
        with serve_over_http(service) as live, httpx.Client(base_url=live.url, auth=AUTH, trust_env=False) as http:
            with http.stream("GET", "/api/events") as slow:
                lines = slow.iter_lines()
                for line in lines:
                    if line.startswith("id:"):
                        break
                with service.store._database.transaction():
                    for number in range(30_000):
                        service.store._database.record_event(TaskAdded(number, "x" * 400, ("es",)))
                kinds = [event.kind for event in take_until_reset(lines)]
                assert kinds[-1] == "reset" and len(kinds) < 5_000
            assert len(app.state.event_feed._events) <= 64


def take_until_reset(lines: Iterator[str]) -> Iterator[ServerEvent]:
    for event in parse_events(lines):
        yield event
        if event.kind == "reset":
            return


def test_a_silent_stream_is_kept_open_and_moves_the_point_to_resume_from(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_routes, "HEARTBEAT_S", 0.2)
    start = live.service.store.events.wait_for_events(0, 0.0).newest
    params = {"types": "deleted"}
    with (
        httpx.Client(base_url=live.url, auth=AUTH, trust_env=False) as http,
        http.stream("GET", "/api/events", params=params, headers={"Last-Event-ID": str(start)}) as stream,
    ):
        live.service.store.tasks.submit(wish(FILM))
        for line in stream.iter_lines():
            if line == f"id: {start + 1}":
                return


def test_a_server_that_stops_ends_its_streams_and_the_client_goes_on_with_the_next(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    draining = threading.Event()
    monkeypatch.setattr(unix_sockets, "is_draining", draining.is_set)
    service.client.app.state.event_feed = event_routes.create_feed(service.client.app.state.context)
    with serve_over_http(service) as live:
        port = int(live.url.rpartition(":")[2])
        client = Client(live.url, *AUTH)
        first = next(stream := client.stream_events_once())
        draining.set()
        began = time.monotonic()
        assert list(stream) == [] and time.monotonic() - began < 6, "the stream ends cleanly"
    with pytest.raises(ServiceUnavailable):
        next(client.stream_events_once())
    task = service.store.tasks.submit(wish(FILM)).task
    draining.clear()
    with serve_over_http(service, port):
        assert read(client, 1, last_event_id=first.id)[0].payload["task"] == task.id
    client.close()


def test_a_store_that_restarts_is_told_as_a_reset(live: LiveServer, client: Client) -> None:
    feed = live.service.client.app.state.event_feed
    stream = client.stream_events_once()
    assert next(stream).kind == "ready"
    from pipeline.store.database.change_log import ChangeLog

    restarted = ChangeLog()
    feed._wait = restarted.wait
    event = next(stream)
    assert event.kind == "reset"
    restarted.append([StatusChanged(7, "DONE")])  # type: ignore[arg-type]
    assert next(stream).payload["status"] == "DONE"
    stream.close()


def test_the_parser_leaves_out_comments_and_messages_without_data() -> None:
    text = ': comment\n\nid: 5\n\nevent: status\nid: 6\ndata: {"a":\ndata: 1}\n\nevent: lost\nid: 7\n'
    assert list(parse_events(text.splitlines())) == [ServerEvent(6, "status", json.loads('{"a":1}'))]
