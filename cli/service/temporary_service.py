"""A service of a command's own, in a folder of its own, whatever runs beside it: for pictures and for measuring."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli import console
from cli.install import model_downloads
from cli.service import process
from pipeline import settings_loader

if TYPE_CHECKING:
    from serve.client.client import Client

USER = "dubarr"


@dataclass(frozen=True, slots=True)
class TemporaryService:
    """A running service, a client of it, and with which user and password it was opened."""

    client: "Client"
    url: str
    credentials: tuple[str, str]


@contextmanager
def start_temporary_service(home: Path, **given: str) -> Iterator[TemporaryService]:
    """A service that keeps all it has in `home`, ended with the block. `given`: settings beside that."""
    password = secrets.token_urlsafe()
    port = process.find_free_port("127.0.0.1")
    kept = {"DATA_DIR": f"{home}/data", "VIDEOS_DIR": f"{home}/videos", "LOGS_DIR": f"{home}/logs", "PORT": str(port)}
    kept |= {"API_USER": USER, "API_PASS": password} | given
    settings = settings_loader.load_settings(kept, folder=home)
    model_downloads.fetch_for_start(settings)
    with console.show_spinner("starting a service of its own"):
        found = process.start_service(settings, kept)
    try:
        with process.open_client(settings, found) as client:
            yield TemporaryService(client, found.url, (USER, password))
    finally:
        process.stop_service(found)
