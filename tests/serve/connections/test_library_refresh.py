"""Plex and Jellyfin hear of a dub in their library, by its path as they know it; their failures cost no task."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import OutputPlacement, PathMapping, Settings
from serve.connections.library_refresh import refresh_libraries
from serve.worker.notify import send_notifications
from tests.support.dashboard import DONE
from tests.support.media_servers import KEY, media_server

TASK = replace(DONE, output=Path("/here/films/Voyage/voyage.mkv"))


def test_each_is_told_once_with_the_path_that_it_knows() -> None:
    with media_server() as fake:
        settings = Settings(
            placement=OutputPlacement.BESIDE,
            path_mappings=(PathMapping("/films", Path("/here/films")), PathMapping("D:\\Films", Path("/here/films"))),
            plex_url=fake.url, plex_token=KEY, jellyfin_url=f"{fake.url}/", jellyfin_api_key=KEY,
        )  # fmt: skip
        refresh_libraries(TASK, settings)
        refresh_libraries(TASK, replace(settings, placement=OutputPlacement.DUBS))  # not in their library
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
        refresh_libraries(TASK, replace(settings, jellyfin_url=None))
        assert fake.requests[-1][0] == "/library/sections/all/refresh"


def test_one_that_does_not_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    refresh_libraries(TASK, Settings(placement=OutputPlacement.BESIDE, plex_url="http://127.0.0.1:1"))
    assert "task=7 Plex was not told of the dub: it cannot be reached" in caplog.text


def test_sonarr_rescans_with_the_address_that_the_settings_have_now() -> None:
    with media_server() as fake:
        settings = Settings(placement=OutputPlacement.BESIDE, sonarr_url=fake.url, sonarr_api_key=KEY)
        send_notifications(replace(TASK, origin="sonarr/12"), settings)
        assert fake.requests == [("/api/v3/command", {"name": "RescanSeries", "seriesId": 12})]
