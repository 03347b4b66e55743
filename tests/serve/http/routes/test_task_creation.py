"""POST /api/tasks: a dub is asked for by JSON, with the admission of the webhook."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from in_process_service import Served
from problem_details import read_problem

from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import Priority, TaskStatus

Put = Callable[..., Path]


def create(service: Served, **fields: object) -> httpx.Response:
    return service.client.post("/api/tasks", json=fields)


def test_a_new_film_is_created_with_its_address_and_the_same_one_is_the_same_task(service: Served, put: Put) -> None:
    path = put("A Show/e01.mkv")
    made = create(service, path="/tv/A Show/e01.mkv")
    (task,) = service.tasks()
    assert (made.status_code, made.headers["location"]) == (201, f"/api/tasks/{task.id}")
    assert made.json() == service.client.get(made.headers["location"]).json()
    assert (task.path, task.target_langs, task.origin, task.status) == (path, ("es",), "api", TaskStatus.QUEUED)
    again = create(service, path=str(path))
    assert (again.status_code, again.headers["location"], again.json()["id"]) == (200, f"/api/tasks/{task.id}", task.id)
    assert len(service.tasks()) == 1


def test_every_option_of_the_request_reaches_the_task(service: Served, put: Put) -> None:
    path = put()
    path.with_suffix(".en.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nHello there.\n")
    made = create(
        service,
        path=str(path),
        target_langs=["es", "ca"],
        source_lang="en",
        speakers=2,
        priority="bulk",
        audio_track=1,
        subtitle_track="film.en.srt",
        glossary="es: Siobhan = Siobhan",
        preview={"from": 0, "until": "00:05"},
        force=True,
        include_extras=True,
        callback="http://192.168.1.5:9000/done?token=hunter2",
    )
    assert made.status_code == 201, made.text
    (task,) = service.tasks()
    assert (task.target_langs, task.asked_lang, task.speakers, task.priority) == (("es", "ca"), "en", 2, Priority.BULK)
    assert (task.audio_track, task.subtitle_track, task.preview) == (1, "film.en.srt", PreviewRange(0.0, 5.0))
    assert (task.not_before, task.callback) == (None, "http://192.168.1.5:9000/done?token=hunter2")
    assert service.store.lines.get_glossary(task.id) == "es: Siobhan = Siobhan"
    assert "hunter2" not in made.text + repr(task)


def test_another_request_for_a_failed_film_queues_it_again_and_its_callback_counts(service: Served, put: Put) -> None:
    path = put()
    create(service, path=str(path), callback="http://10.0.0.1/first")
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim is None or claim[0], "it may wait until the file rests"
    service.store.tasks.cancel(service.tasks()[0].id)
    again = create(service, path=str(path), callback="http://10.0.0.1/second", force=True)
    assert (again.status_code, again.json()["status"]) == (200, "QUEUED")
    assert service.tasks()[0].callback == "http://10.0.0.1/second"
    assert create(service, path=str(path)).status_code == 200
    assert service.tasks()[0].callback == "http://10.0.0.1/second", "a request without one keeps it"


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"path": "/etc/passwd"}, 403, "film-refused"),
        ({"path": "/tv/none.mkv"}, 404, "film-not-found"),
        ({"path": "/tv/notes.txt"}, 422, "film-not-usable"),
        ({"path": "/tv/film.mkv", "target_langs": ["ja"]}, 422, "language-not-supported"),
        ({"path": "/tv/film.mkv", "audio_track": 7}, 422, "track-not-usable"),
        ({"path": "/tv/spanish.mkv"}, 409, "dub-not-needed"),
        ({}, 422, "invalid-request"),
        ({"path": ""}, 422, "invalid-request"),
        ({"path": 7}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "target_langs": []}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "speakers": 0}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "prority": "bulk"}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "glossary": "[es"}, 422, "glossary-malformed"),
        ({"path": "/tv/film.mkv", "preview": {"from": 5, "until": 2}}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "callback": "ftp://host/x"}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "callback": "http://user:hunter2@host/x"}, 422, "invalid-request"),
        ({"path": "/tv/film.mkv", "callback": "http://169.254.169.254/hunter2"}, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_dubbed_is_a_problem_and_makes_no_task(
    service: Served, put: Put, fields: dict[str, object], status: int, kind: str
) -> None:
    put()
    put("spanish.mkv", "spanish.mkv")
    (service.library / "notes.txt").write_text("no film")
    answer = create(service, **fields)
    assert (answer.status_code, read_problem(answer)) == (status, kind), answer.text
    assert "hunter2" not in answer.text, "a callback may hold a secret"
    assert service.tasks() == ()


@pytest.mark.parametrize("path", ["", "  ", 7, None, [], {}, True])
def test_the_simple_webhook_with_a_wrong_path_is_told(service: Served, path: object) -> None:
    for payload in ({"path": path}, {"path": path, "eventType": "Download"}, {"path": path, "eventType": "Mine"}):
        answer = service.client.post("/webhook", json=payload)
        assert (answer.status_code, read_problem(answer)) == (422, "values-refused"), payload
        assert list(answer.json()["problems"]) == ["path"]


@pytest.mark.parametrize("payload", [{}, {"target_langs": ["es"]}, {"eventType": None}, {"eventType": 5}])
def test_a_webhook_without_path_and_without_a_native_payload_is_told(service: Served, payload: dict[str, object]) -> None:
    assert service.client.post("/webhook", json=payload).status_code == 422


@pytest.mark.parametrize(
    "payload",
    [
        {"eventType": "Download", "series": None, "path": None},
        {"eventType": "Download", "movie": {"id": "x"}, "movieFile": {"path": 7}},
        {"eventType": "Download", "episodeFiles": "none", "path": 7},
        {"eventType": "Grab", "path": 7},
        {"eventType": "Something new"},
        {"eventType": "Download"},
        {"series": {"id": 12}},
    ],
)
def test_native_payloads_with_odd_fields_keep_their_answer(service: Served, payload: dict[str, object]) -> None:
    answer = service.client.post("/webhook", json=payload)
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
