"""Webhooks as Sonarr and Radarr send them: what is read from them, how they are answered, and what becomes of the tasks."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served

from pipeline.values.tasks import DubRequest, Priority, Task, TaskStatus
from serve.configuration.env_file import write_env_file
from serve.intake.webhook_payloads import EventKind, Move, WebhookEvent, parse_webhook

Put = Callable[..., Path]
Payload = dict[str, Any]

SERIES = {
    "id": 12,
    "title": "A Show",
    "titleSlug": "a-show",
    "path": "/tv/A Show",
    "tvdbId": 81189,
    "tvMazeId": 169,
    "type": "standard",
    "year": 2008,
    "genres": ["Drama"],
    "images": [{"coverType": "banner", "url": "/MediaCover/12/banner.jpg", "remoteUrl": "https://artworks.example/b.jpg"}],
    "tags": [],
    "originalLanguage": {"id": 1, "name": "English"},
}
EPISODES = [
    {
        "id": 901,
        "episodeNumber": 1,
        "seasonNumber": 1,
        "title": "Pilot",
        "airDate": "2008-01-20",
        "seriesId": 12,
        "tvdbId": 349232,
    }
]
MOVIE = {
    "id": 7,
    "title": "A Film",
    "year": 1999,
    "filePath": "/tv/A Film (1999)/film.mkv",
    "releaseDate": "1999-10-15",
    "folderPath": "/tv/A Film (1999)",
    "tmdbId": 550,
    "imdbId": "tt0137523",
    "overview": "…",
}
SONARR = {"instanceName": "Sonarr", "applicationUrl": ""}
RADARR = {"instanceName": "Radarr", "applicationUrl": ""}


def episode_file(name: str, number: int = 1) -> Payload:
    return {
        "id": number,
        "relativePath": f"Season 01/{name}",
        "path": f"/tv/A Show/Season 01/{name}",
        "quality": "WEBDL-1080p",
        "qualityVersion": 1,
        "releaseGroup": "GRP",
        "sceneName": "A.Show.S01E01.1080p.WEB-DL-GRP",
        "size": 1_500_000_000,
        "dateAdded": "2026-11-22T10:00:00Z",
        "languages": [{"id": 1, "name": "English"}],
        "mediaInfo": {
            "audioChannels": 5.1,
            "audioCodec": "EAC3",
            "audioLanguages": ["eng"],
            "height": 1080,
            "width": 1920,
            "subtitles": [],
        },
    }


def movie_file(name: str = "film.mkv") -> Payload:
    return {
        "id": 3,
        "relativePath": name,
        "path": f"/tv/A Film (1999)/{name}",
        "quality": "Bluray-1080p",
        "qualityVersion": 1,
        "indexerFlags": "0",
        "size": 9_000_000_000,
        "dateAdded": "2026-11-22T10:00:00Z",
        "languages": [{"id": 1, "name": "English"}],
    }


SONARR_TEST: Payload = {
    "series": {
        "id": 1,
        "title": "Test Title",
        "path": "C:\\testpath",
        "tvdbId": 1234,
        "tvMazeId": 0,
        "tmdbId": 0,
        "type": "standard",
        "year": 0,
    },
    "episodes": [{"id": 123, "episodeNumber": 1, "seasonNumber": 1, "title": "Test title", "seriesId": 0, "tvdbId": 0}],
    "eventType": "Test",
    **SONARR,
}
RADARR_TEST: Payload = {
    "movie": {
        "id": 1,
        "title": "Test Title",
        "year": 1970,
        "releaseDate": "1970-01-01",
        "folderPath": "C:\\testpath",
        "tmdbId": 0,
    },
    "remoteMovie": {"tmdbId": 1234, "imdbId": "5678", "title": "Test title", "year": 1970},
    "release": {
        "quality": "Test Quality",
        "qualityVersion": 1,
        "releaseGroup": "Test Group",
        "releaseTitle": "Test Title",
        "size": 9999999,
    },
    "eventType": "Test",
    **RADARR,
}
SONARR_DOWNLOAD: Payload = {
    "series": SERIES,
    "episodes": EPISODES,
    "episodeFile": episode_file("e01.mkv"),
    "isUpgrade": False,
    "downloadClient": "qBittorrent",
    "downloadClientType": "qBittorrent",
    "downloadId": "0A1B",
    "customFormatInfo": {"customFormats": [], "customFormatScore": 0},
    "release": {"releaseTitle": "A.Show.S01E01", "indexer": "x", "size": 1},
    "eventType": "Download",
    **SONARR,
}
SONARR_UPGRADE = SONARR_DOWNLOAD | {"isUpgrade": True, "deletedFiles": [episode_file("old.mkv", 9)]}
SONARR_COMPLETE: Payload = {
    "series": SERIES,
    "episodes": EPISODES,
    "episodeFiles": [episode_file("e01.mkv"), episode_file("e02.mkv", 2), episode_file("e01.mkv")],
    "sourcePath": "/downloads/A.Show.S01",
    "destinationPath": "/tv/A Show/Season 01",
    "fileCount": 2,
    "eventType": "Download",
    **SONARR,
}
RADARR_DOWNLOAD: Payload = {
    "movie": MOVIE,
    "remoteMovie": {"tmdbId": 550, "imdbId": "tt0137523", "title": "A Film", "year": 1999},
    "movieFile": movie_file(),
    "isUpgrade": False,
    "downloadClient": "SABnzbd",
    "downloadId": "SABnzbd_nzo_x",
    "eventType": "Download",
    **RADARR,
}
OLD_RADARR_DOWNLOAD: Payload = {
    "movie": {"id": 7, "title": "A Film", "folderPath": "/tv/A Film (1999)/"},
    "movieFile": {"id": 3, "relativePath": "film.mkv", "quality": "DVD"},
    "eventType": "Download",
}
SONARR_RENAME: Payload = {
    "series": SERIES,
    "renamedEpisodeFiles": [
        {**episode_file("new.mkv"), "previousRelativePath": "Season 01/e01.mkv", "previousPath": "/tv/A Show/Season 01/e01.mkv"}
    ],
    "eventType": "Rename",
    **SONARR,
}
RADARR_RENAME: Payload = {
    "movie": MOVIE,
    "renamedMovieFiles": [
        {**movie_file("new.mkv"), "previousRelativePath": "film.mkv", "previousPath": "/tv/A Film (1999)/film.mkv"}
    ],
    "eventType": "Rename",
    **RADARR,
}
SONARR_DELETE: Payload = {
    "series": SERIES,
    "episodes": EPISODES,
    "episodeFile": episode_file("e01.mkv"),
    "deleteReason": "manual",
    "eventType": "EpisodeFileDelete",
    **SONARR,
}
RADARR_DELETE: Payload = {
    "movie": MOVIE,
    "movieFile": movie_file(),
    "deleteReason": "manual",
    "eventType": "MovieFileDelete",
    **RADARR,
}
QUIET: list[Payload] = [
    {
        "series": SERIES,
        "episodes": EPISODES,
        "release": {"releaseTitle": "A.Show"},
        "downloadId": "x",
        "eventType": "Grab",
        **SONARR,
    },
    {"movie": MOVIE, "remoteMovie": {}, "release": {}, "eventType": "Grab", **RADARR},
    {"series": SERIES, "eventType": "SeriesAdd", **SONARR},
    {"series": SERIES, "deletedFiles": True, "eventType": "SeriesDelete", **SONARR},
    {"movie": MOVIE, "addMethod": "manual", "eventType": "MovieAdded", **RADARR},
    {"movie": MOVIE, "deletedFiles": True, "movieFolderSize": 9, "eventType": "MovieDelete", **RADARR},
    {
        "level": "warning",
        "message": "Indexers unavailable",
        "type": "IndexerStatusCheck",
        "wikiUrl": "https://x.example",
        "eventType": "Health",
    },
    {"level": "warning", "message": "…", "type": "IndexerStatusCheck", "eventType": "HealthRestored", **RADARR},
    {"message": "Updated", "previousVersion": "4.0.0", "newVersion": "4.0.1", "eventType": "ApplicationUpdate", **SONARR},
    {
        "series": SERIES,
        "episodes": EPISODES,
        "downloadInfo": {},
        "downloadStatus": "Warning",
        "eventType": "ManualInteractionRequired",
    },
    {"eventType": "SomethingNew", "series": None},
    {"eventType": "Download"},
    {"eventType": "Download", "series": None, "episodeFile": None, "episodeFiles": None},
    {"eventType": "Download", "series": [], "episodeFile": "x", "episodeFiles": [None, 3, {}]},
    {"eventType": "Rename", "renamedEpisodeFiles": [{"path": "/tv/a.mkv"}]},
]


@pytest.mark.parametrize(
    ("payload", "notice"),
    [
        ({"path": "/tv/a.mkv"}, WebhookEvent(EventKind.ARRIVED, "", ("/tv/a.mkv",))),
        ({"path": "/tv/a.mkv", "eventType": "Download"}, WebhookEvent(EventKind.ARRIVED, "Download", ("/tv/a.mkv",))),
        ({"path": "/tv/a.mkv", "eventType": "Grab"}, WebhookEvent(EventKind.OTHER, "Grab")),
        ({"path": "C:\\testpath", "eventType": "Test"}, WebhookEvent(EventKind.TEST, "Test")),
        (SONARR_TEST, WebhookEvent(EventKind.TEST, "Test", origin="sonarr/1")),
        (RADARR_TEST, WebhookEvent(EventKind.TEST, "Test", origin="radarr/1")),
        (
            SONARR_DOWNLOAD,
            WebhookEvent(
                EventKind.ARRIVED, "Download", ("/tv/A Show/Season 01/e01.mkv",), origin="sonarr/12", original_lang="en", tags=()
            ),
        ),
        (
            SONARR_UPGRADE,
            WebhookEvent(
                EventKind.ARRIVED,
                "Download",
                ("/tv/A Show/Season 01/e01.mkv",),
                origin="sonarr/12",
                replaced=("/tv/A Show/Season 01/old.mkv",),
                original_lang="en",
                tags=(),
            ),
        ),
        (
            SONARR_COMPLETE,
            WebhookEvent(
                EventKind.ARRIVED,
                "Download",
                tuple(f"/tv/A Show/Season 01/e0{n}.mkv" for n in (1, 2)),
                origin="sonarr/12",
                original_lang="en",
                tags=(),
            ),
        ),
        (RADARR_DOWNLOAD, WebhookEvent(EventKind.ARRIVED, "Download", ("/tv/A Film (1999)/film.mkv",), origin="radarr/7")),
        (OLD_RADARR_DOWNLOAD, WebhookEvent(EventKind.ARRIVED, "Download", ("/tv/A Film (1999)/film.mkv",), origin="radarr/7")),
        (
            {"eventType": "Download", "movie": {"folderPath": "D:\\Films\\A"}, "movieFile": {"relativePath": "a.mkv"}},
            WebhookEvent(EventKind.ARRIVED, "Download", ("D:\\Films\\A\\a.mkv",)),
        ),
        (
            SONARR_RENAME,
            WebhookEvent(
                EventKind.RENAMED,
                "Rename",
                moves=(Move("/tv/A Show/Season 01/e01.mkv", "/tv/A Show/Season 01/new.mkv"),),
                origin="sonarr/12",
                tags=(),
            ),
        ),
        (
            SONARR_DELETE,
            WebhookEvent(EventKind.DELETED, "EpisodeFileDelete", ("/tv/A Show/Season 01/e01.mkv",), origin="sonarr/12"),
        ),
        (RADARR_DELETE, WebhookEvent(EventKind.DELETED, "MovieFileDelete", ("/tv/A Film (1999)/film.mkv",), origin="radarr/7")),
    ],
)
def test_a_payload_is_read_as_what_happened(payload: Payload, notice: WebhookEvent) -> None:
    assert parse_webhook(payload) == notice


def post(service: Served, payload: object):
    return service.client.post("/webhook", json=payload)


@pytest.mark.parametrize("payload", [SONARR_TEST, RADARR_TEST])
def test_the_test_button_is_answered_ok_though_its_path_exists_nowhere(service: Served, payload: Payload) -> None:
    answer = post(service, payload)
    assert (answer.status_code, answer.json()["status"], service.tasks()) == (200, "ok", ())


@pytest.mark.parametrize("payload", QUIET, ids=lambda payload: str(payload.get("eventType")))
def test_what_brings_no_file_is_ignored_and_never_an_error(service: Served, payload: Payload) -> None:
    answer = post(service, payload)
    assert (answer.status_code, answer.json()["status"], service.tasks()) == (200, "ignored", ())


def test_the_simple_form_queues_and_answers_exactly_status_and_path(service: Served, put: Put) -> None:
    path = put("a.mkv")
    answer = post(service, {"path": str(path), "eventType": "Download"})
    assert (answer.status_code, answer.json()) == (200, {"status": "queued", "path": str(path)})
    (task,) = service.tasks()
    assert (task.path, task.target_langs, task.origin, task.duration) == (path, ("es",), "webhook", pytest.approx(1.0, abs=0.1))


@pytest.mark.parametrize(
    ("payload", "names", "origin"),
    [
        (SONARR_DOWNLOAD, ["A Show/Season 01/e01.mkv"], "sonarr/12"),
        (SONARR_UPGRADE, ["A Show/Season 01/e01.mkv"], "sonarr/12"),
        (SONARR_COMPLETE, ["A Show/Season 01/e01.mkv", "A Show/Season 01/e02.mkv"], "sonarr/12"),
        (RADARR_DOWNLOAD, ["A Film (1999)/film.mkv"], "radarr/7"),
        (OLD_RADARR_DOWNLOAD, ["A Film (1999)/film.mkv"], "radarr/7"),
    ],
)
def test_an_import_queues_every_file_once(service: Served, put: Put, payload: Payload, names: list[str], origin: str) -> None:
    paths = {put(name) for name in names}
    for _ in range(2):
        answer = post(service, payload)
        assert (answer.status_code, answer.json()) == (200, {"status": "queued", "path": str(service.library / names[0])})
        assert {task.path for task in service.tasks()} == paths
        assert {task.origin for task in service.tasks()} == {origin}
    assert len(service.tasks()) == len(paths)


def test_one_file_of_a_season_that_cannot_be_dubbed_keeps_no_other_from_it(service: Served, put: Put) -> None:
    path = put("A Show/Season 01/e02.mkv")
    assert post(service, SONARR_COMPLETE).json() == {"status": "queued", "path": str(path)}
    path.unlink()
    assert post(service, SONARR_COMPLETE).status_code == 404


@pytest.mark.parametrize("status", ["processing", "done", "error"])
def test_a_file_offered_again_is_answered_with_its_tasks_state(service: Served, put: Put, status: str) -> None:
    path = put("a.mkv")
    post(service, {"path": str(path)})
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim is not None
    if status == "done":
        service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    if status == "error":
        service.store.leases.fail(claim[1], "no")
    assert post(service, {"path": str(path)}).json()["status"] == {"error": "queued"}.get(status, status)
    assert len(service.tasks()) == 1


def test_scripts_may_name_languages_and_speakers(service: Served, put: Put) -> None:
    path = put("a.mkv")
    post(service, {"path": str(path), "target_langs": ["cat", "es"], "source_lang": "eng", "speakers": 2})
    (task,) = service.tasks()
    assert (task.target_langs, task.source_lang, task.speakers) == (("ca", "es"), "en", 2)
    for nonsense in ({"target_langs": "es"}, {"speakers": 0}, {"target_langs": ["not a language"]}, {"source_lang": "q!"}):
        assert post(service, {"path": str(path)} | nonsense).status_code == 422


def test_a_script_may_say_that_its_film_can_wait(service: Served, put: Put) -> None:
    path = str(put("a.mkv"))
    post(service, {"path": path, "priority": "bulk"})
    assert service.tasks()[0].priority is Priority.BULK
    post(service, {"path": path})
    assert service.tasks()[0].priority is Priority.INTERACTIVE, "somebody waits for it now"
    assert post(service, {"path": path, "priority": "urgent"}).status_code == 422


def test_what_sonarr_and_radarr_bring_does_not_wait_behind_a_library(service: Served, put: Put) -> None:
    payload = {"eventType": "Download", "series": {"id": 12}, "episodeFile": {"path": str(put("a.mkv"))}, "priority": "bulk"}
    assert post(service, payload).json()["status"] == "queued"
    assert service.tasks()[0].priority is Priority.INTERACTIVE


@pytest.mark.parametrize(
    ("payload", "before", "after"),
    [
        (SONARR_RENAME, "A Show/Season 01/e01.mkv", "A Show/Season 01/new.mkv"),
        (RADARR_RENAME, "A Film (1999)/film.mkv", "A Film (1999)/new.mkv"),
    ],
)
def test_a_renamed_files_task_follows_it(service: Served, put: Put, payload: Payload, before: str, after: str) -> None:
    path = put(before)
    post(service, {"path": str(path)})
    path.rename(service.library / after)
    assert post(service, payload).json() == {"status": "moved", "path": str(service.library / after)}
    assert [task.path for task in service.tasks()] == [service.library / after]
    assert post(service, payload).json()["status"] == "ignored"


@pytest.mark.parametrize(
    ("payload", "name"), [(SONARR_DELETE, "A Show/Season 01/e01.mkv"), (RADARR_DELETE, "A Film (1999)/film.mkv")]
)
def test_a_deleted_files_queued_task_is_cancelled(service: Served, put: Put, payload: Payload, name: str) -> None:
    path = put(name)
    post(service, {"path": str(path)})
    path.unlink()
    assert post(service, payload).json() == {"status": "cancelled", "path": str(path)}
    assert service.tasks() == ()
    assert post(service, payload).json()["status"] == "ignored"


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (SONARR_DELETE, "A Show/Season 01/e01.mkv"),
        (RADARR_DELETE, "A Film (1999)/film.mkv"),
        ({"series": SERIES, "deletedFiles": True, "eventType": "SeriesDelete"}, "A Show/Season 01/e01.mkv"),
        ({"movie": MOVIE, "deletedFiles": True, "eventType": "MovieDelete"}, "A Film (1999)/film.mkv"),
    ],
)
@pytest.mark.parametrize("status", [TaskStatus.PROCESSING, TaskStatus.ERROR, TaskStatus.DONE])
def test_a_film_deleted_while_at_work_leaves_no_error(
    service: Served, put: Put, payload: Payload, name: str, status: TaskStatus
) -> None:
    path = put(name)
    post(service, {"path": str(path)})
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim is not None
    if status is TaskStatus.ERROR:
        service.store.leases.fail(claim[1], "there is no file")
    if status is TaskStatus.DONE:
        service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    path.unlink()
    assert post(service, payload).json()["status"] == ("ignored" if status is TaskStatus.DONE else "cancelled")
    assert [task.status for task in service.tasks()] == ([status] if status is TaskStatus.DONE else [])


def test_a_series_that_leaves_its_files_keeps_its_tasks(service: Served, put: Put) -> None:
    post(service, {"path": str(put("A Show/Season 01/e01.mkv"))})
    assert post(service, {"series": SERIES, "deletedFiles": False, "eventType": "SeriesDelete"}).json()["status"] == "ignored"
    assert len(service.tasks()) == 1


@pytest.mark.parametrize("new", ["A Show/Season 01/e01.mkv", "A Show/Season 01/better.mkv"])
@pytest.mark.parametrize("deleted_first", [True, False])
def test_an_upgrade_at_work_is_dubbed_once(service: Served, put: Put, new: str, deleted_first: bool) -> None:
    old = put("A Show/Season 01/e01.mkv")
    post(service, SONARR_DOWNLOAD)
    assert service.store.leases.claim_next_task("worker", 60.0) is not None
    old.unlink()
    path = put(new, "untagged.mkv")
    upgrade = SONARR_UPGRADE | {"episodeFile": {"path": f"/tv/{new}"}, "deletedFiles": [{"path": "/tv/A Show/Season 01/e01.mkv"}]}
    events = [SONARR_DELETE | {"deleteReason": "upgrade"}, upgrade]
    for event in events if deleted_first else reversed(events):
        assert post(service, event).status_code == 200
    assert [(task.path, task.status, task.size) for task in service.tasks()] == [(path, TaskStatus.QUEUED, path.stat().st_size)]


def make_two_languages(path: Path, first: str = "spa", second: str = "eng") -> Path:
    """A film whose default audio track is in the first language."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=s=64x64:r=5:d=1", "-f", "lavfi", "-i", "sine=d=1"]
    command += [
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "1",
        "-metadata:s:a:0",
        f"language={first}",
        "-metadata:s:a:1",
        f"language={second}",
    ]
    subprocess.run([*command, "-c:a", "flac", "-disposition:a:0", "default", str(path)], check=True)
    return path


def test_a_film_that_has_the_target_language_is_left_alone_unless_forced(service: Served) -> None:
    path = make_two_languages(service.library / "a.mkv", "eng", "spa")
    for payload in ({"path": str(path)}, {"path": str(path), "target_langs": ["es"]}):
        answer = post(service, payload)
        assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
        assert "force" in answer.json()["detail"]
    assert post(service, {"path": str(path), "target_langs": ["es", "ca"]}).json()["status"] == "queued"
    assert service.tasks()[0].target_langs == ("ca",)
    assert post(service, {"path": str(path), "force": True}).json()["status"] == "queued"
    assert service.tasks()[0].target_langs == ("ca", "es")


def test_the_original_language_of_the_payload_decides_the_dialogue(service: Served) -> None:
    path = make_two_languages(service.library / "A Film (1999)/film.mkv", "ita", "eng")
    payload = RADARR_DOWNLOAD | {"movie": {**MOVIE, "originalLanguage": {"id": 1, "name": "English"}}}
    assert post(service, payload).json() == {"status": "queued", "path": str(path)}
    assert service.tasks()[0].source_lang == "en"


def test_an_original_language_that_the_file_does_not_have_is_not_its_own(service: Served, put: Put) -> None:
    put("A Film (1999)/film.mkv")
    post(service, RADARR_DOWNLOAD | {"movie": {**MOVIE, "originalLanguage": {"id": 8, "name": "Japanese"}}})
    assert [task.source_lang for task in service.tasks()] == [None]


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("Japanese", "ja"),
        ("Portuguese (Brazil)", "pt-BR"),
        ("Spanish (Latino)", "es-419"),
        ("Flemish", "nl-BE"),
        ("Unknown", None),
        ("", None),
    ],
)
def test_languages_are_read_as_the_applications_name_them(name: str, tag: str | None) -> None:
    payload = RADARR_DOWNLOAD | {"movie": {**MOVIE, "originalLanguage": {"id": 8, "name": name}}}
    assert parse_webhook(payload).original_lang == tag


def test_an_upgrade_under_the_same_name_survives_the_old_files_end(service: Served, put: Put) -> None:
    put("A Show/Season 01/e01.mkv")
    post(service, SONARR_UPGRADE)
    assert post(service, SONARR_DELETE | {"deleteReason": "upgrade"}).json()["status"] == "ignored"
    assert [task.status for task in service.tasks()] == [TaskStatus.QUEUED]


@pytest.mark.parametrize("given", ["D:\\Films\\a.mkv", "d:\\films\\a.mkv", "\\\\NAS\\Films\\a.mkv", "/tv/a.mkv"])
def test_paths_of_other_machines_are_mapped(service: Served, put: Put, given: str) -> None:
    path = put("a.mkv")
    assert post(service, {"path": given}).json() == {"status": "queued", "path": str(path)}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("/etc/passwd", 403),
        ("/no/such/film.mkv", 403),
        ("/tv/../../etc/passwd", 403),
        ("E:\\Films\\a.mkv", 403),
        ("film.mkv", 403),
        ("/tv/link.mkv", 403),
        ("/tv/missing.mkv", 404),
        ("/tv/text.mkv", 422),
        ("/tv/empty.mkv", 422),
        ("/tv/playlist.mp4", 422),
        ("/tv/notes.txt", 422),
    ],
)
def test_what_cannot_be_found_or_is_no_film_is_refused_with_a_sentence(
    service: Served, tmp_path: Path, films: Path, given: str, status: int
) -> None:
    (service.library / "link.mkv").symlink_to(films / "english.mkv")
    (service.library / "text.mkv").write_text("no film")
    (service.library / "empty.mkv").touch()
    (service.library / "notes.txt").write_text("no film")
    (service.library / "playlist.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{films}/english.mkv\n#EXT-X-ENDLIST\n")
    answer = post(service, {"path": given})
    assert answer.status_code == status
    assert len(answer.json()["detail"].split()) > 4
    assert service.tasks() == ()


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"3", b"{", b"\xff", b'{"path": "/tv/\\ud800.mkv"}'])
def test_what_is_no_json_object_is_refused_without_harm(service: Served, content: bytes) -> None:
    answer = service.client.post("/webhook", content=content, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert "detail" in answer.json()


def test_json_is_read_though_nobody_says_that_it_is(service: Served) -> None:
    assert service.client.post("/webhook", content=json.dumps(SONARR_TEST).encode()).status_code == 200


def finished(service: Served, film: Path, output: Path) -> Task:
    stat = film.stat()
    service.store.tasks.submit(DubRequest(film, stat.st_size, stat.st_mtime_ns, ("es",)))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim is not None
    service.store.leases.finish(claim[1], output)
    return claim[0]


def test_a_dub_of_ours_is_not_dubbed_again(service: Served, put: Put) -> None:
    finished(service, put("a.mkv"), put("a.dubarr.mkv"))
    answer = post(service, {"path": str(service.library / "a.dubarr.mkv")})
    assert (answer.status_code, answer.json()["status"], answer.json()["detail"]) == (200, "ignored", "already a dub")
    assert len(service.tasks()) == 1


def test_a_new_original_in_the_place_of_a_dub_is_dubbed(service: Served, put: Put) -> None:
    path = put("a.mkv")
    finished(service, path, path)
    put("a.mkv", "untagged.mkv")
    assert post(service, {"path": str(path), "source_lang": "en"}).json()["status"] == "queued"
    assert len(service.tasks()) == 2


LEFT_OUT = {
    "#recycle/a.mkv": "recycle bin",
    "Film/@eaDir/a.mkv": "recycle bin",
    ".Trash-1000/files/a.mkv": "recycle bin",
    "lost+found/a.mkv": "recycle bin",
    "Film/Extras/a.mkv": "extras of a film",
    "Film/Sample/a.mkv": "extras of a film",
    "Film/Film-trailer.mkv": "a trailer",
    "Disc/BDMV/STREAM/00001.m2ts": "the folder of a disc",
    "Kids/a.mkv": "it matches Kids",
    "linked/a.mkv": "it matches linked",
}


@pytest.fixture
def excluding(service: Served) -> Served:
    """The service with EXCLUDE, and a link to a folder that its library has under another name."""
    write_env_file(service.settings.data_dir.parent / ".env", {"EXCLUDE": "Kids,linked"})
    (service.library / "real").mkdir()
    (service.library / "linked").symlink_to("real")
    return service


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_file_that_the_library_leaves_out_is_ignored_and_told(excluding: Served, put: Put, name: str) -> None:
    path = put(name)
    movie = {"eventType": "Download", "movie": {"id": 7}, "movieFile": {"path": f"/tv/{name}"}}
    for payload in ({"path": str(path)}, movie):
        answer = post(excluding, payload)
        assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
        assert LEFT_OUT[name] in answer.json()["detail"] and answer.json()["detail"].endswith("force dubs it all the same")
    assert not excluding.tasks()
    assert post(excluding, {"path": str(path), "force": True}).json()["status"] == "queued"


def test_a_file_that_a_person_names_is_dubbed_wherever_it_lies(excluding: Served, put: Put) -> None:
    path = put("Film/Extras/a.mkv")
    assert post(excluding, {"path": str(path), "include_extras": True}).json()["status"] == "queued"


def test_an_extra_does_not_stop_the_films_beside_it(excluding: Served, put: Put) -> None:
    paths = [put(name) for name in ("Show/Sample/a.mkv", "Show/e1.mkv")]
    files = [{"path": str(path)} for path in paths]
    answer = post(excluding, {"eventType": "Download", "series": {"id": 7}, "episodeFiles": files})
    assert answer.json()["status"] == "queued"
    assert [task.path for task in excluding.tasks()] == [paths[1]]
