"""Events of the client: the service's stream of server-sent events, resumed where it breaks, and a signal of changes. Light imports."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline.errors import DubarrError
from serve.client.client_errors import ServiceUnavailable, raise_for_status
from serve.client.http_connection import HttpConnection, Json

if TYPE_CHECKING:
    import httpx

SILENCE_LIMIT_S = 30.0  # the service sends a comment every 10 s
RECONNECT_INTERVAL_S = 1.0
MAX_OUTAGE_S = 180.0  # without a connection, after which a stream of events is given up
SAFETY_INTERVAL_S = 15.0  # between looks at the state although the stream told of no change
MIN_LOOK_INTERVAL_S = 0.1
MAX_TASKS = 500  # that a stream is asked for by their ids


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event. `kind`: added, status, progress, stage, notes, edited, deleted; ready at the begin of a stream; reset where events were
    lost, so that the state is to be read again. `payload`: its JSON, with `task` and `at`.
    """

    id: int
    kind: str
    payload: Json


class EventRequests(HttpConnection):
    """Requests for events."""

    def events(
        self, task_ids: Sequence[int] = (), *, types: Sequence[str] = (), last_event_id: int | None = None
    ) -> Iterator[ServerEvent]:
        """Stream the events of tasks, of all without ids, as they happen; `types`: only these. Resumes after a break: no event is lost, or
        `reset` tells so. `last_event_id`: resume after this one. ServiceUnavailable after three minutes without the service.
        """
        deadline = time.monotonic() + MAX_OUTAGE_S
        while True:
            try:
                for event in self.stream_events_once(task_ids, types=types, last_event_id=last_event_id):
                    last_event_id, deadline = event.id, time.monotonic() + MAX_OUTAGE_S
                    yield event
            except ServiceUnavailable:
                if time.monotonic() > deadline:
                    raise
            time.sleep(RECONNECT_INTERVAL_S)

    def stream_events_once(
        self,
        task_ids: Sequence[int] = (),
        *,
        types: Sequence[str] = (),
        last_event_id: int | None = None,
        opened: "_Opened | None" = None,
    ) -> Iterator[ServerEvent]:
        """Stream events over one connection, until the service closes it. ServiceUnavailable where it breaks, or is silent."""
        import httpx

        params: Json = ({"task": list(task_ids)} if task_ids else {}) | ({"types": ",".join(types)} if types else {})
        headers = {"Last-Event-ID": str(last_event_id)} if last_event_id is not None else {}
        timeout = httpx.Timeout(SILENCE_LIMIT_S)
        try:
            with self._http.stream("GET", "/api/events", params=params, headers=headers, timeout=timeout) as answer:
                raise_for_status(answer)
                if opened is not None:
                    opened.hold(answer)
                yield from parse_events(answer.iter_lines())
        except (httpx.TransportError, httpx.StreamError, RuntimeError) as error:  # RuntimeError: the client was closed
            raise ServiceUnavailable(self.url, str(error) or type(error).__name__) from error

    def watch_changes(self, task_ids: Sequence[int] = (), *, types: Sequence[str] = ()) -> "ChangeSignal":
        """Watch tasks, all without ids, by a stream of events in the background; a context manager."""
        few = task_ids if len(task_ids) <= MAX_TASKS else ()
        return ChangeSignal(self, few, types)


def parse_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Parse a stream of server-sent events; comments and messages without data are left out."""
    kind, event_id, data = "", 0, ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            kind = value
        elif field == "id" and value.isdecimal():
            event_id = int(value)
        elif field == "data":
            data += value
        elif not line:
            if data:
                yield ServerEvent(event_id, kind, json.loads(data))
            kind, data = "", ""


class _Opened:
    """The open response of a stream, to be broken off by another thread."""

    def __init__(self) -> None:
        self._answer: httpx.Response | None = None
        self.is_closing = False

    def hold(self, answer: "httpx.Response") -> None:
        """Hold a response; broken off at once where `break_off` was called already."""
        self._answer = answer
        if self.is_closing:
            self.break_off()

    def break_off(self) -> None:
        """Break off the response, and every one that is held later."""
        import socket
        from contextlib import suppress

        self.is_closing = True
        stream = self._answer.extensions.get("network_stream") if self._answer is not None else None
        connection = stream.get_extra_info("socket") if stream is not None else None
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads


class ChangeSignal:
    """Signal of changes: waits until the stream of events tells of one. Where there is no stream (an older service, too many streams, a
    broken connection) it falls back to intervals; so its caller reads the state after each wait, and misses nothing.
    """

    def __init__(self, client: EventRequests, task_ids: Sequence[int] = (), types: Sequence[str] = ()) -> None:
        self._client, self._task_ids, self._types = client, tuple(task_ids), tuple(types)
        self._changed = threading.Event()
        self._opened = _Opened()
        self._next_look = 0.0
        self.is_live = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, name="events", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._opened.break_off()

    def wait(self, interval_s: float) -> None:
        """Wait for a change; for `interval_s` at most while there is no stream. At least 0.1 s lie between two waits."""
        self._changed.wait(SAFETY_INTERVAL_S if self.is_live else interval_s)
        time.sleep(max(0.0, self._next_look - time.monotonic()))
        self._changed.clear()
        self._next_look = time.monotonic() + MIN_LOOK_INTERVAL_S

    def _listen(self) -> None:
        last_event_id: int | None = None
        while not self._opened.is_closing:
            try:
                stream = self._client.stream_events_once(
                    self._task_ids, types=self._types, last_event_id=last_event_id, opened=self._opened
                )
                for event in stream:
                    last_event_id, self.is_live = event.id, True
                    self._changed.set()
            except ServiceUnavailable:
                pass  # it restarts, or the signal was closed
            except DubarrError:
                return  # it refuses: by intervals alone
            finally:
                self.is_live = False
                self._changed.set()
            time.sleep(RECONNECT_INTERVAL_S)
