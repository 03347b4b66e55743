"""The films of a library to the service: what `pipeline.library.dub_all` takes for its dubbing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.library import Outcome
from serve.client import Client, connect


@dataclass(frozen=True, slots=True)
class ServiceDubbing:
    """Dubs by a service. A film that lies where the service may read stays there; any other is uploaded.

    `reach`: what makes a client of it in another process; for a service elsewhere, partial(Client, url, user, password).
    """

    reach: Callable[[], Client] = connect

    async def __call__(self, film: Path, targets: tuple[str, ...], source: str | None) -> Outcome:
        """What became of the film, once that is known. The waiting takes a thread, not a core."""
        return await asyncio.to_thread(self._dubbed, film, targets, source)

    def _dubbed(self, film: Path, targets: tuple[str, ...], source: str | None) -> Outcome:
        with self.reach() as client:
            task = self._offered(client, film, targets, source)
            if missing := [target for target in targets if target not in task["target_langs"]]:
                task = client.add_languages(task["id"], missing)
            ended = client.wait(task["id"])
        return Outcome(ended["status"], ended["id"], ended["output"], ended["error"])

    def _offered(self, client: Client, film: Path, targets: tuple[str, ...], source: str | None) -> dict[str, Any]:
        try:
            return client.offer_path(film, targets, source)
        except (FilmRefused, FilmNotFound):  # no folder of the service's, or one of another machine
            return client.upload(film, targets, source)
