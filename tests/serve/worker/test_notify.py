"""Who is told about a finished dub, and that nobody's deafness matters."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipeline.settings import OutputPlacement, Settings
from pipeline.store.database.database import now
from pipeline.values.tasks import Progress, Task, TaskStatus
from serve.worker.notify import build_notifications, send_notifications

TASK = Task(
    id=7, path=Path("/tv/a.mkv"), size=1, mtime_ns=1, status=TaskStatus.DONE, source_lang="en", asked_lang=None, target_langs=("es",), duration=1.0,
    has_subtitles=False, speakers=None, origin="sonarr/12", created_at=now(), started_at=None, finished_at=None,
    progress=Progress(), attempts=1, error=None, output=Path("/tv/a.dubarr.mkv"), owner=None,
)  # fmt: skip
SETTINGS = Settings(
    placement=OutputPlacement.BESIDE, sonarr_url="http://127.0.0.1:1/", sonarr_api_key="key", radarr_url="http://127.0.0.1:2"
)


def test_sonarr_rescans_the_series_it_came_from() -> None:
    (call,) = build_notifications(TASK, SETTINGS)
    assert (call.url, call.body, call.headers) == (
        "http://127.0.0.1:1/api/v3/command",
        {"name": "RescanSeries", "seriesId": 12},
        {"X-Api-Key": "key"},
    )


def test_radarr_rescans_the_movie_it_came_from() -> None:
    (call,) = build_notifications(replace(TASK, origin="radarr/3"), SETTINGS)
    assert call.body == {"name": "RescanMovie", "movieId": 3}


@pytest.mark.parametrize("settings", [replace(SETTINGS, placement=OutputPlacement.DUBS), replace(SETTINGS, sonarr_url=None)])
def test_nobody_rescans_where_nothing_lies_in_their_library(settings: Settings) -> None:
    assert build_notifications(TASK, settings) == ()


def test_a_failed_task_rescans_nothing_but_is_told() -> None:
    failed = replace(TASK, status=TaskStatus.ERROR, output=None, error="broken")
    (call,) = build_notifications(failed, replace(SETTINGS, completion_url="http://127.0.0.1:3/hook"))
    assert (call.url, call.body["status"], call.body["error"]) == ("http://127.0.0.1:3/hook", "ERROR", "broken")


@pytest.fixture
def listener() -> Iterator[tuple[str, list[dict[str, object]]]]:
    heard: list[dict[str, object]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()
    server.server_close()


def test_the_others_are_told_although_the_first_is_deaf(listener: tuple[str, list[dict[str, object]]]) -> None:
    url, heard = listener
    send_notifications(TASK, replace(SETTINGS, completion_url=url))  # nobody listens at SETTINGS.sonarr_url
    assert [told["id"] for told in heard] == [7]
