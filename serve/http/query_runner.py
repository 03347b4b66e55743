"""SQL query runner for clients, with limits on concurrent queries and on unread results on disk (back-pressure)."""

import asyncio
import os
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from anyio import CapacityLimiter, to_thread
from fastapi.responses import StreamingResponse

from pipeline.store.database import snapshots
from pipeline.store.queries import QueryLimits, answer_query
from pipeline.store.store import Store
from serve.auth.asgi_types import Receive, Scope, Send
from serve.request_errors import Busy
from serve.store.remote_store import RemoteStore

MAX_RUNNING_QUERIES = 2
MAX_UNREAD_RESULTS = 8  # being sent to their readers
QUEUE_TIMEOUT_S = 1.0  # for a free slot
CHUNK_BYTES = 1 << 16
ARROW_TYPE = "application/vnd.apache.arrow.stream"


class QueryRunner:
    """Runs each query in a sandbox on a snapshot of the store. Busy where too many run or wait.

    A waiting query takes no thread from the pool that the other routes share.
    """

    def __init__(self, store: Store | RemoteStore, database: Path, limits: QueryLimits | None = None) -> None:
        self._store, self._folder, self._limits = store, snapshots.queries_folder_of(database), limits or QueryLimits()
        self._running, self._threads = asyncio.Semaphore(MAX_RUNNING_QUERIES), CapacityLimiter(MAX_RUNNING_QUERIES)
        self._unread = BoundedSemaphore(MAX_UNREAD_RESULTS)  # released from any thread

    async def respond(self, sql: str) -> "QueryResponse":
        """Run a query and respond with an Arrow IPC stream. QueryError, Busy, StoreError."""
        if not self._unread.acquire(blocking=False):
            raise Busy(f"{MAX_UNREAD_RESULTS} queries are queued or their results are unread; read them, or try again")
        with ExitStack() as slot:
            slot.callback(self._unread.release)  # on errors; a response releases it at its own end
            response = QueryResponse(await self._run(sql), self._unread.release)
            slot.pop_all()
            return response

    async def _run(self, sql: str) -> BinaryIO:
        try:
            async with asyncio.timeout(QUEUE_TIMEOUT_S):
                await self._running.acquire()
        except TimeoutError:
            raise Busy(
                f"{MAX_RUNNING_QUERIES} queries are running; each takes at most {self._limits.seconds:g} s, so try again then"
            ) from None
        try:
            answer = partial(answer_query, sql, self._folder, self._store.snapshot, limits=self._limits)
            return await to_thread.run_sync(answer, limiter=self._threads)
        finally:
            self._running.release()


class QueryResponse(StreamingResponse):
    """Streaming response with a query's result. Its file and its slot are released at the end, also on errors."""

    media_type = ARROW_TYPE

    def __init__(self, answer: BinaryIO, release: Callable[[], None]) -> None:
        size = os.fstat(answer.fileno()).st_size
        super().__init__(iter(lambda: answer.read(CHUNK_BYTES), b""), headers={"content-length": str(size)})
        self._finish = weakref.finalize(self, _release_answer, answer, release)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._finish()


def _release_answer(answer: BinaryIO, release: Callable[[], None]) -> None:
    answer.close()
    release()
