"""The contract's routes over a real store: statuses, keys, and what they change."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from hostile_names import HOSTILE_NAMES, is_harmless
from in_process_service import HEALTH, Served, make_film
from problem_details import read_problem

from pipeline.store.database.database import now
from pipeline.values.tasks import CacheRow, DubRequest, Lease, LineRow, StageRun, StageStatus, Task, TaskStatus
from tests.support.dub_reports import make_lines, make_report

Put = Callable[..., Path]
SRT = "1\n00:00:00,100 --> 00:00:00,900\nHello there.\n"


def queued(service: Served, path: Path = Path("/films/a.mkv"), *languages: str) -> Task:
    return service.store.tasks.submit(DubRequest(path, 1, 1, languages or ("es",))).task


def claimed(service: Served, *languages: str) -> tuple[Task, Lease]:
    queued(service, Path("/films/a.mkv"), *languages)
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim is not None
    return claim


def done(service: Served, name: str = "Ñandú – film.mkv", content: bytes = bytes(range(256)) * 40) -> Task:
    task, lease = claimed(service)
    output = service.settings.data_dir / "dubs" / str(task.id) / name
    output.parent.mkdir(parents=True)
    output.write_bytes(content)
    service.store.leases.finish(lease, output)
    return service.store.tasks.get(task.id)


def line(number: int = 1, language: str = "es") -> LineRow:
    return LineRow(number, language, "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")


def test_health_needs_no_password_and_has_exactly_these_keys(service: Served) -> None:
    queued(service)
    service.client.auth = None
    answer = service.client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "online",
        "worker_alive": True,
        "queue_stats": {"QUEUED": 1, "PROCESSING": 0, "DONE": 0, "ERROR": 0, "CANCELLED": 0, "SKIPPED": 0},
        "engine_statuses": dict(HEALTH.engine_statuses),
        "engine_roles": {
            "whisper": "Speech recognition",
            "diarization": "Speaker diarization",
            "llm": "Translation",
            "tts": "Speech synthesis",
        },
        "workers": 1,
    }


def test_a_task_is_shown_with_exactly_the_keys_of_the_contract(service: Served) -> None:
    task, lease = claimed(service, "es", "ca")
    service.store.stages.record_run(lease, StageRun("transcribe", None, 1, StageStatus.DONE, now(), 8.6, executed=3))
    shown = service.client.get(f"/api/tasks/{task.id}").json()
    assert shown["created_at"].endswith("Z")
    assert shown["started_at"].endswith("Z")
    assert {name: shown[name] for name in shown if not name.endswith("_at")} == {
        "id": task.id,
        "path": "/films/a.mkv",
        "status": "PROCESSING",
        "source_lang": None,
        "target_langs": ["es", "ca"],
        "duration": None,
        "size": 1,
        "has_subtitles": False,
        "priority": "interactive",
        "rule": None,
        "progress": {"done": 0, "total": 0, "stage": ""},
        "attempts": 1,
        "error": None,
        "output": None,
        "outputs": [],
        "audio_track": None,
        "subtitle_track": None,
        "preview": None,
        "warnings": 0,
        "notes": [],
        "scripts": [],
        "stages": [{"name": "transcribe", "language": None, "status": "DONE", "seconds": 8.6, "cached": False}],
    }
    assert service.client.get("/api/tasks").json() == {"tasks": [shown], "total": 1}


def test_tasks_come_newest_first_by_pages_states_and_paths(service: Served) -> None:
    tasks = [queued(service, Path(f"/films/{n}.mkv")) for n in range(5)]
    page = service.client.get("/api/tasks", params={"limit": 2, "offset": 1, "status": "QUEUED"}).json()
    assert [task["id"] for task in page["tasks"]] == [tasks[3].id, tasks[2].id]
    assert page["total"] == 5
    assert service.client.get("/api/tasks", params={"status": "DONE"}).json() == {"tasks": [], "total": 0}
    found = service.client.get("/api/tasks", params={"path": "/films/2.mkv"}).json()
    assert [task["id"] for task in found["tasks"]] == [tasks[2].id]
    for params in ({"status": "LOST"}, {"limit": 0}, {"limit": 501}, {"offset": -1}):
        assert service.client.get("/api/tasks", params=params).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/download/{}"),
        ("POST", "/retry/{}"),
        ("POST", "/cancel/{}"),
        ("POST", "/purge/{}"),
        ("POST", "/delete/{}"),
        ("GET", "/api/tasks/{}"),
        ("GET", "/api/tasks/{}/stages"),
        ("GET", "/api/tasks/{}/lines"),
        ("GET", "/api/tasks/{}/speakers"),
        ("GET", "/api/tasks/{}/report"),
        ("GET", "/api/tasks/{}/subtitles/es"),
    ],
)
@pytest.mark.parametrize("task_id", [0, 12345, 2**63 - 1])
def test_an_unknown_task_is_404_with_a_sentence(service: Served, method: str, path: str, task_id: int) -> None:
    answer = service.client.request(method, path.format(task_id))
    assert (answer.status_code, read_problem(answer)) == (404, "not-found")


def test_retry_queues_a_failed_task_again_and_leaves_others_alone(service: Served) -> None:
    task, lease = claimed(service)
    service.store.leases.fail(lease, "mix: no")
    answer = service.client.post(f"/retry/{task.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert service.store.tasks.get(task.id).status is TaskStatus.QUEUED
    finished = done(replace(service))
    assert service.client.post(f"/retry/{finished.id}").status_code == 303
    assert service.store.tasks.get(finished.id).status is TaskStatus.DONE


def test_cancel_ends_what_waits_or_works_and_leaves_others_alone(service: Served) -> None:
    task = queued(service)
    answer = service.client.post(f"/cancel/{task.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    shown = service.client.get(f"/api/tasks/{task.id}").json()
    assert (shown["status"], shown["error"]) == ("CANCELLED", "cancelled before it began; retry goes on where it stopped")
    service.client.post(f"/delete/{task.id}")
    finished = done(service)
    assert service.client.post(f"/cancel/{finished.id}").status_code == 303
    assert service.store.tasks.get(finished.id).status is TaskStatus.DONE


def test_a_client_of_the_api_is_told_that_an_action_does_nothing(service: Served) -> None:
    task, accept = queued(service), {"Accept": "application/json"}
    ended = service.client.post(f"/cancel/{task.id}", headers=accept)
    assert (ended.status_code, ended.json()["status"]) == (200, "CANCELLED")
    again = service.client.post(f"/cancel/{task.id}", headers=accept)
    assert (again.status_code, again.json()["detail"]) == (409, f"task {task.id} is cancelled: there is nothing to cancel")
    assert service.client.post(f"/retry/{task.id}", headers=accept).json()["status"] == "QUEUED"
    assert "is queued: there is nothing to retry" in service.client.post(f"/retry/{task.id}", headers=accept).json()["detail"]


@pytest.mark.parametrize("action", ["purge", "delete"])
def test_what_a_task_alone_stood_on_leaves_the_disk_and_nothing_else_does(service: Served, action: str) -> None:
    task, lease = claimed(service)
    artifacts, outside = service.settings.artifacts, service.settings.data_dir / "outside.wav"
    (artifacts / "ab").mkdir(parents=True)
    (artifacts / "ab" / "take.flac").touch()
    (artifacts / "kept.flac").touch()
    outside.touch()
    files = ("ab/take.flac", "../outside.wav", str(outside))
    service.store.stages.write_answers(lease, [CacheRow("key", "synthesize", "{}", files)])
    answer = service.client.post(f"/{action}/{task.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert [path.name for path in artifacts.iterdir()] == ["kept.flac"]
    assert outside.exists()
    assert service.store.stages.read_answers(["key"]) == {}
    assert [task.status for task in service.tasks()] == ([TaskStatus.QUEUED] if action == "purge" else [])


def test_deleting_a_task_never_touches_its_film_or_its_dub(service: Served, put: Put) -> None:
    film = put()
    task = done(service)
    service.client.post(f"/delete/{task.id}")
    assert film.exists()
    assert task.output is not None
    assert task.output.exists()


def test_a_finished_film_is_downloaded_whole_under_its_own_name(service: Served) -> None:
    task = done(service)
    answer = service.client.get(f"/download/{task.id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''%C3%91and%C3%BA%20%E2%80%93%20film.mkv"
    assert answer.content == bytes(range(256)) * 40
    head = service.client.head(f"/download/{task.id}")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10240", b"")


@pytest.mark.parametrize("name", [name for kind, name in HOSTILE_NAMES.items() if kind != "undecodable"])
def test_a_download_is_offered_under_a_harmless_name(service: Served, name: str) -> None:
    answer = service.client.get(f"/download/{done(service, name).id}")
    assert answer.status_code == 200
    assert is_harmless(unquote(answer.headers["content-disposition"]))


@pytest.mark.parametrize("name", [r"film\udcff.mkv", r"film\u001b[31m.mkv", r"film\u202evkm.mkv", r"film\u2028.mkv"])
def test_a_hostile_path_is_answered_with_a_harmless_sentence(service: Served, name: str) -> None:
    body = f'{{"path": "/films/{name}", "eventType": "Download"}}'
    answer = service.client.post("/webhook", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert is_harmless(answer.json()["detail"])


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-3", 206, bytes(range(4))),
        ("bytes=10238-", 206, bytes([254, 255])),
        ("bytes=-1", 206, bytes([255])),
        ("bytes=10240-", 416, None),
        ("bytes=5-3", 400, None),
    ],
)
def test_ranges_of_a_download_are_honoured(service: Served, asked: str, status: int, content: bytes | None) -> None:
    answer = service.client.get(f"/download/{done(service).id}", headers={"range": asked})
    assert answer.status_code == status
    if content is not None:
        assert answer.content == content


def test_nothing_is_downloaded_of_a_task_that_is_not_done_or_whose_file_is_gone(service: Served) -> None:
    waiting = queued(service, Path("/films/other.mkv"))
    assert service.client.get(f"/download/{waiting.id}").status_code == 404
    service.store.tasks.delete(waiting.id)
    task = done(service)
    assert task.output is not None
    task.output.unlink()
    answer = service.client.get(f"/download/{task.id}")
    assert answer.status_code == 404
    assert "gone" in answer.json()["detail"]


def test_lines_are_shown_and_written_as_subtitles(service: Served) -> None:
    task, lease = claimed(service)
    service.store.lines.replace_lines(lease, "es", [line(1), replace(line(2), start=3.0, end=4.0, dub_start=3.1)])
    url = f"/api/tasks/{task.id}"
    assert [each["text"] for each in service.client.get(f"{url}/lines", params={"language": "es"}).json()["lines"]] == [
        "hola"
    ] * 2
    assert service.client.get(f"{url}/lines", params={"language": "ca"}).json() == {"lines": []}
    subtitles = service.client.get(f"{url}/subtitles/es")
    assert subtitles.headers["content-type"].startswith("application/x-subrip")
    assert subtitles.text.startswith("1\n00:00:01,000 --> ")
    assert service.client.get(f"{url}/subtitles/ca").status_code == 404


def test_stages_and_reports_are_shown(service: Served) -> None:
    task, lease = claimed(service)
    service.store.stages.record_run(lease, StageRun("mix", "es", 1, StageStatus.DONE, now(), 1.0, reused=2, cpu_seconds=1.5))
    service.store.lines.put_report(lease, "es", json.dumps({"loudness": -23.0}))
    (shown,) = service.client.get(f"/api/tasks/{task.id}/stages").json()["stages"]
    assert (shown["name"], shown["language"], shown["attempt"], shown["reused"], shown["cached"]) == ("mix", "es", 1, 2, True)
    assert (shown["cpu_seconds"], shown["gpu_seconds"]) == (1.5, 0.0)
    assert service.client.get(f"/api/tasks/{task.id}/report").json() == {"reports": {"es": {"loudness": -23.0}}}


def test_a_report_of_today_is_typed_and_has_a_page(service: Served) -> None:
    task, lease = claimed(service)
    lines = make_lines(12)
    report = make_report(lines)
    service.store.lines.replace_lines(lease, "es", lines)
    url = f"/api/tasks/{task.id}/report"
    assert service.client.get(f"{url}.html").status_code == 404
    service.store.lines.put_report(lease, "es", json.dumps(report))
    assert service.client.get(url).json() == {"reports": {"es": report}}
    page = service.client.get(f"{url}.html", params={"language": "es"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'id="line-12"' in page.text and page.text == service.client.get(f"{url}.html").text
    assert service.client.get(f"{url}.html", params={"language": "ca"}).status_code == 404


def test_more_languages_are_added_where_an_engine_can_do_them(service: Served, put: Put) -> None:
    film = put()
    service.client.post("/webhook", json={"path": str(film)})
    (task,) = service.tasks()
    answer = service.client.patch(f"/api/tasks/{task.id}", json={"target_langs": ["cat", "es"]})
    assert (answer.status_code, answer.json()["target_langs"]) == (200, ["es", "ca"])
    refused = service.client.patch(f"/api/tasks/{task.id}", json={"target_langs": ["ja"]})
    assert refused.status_code == 422
    assert "ca" in refused.json()["detail"]
    assert service.client.patch(f"/api/tasks/{task.id}", json={"target_langs": []}).status_code == 422
    film.unlink()
    assert service.client.patch(f"/api/tasks/{task.id}", json={"target_langs": ["gl"]}).status_code == 404


def test_the_notes_on_the_dubs_of_a_task_are_shown_warnings_first_and_counted(service: Served) -> None:
    task, lease = claimed(service, "es", "ca")
    notes = [{"text": "Dubbed from Stereo", "severity": "info", "lines": []}]
    service.store.lines.put_report(lease, "es", json.dumps({"notes": notes}))
    service.store.lines.put_report(
        lease, "ca", json.dumps({"notes": [*notes, {"text": "Not translated", "severity": "warning", "lines": [2]}]})
    )
    shown = service.client.get(f"/api/tasks/{task.id}").json()
    assert (shown["warnings"], shown["notes"]) == (
        1,
        [
            {"text": "Not translated", "severity": "warning", "lines": [2], "language": "ca"},
            {"text": "Dubbed from Stereo", "severity": "info", "lines": [], "language": None},
        ],
    )
    assert service.client.get("/api/tasks").json()["tasks"] == [shown]
    assert service.client.get(f"/api/tasks/{task.id}/report").json()["reports"]["es"]["notes"] == notes


TRACKS = {"audio_track": 1, "subtitle_track": "film.en.srt"}


def test_tracks_are_chosen_in_a_webhook_by_its_payload_or_its_query(service: Served, put: Put) -> None:
    for number, (body, query) in enumerate([(TRACKS, {}), ({}, TRACKS), (TRACKS, {"subtitle_track": "none"})]):
        film = put(f"{number}/film.mkv")
        film.with_suffix(".en.srt").write_text(SRT)
        assert service.client.post("/webhook", json={"path": str(film)} | body, params=query).status_code == 200
        shown = service.client.get("/api/tasks", params={"path": str(film)}).json()["tasks"][0]
        assert {name: shown[name] for name in TRACKS} == TRACKS


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"audio_track": 2}, "film.mkv has no audio track 2; choose one of: 1 English, 1 channel"),
        ({"audio_track": 0}, "film.mkv has no audio track 0; choose one of: 1 English, 1 channel"),
        ({"subtitle_track": 1}, "film.mkv has no subtitle track 1; choose one of: film.en.srt; none"),
        ({"subtitle_track": "film.fr.srt"}, "film.mkv has no subtitle file film.fr.srt; choose one of: film.en.srt; none"),
        ({"subtitle_track": "film.mkv"}, "film.mkv is not named like a subtitle file; give one of .ass, .srt, .ssa, .vtt"),
    ],
)
def test_a_track_that_a_film_does_not_have_is_refused_at_once_with_those_that_it_has(
    service: Served, put: Put, choice: dict[str, object], message: str
) -> None:
    film = put()
    film.with_suffix(".en.srt").write_text(SRT)
    answer = service.client.post("/webhook", json={"path": str(film)} | choice)
    assert (answer.status_code, read_problem(answer), answer.json()["detail"]) == (422, "track-not-usable", message)
    assert not service.tasks()


def test_a_subtitle_file_elsewhere_must_lie_in_the_library(service: Served, put: Put, tmp_path: Path) -> None:
    film, outside = put(), tmp_path / "a.srt"
    outside.write_text(SRT)
    (service.library / "other").mkdir()
    inside = service.library / "other" / "b.srt"
    inside.write_text(SRT)
    link = service.library / "other" / "c.srt"
    link.symlink_to(outside)
    for path, status in ((outside, 403), (link, 403), (inside.with_name("gone.srt"), 404)):
        answer = service.client.post("/webhook", json={"path": str(film), "subtitle_track": str(path)})
        assert answer.status_code == status, answer.text
    answer = service.client.post("/webhook", json={"path": str(film), "subtitle_track": "/tv/other/b.srt"})
    assert answer.status_code == 200 and service.tasks()[0].subtitle_track == str(inside), "the path as other machines name it"


def test_the_tracks_of_a_task_are_changed_and_kept_on_retry(service: Served, put: Put) -> None:
    film = put()
    film.with_suffix(".en.srt").write_text(SRT)
    service.client.post("/webhook", json={"path": str(film), "audio_track": 1})
    (task,) = service.tasks()
    url = f"/api/tasks/{task.id}"
    assert service.client.patch(url, json={"subtitle_track": "None"}).json()["subtitle_track"] == "none"
    service.store.tasks.cancel(task.id)
    service.client.post(f"/retry/{task.id}")
    shown = service.client.patch(url, json={"target_langs": ["ca"]}).json()
    assert (shown["status"], shown["audio_track"], shown["subtitle_track"]) == ("QUEUED", 1, "none")
    assert service.client.patch(url, json={"subtitle_track": None}).json()["subtitle_track"] is None
    assert service.client.patch(url, json={"audio_track": 5}).status_code == 422
    assert service.client.patch(url, json={}).status_code == 422
    assert service.tasks()[0].audio_track == 1


def test_a_webhook_asks_for_a_preview_and_a_patch_for_another_part_or_the_whole_film(service: Served, put: Put) -> None:
    film, part = put(), {"from": "0:00", "until": 5.0}
    assert service.client.post("/webhook", json={"path": str(film), "preview": part}).status_code == 200
    (task,) = service.tasks()
    url = f"/api/tasks/{task.id}"
    assert service.client.get(url).json()["preview"] == {"from": 0.0, "until": 5.0}
    other = service.client.patch(url, json={"preview": {"from": 0.1, "until": 6.0}}).json()
    assert (other["status"], other["preview"]) == ("QUEUED", {"from": 0.1, "until": 6.0})
    for wrong in (
        {"until": "x"},
        {"from": 2.0, "until": 1.0},
        {"from": 1.0},
        {"until": 6.0, "fade": 2},
        {"from": 1.0, "until": 2.0},
    ):
        assert service.client.patch(url, json={"preview": wrong}).status_code == 422, wrong
    whole = service.client.patch(url, json={"preview": None}).json()
    assert (whole["status"], whole["preview"], service.tasks()[0].preview_only) == ("QUEUED", None, False)
    refused = service.client.patch(url, json={"preview": part})
    assert refused.status_code == 409 and "dubs the whole film already" in refused.json()["detail"]


def test_sql_is_answered_as_arrow_and_only_reads(service: Served) -> None:
    import pyarrow

    queued(service)

    def ask(sql: str):
        return service.client.post("/api/query", json={"sql": sql})

    answer = ask("SELECT status, count(*) AS n FROM tasks GROUP BY ALL")
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert pyarrow.ipc.open_stream(answer.content).read_all().to_pylist() == [{"status": "QUEUED", "n": 1}]
    for sql in ("DELETE FROM tasks", "SELECT 1; SELECT 2", "SELEKT", "SELECT * FROM read_text('/etc/passwd')"):
        refused = ask(sql)
        assert refused.status_code == 400
        assert refused.json()["detail"].startswith("query: ")
    assert len(service.tasks()) == 1


def test_sql_comes_by_post_alone(service: Served) -> None:
    """A link that leads somebody here with the browser's kept password must not run a query."""
    assert service.client.get("/api/query", params={"sql": "SELECT 1"}).status_code == 405


def test_errors_are_sentences_in_json_whatever_went_wrong(service: Served) -> None:
    for answer in (
        service.client.get("/api/tasks/x"),
        service.client.post("/webhook", content=b"{", headers={"content-type": "application/json"}),
        service.client.get("/nowhere"),
        service.client.put("/health"),
    ):
        assert 400 <= answer.status_code < 500
        read_problem(answer)


def test_the_icon_is_served_and_the_root_is_left_to_the_dashboard(service: Served) -> None:
    assert service.client.get("/favicon.ico").status_code == 200
    assert service.client.get("/").status_code == 404


def test_openapi_tells_the_security_scheme_and_every_route(service: Served) -> None:
    spec = service.client.get("/openapi.json").json()
    assert set(spec["components"]["securitySchemes"]) == {"HTTPBasic", "APIKeyHeader", "HTTPBearer"}
    assert "security" not in spec["paths"]["/health"]["get"]
    unguarded = [path for path, methods in spec["paths"].items() for each in methods.values() if "security" not in each]
    assert sorted(unguarded) == ["/health", "/livez", "/readyz"]
    assert {"/upload", "/webhook", "/download/{task_id}", "/api/tasks/{task_id}/lines/{number}"} <= set(spec["paths"])
    assert "HTTPValidationError" not in json.dumps(spec)


def test_health_is_answered_while_every_thread_of_the_other_routes_is_taken(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, entered = threading.Event(), threading.Semaphore(0)

    def wait(*_: object, **__: object) -> tuple[tuple[Task, ...], int]:
        entered.release()
        release.wait(30)
        return (), 0

    monkeypatch.setattr(service.store.tasks, "list_page", wait)
    threads = [threading.Thread(target=service.client.get, args=("/api/tasks",)) for _ in range(60)]
    for thread in threads:
        thread.start()
    for _ in range(40):  # as many as there are
        assert entered.acquire(timeout=30)
    try:
        assert service.client.get("/health").status_code == 200
    finally:
        release.set()
        for thread in threads:
            thread.join()


def test_an_unknown_address_is_a_page_for_a_browser_and_json_for_the_api(service: Served) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = service.client.get("/films/<script>alert(1)</script>", headers=browser)
    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html")
    assert "There is no page at" in page.text and 'href="/"' in page.text and "<script" not in page.text
    for path, headers in (("/films", {}), ("/api/films", browser), ("/api/tasks/99", browser)):
        answer = service.client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_no_language_is_not_those_of_the_settings(service: Served) -> None:
    film = make_film(service.library / "a.mkv")
    answer = service.client.post("/webhook", json={"path": str(film), "target_langs": []})
    assert answer.status_code == 422 and "names no language; name at least one" in answer.json()["detail"]
    with film.open("rb") as content:
        answer = service.client.post("/upload", files={"file": ("b.mkv", content)}, data={"target_langs": ""})
    assert answer.status_code == 400 and "target_langs names no language; name at least one" in answer.json()["detail"]
    assert service.tasks() == () and list(service.settings.videos_dir.iterdir()) == []
    assert service.client.post("/webhook", json={"path": str(film)}).json()["status"] == "queued"
    assert service.tasks()[0].target_langs == service.settings.target_langs
