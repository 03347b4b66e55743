"""Response cache of JSON about tasks, as ASGI middleware: valid until the store's next commit, LRU eviction.

Dashboards, scripts and media servers request the same lists many times a second. Computing one takes 10 ms of CPU time in three
processes, at the expense of running dubs.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass

from pipeline.store.database.commit_counter import CommitReader
from serve.auth.asgi_types import App, Message, Receive, Scope, Send

CACHED_PATHS = re.compile(r"/api/tasks(/\d+(/(stages|lines|report|speakers))?)?")  # answered from the store alone
MAX_RESPONSES = 64
MAX_RESPONSE_BYTES = 512 << 10  # of one
HTTP_OK = 200
JSON_TYPE = b"application/json"


@dataclass(frozen=True, slots=True)
class _CachedResponse:
    """A cached response, and the store's commit count from before it was computed."""

    commits: int
    start: Message
    body: bytes


class ResponseCache:
    """Response cache middleware, behind authentication."""

    def __init__(self, app: App, commits: CommitReader) -> None:
        self._app, self._commits = app, commits
        self._responses: OrderedDict[tuple[str, bytes], _CachedResponse] = OrderedDict()  # the least recently used first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cached = scope["type"] == "http" and scope["method"] == "GET" and CACHED_PATHS.fullmatch(scope["path"])
        commits = self._commits.read_count() if cached else None
        if commits is None:
            await self._app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        known = self._responses.get(key)
        if known is not None and known.commits == commits:
            self._responses.move_to_end(key)
            await send(known.start)
            await send({"type": "http.response.body", "body": known.body})
            return
        recorder = _ResponseRecorder(send)
        await self._app(scope, receive, recorder)
        if answer := recorder.get_response(commits):
            self._responses[key] = answer
            self._responses.move_to_end(key)
            while len(self._responses) > MAX_RESPONSES:
                self._responses.popitem(last=False)


class _ResponseRecorder:
    """Records a response while it is sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body: list[bytes] = []
        self._is_complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            if message["status"] == HTTP_OK and headers.get(b"content-type") == JSON_TYPE:
                self._start = {**message, "headers": list(message["headers"])}
        elif self._start is not None:
            self._body.append(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
        await self._send(message)

    def get_response(self, commits: int) -> _CachedResponse | None:
        """Return the response to cache; None where it was an error, not JSON, too large or cut off."""
        body = b"".join(self._body)
        return (
            _CachedResponse(commits, self._start, body)
            if self._start and self._is_complete and len(body) <= MAX_RESPONSE_BYTES
            else None
        )
