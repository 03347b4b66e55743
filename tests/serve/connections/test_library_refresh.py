"""Plex and Jellyfin hear of a dub in their library, by its path as they know it; their failures cost no task."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import NotPossible
from pipeline.settings import OutputPlacement, PathMapping, Settings
from pipeline.values.monitoring.outbox import Receiver, TaskEnd
from serve.connections.library_refresh import refresh_library
from tests.support.dashboard import DONE
from tests.support.media_servers import KEY, media_server

TASK = replace(DONE, output=Path("/here/films/Voyage/voyage.mkv"))


def refresh(settings: Settings, *receivers: Receiver) -> None:
    for receiver in receivers:
        refresh_library(receiver, TaskEnd.of(TASK), settings)


def test_each_is_told_once_with_the_path_that_it_knows() -> None:
    with media_server() as fake:
        settings = Settings(
            placement=OutputPlacement.BESIDE,
            path_mappings=(PathMapping("/films", Path("/here/films")), PathMapping("D:\\Films", Path("/here/films"))),
            plex_url=fake.url, plex_token=KEY, jellyfin_url=f"{fake.url}/", jellyfin_api_key=KEY,
        )  # fmt: skip
        refresh(settings, Receiver.PLEX, Receiver.JELLYFIN)
        paths = [path for path, _ in fake.requests]
        assert paths == ["/library/sections", "/library/sections/3/refresh?path=%2Ffilms%2FVoyage", "/Library/Media/Updated"]
        updates = fake.requests[-1][1]["Updates"]
        assert [each["Path"] for each in updates] == [
            "/films/Voyage/voyage.mkv",
            "D:\\Films\\Voyage\\voyage.mkv",
            "/here/films/Voyage/voyage.mkv",
        ]
        fake.requests.clear()
        fake.films = "/elsewhere"
        refresh(replace(settings, jellyfin_url=None), Receiver.PLEX, Receiver.JELLYFIN)
        assert fake.requests[-1][0] == "/library/sections/all/refresh"


def test_one_that_does_not_answer_is_told_with_the_reason() -> None:
    with pytest.raises(NotPossible, match="it cannot be reached"):
        refresh(Settings(placement=OutputPlacement.BESIDE, plex_url="http://127.0.0.1:1"), Receiver.PLEX)
