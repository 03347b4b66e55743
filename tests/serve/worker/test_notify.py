"""Receivers of the messages about a task's end."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import OutputPlacement, Settings
from pipeline.store.database.database import now
from pipeline.values.monitoring.outbox import Receiver
from pipeline.values.tasks import Progress, Task, TaskStatus
from serve.worker.outbox_delivery import choose_receivers

TASK = Task(
    id=7, path=Path("/tv/a.mkv"), size=1, mtime_ns=1, status=TaskStatus.DONE, source_lang="en", asked_lang=None, target_langs=("es",), duration=1.0,
    has_subtitles=False, speakers=None, origin="sonarr/12", created_at=now(), started_at=None, finished_at=None,
    progress=Progress(), attempts=1, error=None, output=Path("/tv/a.dubarr.mkv"), owner=None,
)  # fmt: skip
SETTINGS = Settings(
    placement=OutputPlacement.BESIDE, sonarr_url="http://127.0.0.1:1/", sonarr_api_key="key", radarr_url="http://127.0.0.1:2"
)
MEDIA = replace(SETTINGS, plex_url="http://127.0.0.1:3", jellyfin_url="http://127.0.0.1:4")


def test_the_application_that_a_film_came_from_is_told_of_its_dub() -> None:
    assert choose_receivers(TASK, SETTINGS, is_done=True) == {Receiver.ARR}
    assert choose_receivers(replace(TASK, origin="radarr/3"), SETTINGS, is_done=True) == {Receiver.ARR}


@pytest.mark.parametrize("origin", ["upload", "webhook", "", "sonarr/", "sonarr/x", "lidarr/3"])
def test_of_a_film_that_came_from_elsewhere_the_media_servers_alone_are_told(origin: str) -> None:
    found = choose_receivers(replace(TASK, origin=origin), MEDIA, is_done=True)
    assert found == {Receiver.PLEX, Receiver.JELLYFIN}


@pytest.mark.parametrize(
    ("task", "settings", "is_done"),
    [
        (TASK, replace(MEDIA, placement=OutputPlacement.DUBS), True),
        (TASK, Settings(placement=OutputPlacement.BESIDE), True),
        (replace(TASK, preview_only=True), MEDIA, True),
        (TASK, MEDIA, False),
    ],
    ids=["among the own files", "no addresses", "preview", "failed"],
)
def test_nobody_is_told_where_nothing_lies_in_their_library(task: Task, settings: Settings, is_done: bool) -> None:
    assert choose_receivers(task, settings, is_done=is_done) == frozenset()
    hooked = replace(settings, completion_url="http://127.0.0.1:5/hook")
    assert choose_receivers(task, hooked, is_done=is_done) == {Receiver.COMPLETION}
