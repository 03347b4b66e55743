"""Library client: dubs films of a library by the service, for `pipeline.library.run`."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.library.scan import IGNORED_STATUS, Failure, Outcome, RunHistory, Version, make_version
from serve.client.client import Client, connect
from serve.client.read_requests import STOPPED_STATUSES
from serve.client.task_waiter import TaskWaiter, retry_while_unavailable

BULK_PRIORITY = "bulk"  # dubbed after all interactive tasks
TASKS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class _Connection:
    """Connection of one process, shared by all its films."""

    client: Client
    waiter: TaskWaiter


class ServiceDubbing:
    """Dubbing by a service. A film under its library roots is submitted by path; any other is uploaded.

    `make_client`: client factory, called in the process that dubs; for a service elsewhere, partial(Client, url, user, password).
    Retries while the service is unavailable; ServiceUnavailable where it stays so.
    """

    def __init__(self, make_client: Callable[[], Client] = connect) -> None:
        self._make_client = make_client
        self._connection: _Connection | None = None  # opened in the process that dubs, after this object was pickled

    async def __call__(self, film: Path, targets: tuple[str, ...], source: str | None) -> Outcome:
        """Dub a film and return its outcome."""
        if self._connection is None:
            client = self._make_client()
            self._connection = _Connection(client, TaskWaiter(client))
        client = self._connection.client
        task = await retry_while_unavailable(lambda: _submit_film(client, film, targets, source))
        ended = await self._connection.waiter.wait_until_ended(task["id"])
        status = IGNORED_STATUS if ended["status"] == "SKIPPED" else ended["status"]
        return Outcome(status, ended["id"], ended["output"], ended["error"])


def _submit_film(client: Client, film: Path, targets: tuple[str, ...], source: str | None) -> dict[str, Any]:
    try:
        task = client.submit_path(film, targets, source, priority=BULK_PRIORITY)
    except (FilmRefused, FilmNotFound):  # outside the service's library roots, or on another machine
        task = client.upload(film, targets, source, priority=BULK_PRIORITY)
    missing = [target for target in targets if target not in task["target_langs"]]
    return client.add_languages(task["id"], missing) if missing else task


def update_memory(memory: RunHistory, client: Client) -> RunHistory:
    """Update a report's memory with the current state of the service's tasks: of all, as links lead out of a library's folder."""
    refused = {version: failure for version, failure in memory.failed.items() if failure.task is None}
    return RunHistory(memory.done, refused | dict(_find_failures(client)))


def _find_failures(client: Client) -> Iterator[tuple[Version, Failure]]:
    """Find the tasks that ended without a dub whose files are unchanged, by the files' paths with and without links."""
    for task in _list_failed_tasks(client):
        path = Path(task["path"])
        if not path.is_file():
            continue
        stat = path.stat()
        if stat.st_size == task["size"] and stat.st_mtime <= datetime.fromisoformat(task["created_at"]).timestamp():
            failure = Failure(frozenset(task["target_langs"]), task["error"] or "", task["id"])
            for name in dict.fromkeys((task["path"], os.path.realpath(path))):
                yield make_version(name, stat.st_size, stat.st_mtime_ns), failure


def _list_failed_tasks(client: Client) -> Iterator[dict[str, Any]]:
    for status in STOPPED_STATUSES:
        offset = 0
        while page := client.tasks(status=status, limit=TASKS_PER_PAGE, offset=offset):
            yield from page
            offset += len(page)
