"""Response cache of JSON about tasks, as ASGI middleware: valid until the store's next commit, LRU eviction.

A dashboard, a script and a media server ask for the same lists many times a second. Computing one takes 10 ms of processor time
in three processes, which are taken from the film at work.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass

from pipeline.store.database.commit_counter import CommitReader
from serve.http.security import App, Message, Receive, Scope, Send

CACHED = re.compile(r"/api/tasks(/\d+(/(stages|lines|report|speakers))?)?")  # what is in the store, and nothing else
MAX_ANSWERS = 64
MAX_BYTES = 512 << 10  # of one answer
HTTP_OK = 200
JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class _Answer:
    commits: int  # the store's count before the answer was computed
    start: Message
    body: bytes


class ResponseCache:
    """Response cache middleware, behind authentication."""

    def __init__(self, app: App, commits: CommitReader) -> None:
        self._app, self._commits = app, commits
        self._answers: OrderedDict[tuple[str, bytes], _Answer] = OrderedDict()  # the least recently asked for first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cached = scope["type"] == "http" and scope["method"] == "GET" and CACHED.fullmatch(scope["path"])
        commits = self._commits.read() if cached else None
        if commits is None:
            await self._app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        known = self._answers.get(key)
        if known is not None and known.commits == commits:
            self._answers.move_to_end(key)
            await send(known.start)
            await send({"type": "http.response.body", "body": known.body})
            return
        collecting = _Collecting(send)
        await self._app(scope, receive, collecting)
        if answer := collecting.answer(commits):
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)


class _Collecting:
    """Collects a response while it is sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body: list[bytes] = []
        self._is_complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            if message["status"] == HTTP_OK and headers.get(b"content-type") == JSON:
                self._start = {**message, "headers": list(message["headers"])}
        elif self._start is not None:
            self._body.append(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
        await self._send(message)

    def answer(self, commits: int) -> _Answer | None:
        """Return the response to cache; None where it was an error, not JSON, too large or cut off."""
        body = b"".join(self._body)
        return _Answer(commits, self._start, body) if self._start and self._is_complete and len(body) <= MAX_BYTES else None
