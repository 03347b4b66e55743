"""The films of a library to the service: what `pipeline.library.run` takes for its dubbing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.library.scan import Failure, Memory, Outcome, Version, version_of
from serve.client.client import Client, connect
from serve.client.task_waiter import Waiting, patiently

BULK = "bulk"  # a priority: what somebody waits for comes first
PAGE = 500  # tasks


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one process speaks to the service with, for all its films together."""

    client: Client
    waiting: Waiting


class ServiceDubbing:
    """Dubs by a service. A film that lies where the service may read stays there; any other is uploaded.

    `reach`: what makes a client of it in another process; for a service elsewhere, partial(Client, url, user, password).
    A service that is away for a while is waited for; ServiceUnavailable where it stays away.
    """

    def __init__(self, reach: Callable[[], Client] = connect) -> None:
        self._reach = reach
        self._desk: _Desk | None = None  # opened in the process that dubs; this travels there before

    async def __call__(self, film: Path, targets: tuple[str, ...], source: str | None) -> Outcome:
        """What became of the film, once that is known."""
        if self._desk is None:
            client = self._reach()
            self._desk = _Desk(client, Waiting(client))
        client = self._desk.client
        task = await patiently(lambda: _offered(client, film, targets, source))
        ended = await self._desk.waiting.ended(task["id"])
        return Outcome(ended["status"], ended["id"], ended["output"], ended["error"])


def _offered(client: Client, film: Path, targets: tuple[str, ...], source: str | None) -> dict[str, Any]:
    try:
        task = client.offer_path(film, targets, source, priority=BULK)
    except (FilmRefused, FilmNotFound):  # no folder of the service's, or one of another machine
        task = client.upload(film, targets, source, priority=BULK)
    missing = [target for target in targets if target not in task["target_langs"]]
    return client.add_languages(task["id"], missing) if missing else task


def told(memory: Memory, client: Client, root: Path) -> Memory:
    """A report's memory, put right by the service: what became of a task since then, it knows better."""
    refused = {version: failure for version, failure in memory.failed.items() if failure.task is None}
    return Memory(memory.done, refused | dict(_failures(client, root)))


def _failures(client: Client, root: Path) -> Iterator[tuple[Version, Failure]]:
    """What failed of a library, as far as the files are still those that were dubbed."""
    for task in _failed(client, root):
        path = Path(task["path"])
        if not path.is_relative_to(root) or not path.is_file():
            continue
        stat = path.stat()
        if stat.st_size == task["size"] and stat.st_mtime <= datetime.fromisoformat(task["created_at"]).timestamp():
            version = version_of(task["path"], stat.st_size, stat.st_mtime_ns)
            yield version, Failure(frozenset(task["target_langs"]), task["error"] or "", task["id"])


def _failed(client: Client, root: Path) -> Iterator[dict[str, Any]]:
    offset = 0
    while page := client.tasks(status="ERROR", search=str(root), limit=PAGE, offset=offset):
        yield from page
        offset += len(page)
