"""Server-sent events of tasks, `GET /api/events` (https://html.spec.whatwg.org/multipage/server-sent-events.html).

A stream begins with `ready`, whose id is the point to resume from: open it, then read the state once, and nothing is missed. `reset`
tells that events were lost: read the state again. Every 10 s without an event a comment keeps the connection open, with the id so far.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from pipeline.values.monitoring import task_events as events
from pipeline.values.monitoring.task_events import EventKind, RecordedEvent
from serve.auth.asgi_types import Receive, Scope, Send
from serve.http.dependencies import Context
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import Ids
from serve.runtime import unix_sockets
from serve.status.event_feed import EventFeed, FeedClosed

HEARTBEAT_S = 10.0  # HAProxy closes what is silent for 30 s
RETRY_MS = 1_000  # that a client waits before it connects again
EVENTS_PER_CHUNK = 100
EVENT_STREAM = "text/event-stream"
KIND = f"({'|'.join(EventKind)})"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Type": EVENT_STREAM}
STREAM_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, for as long as the client listens.", "content": {EVENT_STREAM: {}}},
    422: describe_error("Unknown types, or too many tasks."),
    429: describe_error("Too many streams are open."),
    503: describe_error("The store does not answer."),
}

router = APIRouter(prefix="/api", tags=["resources"])


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Filter of events; empty: all."""

    tasks: frozenset[int] = frozenset()
    kinds: frozenset[EventKind] = frozenset()

    def matches(self, recorded: RecordedEvent) -> bool:
        """Return True where a stream with this filter sends the event."""
        return (not self.tasks or recorded.event.task_id in self.tasks) and (not self.kinds or recorded.kind in self.kinds)


def create_feed(context: Context) -> EventFeed:
    """Create the feed of this process."""
    return EventFeed(context.store.events.wait_for_events, is_draining=unix_sockets.is_draining)


@router.get("/events", response_class=Response, responses=STREAM_RESPONSES)
async def stream_events(
    request: Request,
    task: Annotated[Ids, Query(max_length=500, description="Tasks, repeated; all without it.")] = [],  # noqa: B006 -- FastAPI copies it
    types: Annotated[
        str, Query(pattern=f"^({KIND}(,{KIND})*)?$", description="Types, separated by commas; all without it.")
    ] = "",
    last_event_id: Annotated[str, Header(max_length=32)] = "",
) -> Response:
    """Server-sent events of tasks: `added`, `status`, `progress`, `stage`, `notes`, `edited`, `deleted`. Resumable by Last-Event-ID; `reset`
    tells that events were lost, and that the state is to be read again.
    """
    kinds = frozenset(EventKind(name) for name in types.split(",") if name)
    return EventStreamResponse(request.app.state.event_feed, EventFilter(frozenset(task), kinds), last_event_id)


class EventStreamResponse(Response):
    """Response that streams events until the client leaves or the server stops. Busy and StoreError before it begins."""

    def __init__(self, feed: EventFeed, event_filter: EventFilter, last_event_id: str) -> None:
        super().__init__(headers=STREAM_HEADERS)
        del self.headers["content-length"]
        self._feed, self._filter, self._last_event_id = feed, event_filter, last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._feed.open_stream():
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            sending = asyncio.create_task(self._send_events(send))
            leaving = asyncio.create_task(_wait_for_disconnect(receive))  # a sender alone would notice it at the next event
            _, pending = await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            with suppress(asyncio.CancelledError, OSError):  # OSError: sent after the client had left
                await asyncio.gather(sending, leaving)

    async def _send_events(self, send: Send) -> None:
        async for text in self._write_events():
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _write_events(self) -> AsyncIterator[str]:
        """Text of the stream, chunk by chunk."""
        given = self._last_event_id
        cursor = self._feed.newest if not given else int(given) if given.isdecimal() and given.isascii() else 0
        yield f"retry: {RETRY_MS}\n" + _format_message("ready", cursor, {"id": cursor})
        sent, timeout_s = time.monotonic(), 0.0
        with suppress(FeedClosed):
            while True:
                batch = await self._feed.read(cursor, timeout_s)
                cursor, timeout_s = batch.cursor, HEARTBEAT_S
                if batch.is_reset:
                    yield _format_message("reset", cursor, {"id": cursor})
                    continue
                matching = [each for each in batch.events if self._filter.matches(each)]
                for first in range(0, len(matching), EVENTS_PER_CHUNK):
                    yield "".join(map(format_event, matching[first : first + EVENTS_PER_CHUNK]))
                if matching:
                    sent = time.monotonic()
                elif time.monotonic() - sent >= HEARTBEAT_S:
                    sent = time.monotonic()
                    yield f": keep-alive\nid: {cursor}\n\n"  # an id alone moves the point to resume from


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # the end of the request's body


def format_event(recorded: RecordedEvent) -> str:
    """Message of one event."""
    at = recorded.at.isoformat(timespec="milliseconds") + "Z"
    payload = {"task": recorded.event.task_id, "at": at} | make_payload(recorded.event)
    return _format_message(recorded.kind, recorded.id, payload)


def make_payload(event: events.TaskEvent) -> dict[str, object]:
    """JSON fields of an event, beside its task and its time."""
    match event:
        case events.TaskAdded(_, path, target_langs):
            return {"status": "QUEUED", "path": path, "target_langs": list(target_langs)}
        case events.StatusChanged(_, status, error):
            return {"status": status, "error": error}
        case events.ProgressMade(_, progress):
            return {"done": progress.done, "total": progress.total, "stage": progress.stage, "part": progress.part}
        case events.StageChanged(_, run):
            state = {"stage": run.name, "language": run.language, "attempt": run.attempt, "status": run.status}
            return state | {"seconds": run.seconds, "cached": run.cached, "engine": run.engine, "error": run.error}
        case events.NotesWritten(_, language, notes, warnings):
            return {"language": language, "notes": notes, "warnings": warnings}
        case _:
            return {}


def _format_message(kind: str, event_id: int, payload: dict[str, object]) -> str:
    return f"event: {kind}\nid: {event_id}\ndata: {json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n\n"
