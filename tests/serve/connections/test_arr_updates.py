"""Sonarr and Radarr learn the languages of a dub: theirs are extended, never replaced, and a failure costs no task."""

import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import NotPossible
from pipeline.settings import OutputPlacement, PathMapping, Settings
from pipeline.values.monitoring.outbox import TaskEnd
from pipeline.values.tasks import Task
from serve.connections import arr_updates
from serve.connections.arr_updates import find_language
from tests.support.arr_servers import ENGLISH, KEY, LANGUAGES, SPANISH, arr_server
from tests.support.dashboard import DONE

TASK = replace(DONE, target_langs=("es",), output=Path("/here/films/Voyage/voyage.mkv"))
PLACED = Settings(placement=OutputPlacement.IN_PLACE, path_mappings=(PathMapping("/films", Path("/here/films")),))
FILES = [{"id": 4, "path": "/films/other.mkv"}, {"id": 5, "path": "/films/Voyage/voyage.mkv", "languages": [ENGLISH]}]


def update_arr(task: Task, settings: Settings) -> None:
    arr_updates.update_arr(TaskEnd.of(task), settings, threading.Event())


def test_radarr_is_told_the_language_and_the_tag_in_this_order(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with arr_server({"/moviefile?movieId=7": FILES}) as radarr:
        settings = replace(PLACED, radarr_url=radarr.url, radarr_api_key=KEY, tag_dubbed=True)
        update_arr(replace(TASK, origin="radarr/7"), settings)
        assert radarr.requests == [
            ("POST", "/command", {"name": "RescanMovie", "movieId": 7}),
            ("GET", "/command", None),
            ("GET", "/moviefile?movieId=7", None),
            ("GET", "/language", None),
            ("PUT", "/moviefile/editor", {"movieFileIds": [5], "languages": [ENGLISH, SPANISH]}),
            ("GET", "/tag", None),
            ("POST", "/tag", {"label": "dubbed-es"}),
            ("PUT", "/movie/editor", {"movieIds": [7], "tags": [9], "applyTags": "add"}),
        ]
    assert "task=7 Radarr lists its file in English, Spanish" in caplog.text
    assert "task=7 Radarr has the tags dubbed-es" in caplog.text


def test_sonarr_is_told_of_the_episode_and_a_tag_that_exists_is_used() -> None:
    answers = {"/episodefile?seriesId=12": FILES, "/tag": [{"id": 3, "label": "dubbed-es"}]}
    with arr_server(answers) as sonarr:
        settings = replace(PLACED, sonarr_url=sonarr.url, sonarr_api_key=KEY)
        update_arr(replace(TASK, origin="sonarr/12"), settings)
        languages = [
            ("POST", "/command", {"name": "RescanSeries", "seriesId": 12}),
            ("GET", "/command", None),
            ("GET", "/episodefile?seriesId=12", None),
            ("GET", "/language", None),
            ("PUT", "/episodefile/editor", {"episodeFileIds": [5], "languages": [ENGLISH, SPANISH]}),
        ]
        assert sonarr.requests == languages  # tags only where the setting says so
        sonarr.requests.clear()
        update_arr(replace(TASK, origin="sonarr/12"), replace(settings, tag_dubbed=True))
        tag = ("PUT", "/series/editor", {"seriesIds": [12], "tags": [3], "applyTags": "add"})
        assert sonarr.requests == [*languages, ("GET", "/tag", None), tag]


def test_languages_that_are_listed_are_not_sent_again_and_unknown_ones_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    files = [{**FILES[1], "languages": [ENGLISH, SPANISH]}]
    with arr_server({"/moviefile?movieId=7": files}) as radarr:
        settings = replace(PLACED, radarr_url=radarr.url, radarr_api_key=KEY)
        update_arr(replace(TASK, origin="radarr/7", target_langs=("es", "ca")), settings)
        update_arr(replace(TASK, origin="radarr/7", output=Path("/here/films/none.mkv")), settings)
        assert [path for _, path, _ in radarr.changes] == ["/command"] * 2
    assert "lists these languages already: English, Spanish; it knows no Catalan" in caplog.text
    assert "has no file at the dub's path" in caplog.text


def test_a_failure_is_told_with_its_reason() -> None:
    task = replace(TASK, origin="radarr/7")
    with arr_server({"/moviefile?movieId=7": FILES}) as radarr:
        radarr.refused = "/moviefile/editor"
        with pytest.raises(NotPossible, match=r"it answers with an error \(500\)"):
            update_arr(task, replace(PLACED, radarr_url=radarr.url, radarr_api_key=KEY))
        with pytest.raises(NotPossible, match=r"it refuses the key \(401\)"):
            update_arr(task, replace(PLACED, radarr_url=radarr.url, radarr_api_key="wrong"))


def test_a_rescan_that_runs_is_waited_for() -> None:
    running = [{"name": "RescanMovie", "status": "started", "body": {"movieId": 7}}]
    with arr_server({"/moviefile?movieId=7": FILES, "/command": running}) as radarr:
        answer = radarr.answer

        def finish(method: str, path: str, body: object) -> tuple[int, object]:
            found = answer(method, path, body)
            if method == "GET":
                radarr.answers["/command"] = []
            return found

        radarr.answer = finish  # type: ignore[method-assign]
        update_arr(replace(TASK, origin="radarr/7"), replace(PLACED, radarr_url=radarr.url, radarr_api_key=KEY))
        assert [path for _, path, _ in radarr.requests[:4]] == ["/command"] * 3 + ["/moviefile?movieId=7"]


def test_a_language_is_found_by_region_then_name() -> None:
    assert find_language("es", LANGUAGES) == SPANISH
    assert find_language("pt-BR", LANGUAGES) == {"id": 30, "name": "Portuguese (Brazil)"}
    assert find_language("pt", LANGUAGES) == {"id": 18, "name": "Portuguese"}
    assert find_language("es-MX", LANGUAGES) in (SPANISH, {"id": 34, "name": "Spanish (Latino)"})
    assert find_language("ca", LANGUAGES) is None
