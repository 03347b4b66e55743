"""HTTP client of the service, for notebooks, scripts and the command line. Needs only httpx.

with Client("http://localhost:8000", "dubarr", password) as dubarr:  # or Client(url, key="dubarr_…")
    task = dubarr.upload(Path("film.mkv"), target_langs=["es", "ca"])
    for state in dubarr.follow(task["id"]):
        print(state["progress"])
    film = dubarr.download(task["id"], Path("dubs"))
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import FilmNotFound, NotFound
from pipeline.values.preview import PreviewRange
from serve.client.client_errors import ServiceUnavailable, make_error, raise_for_status
from serve.client.coverage_requests import CoverageRequests
from serve.client.edit_requests import EditRequests
from serve.client.event_requests import EventRequests
from serve.client.http_connection import REQUEST_TIMEOUT_S, Json
from serve.client.partial_download import PartialDownload, Progress, ignore_progress, parse_file_name
from serve.client.read_requests import ENDED_STATUSES, ReadRequests
from serve.client.upload_requests import UploadRequests

ACCEPT_JSON = {"Accept": "application/json"}  # actions then tell the task, or that they do nothing


def connect() -> "Client":
    """Connect to the service that runs on this machine, with its password, found as ./dubarr does.

    NotPossible where none runs. For a service elsewhere: Client(url, user, password).
    """
    from serve.auth.credentials import load_credentials
    from serve.runtime.state_file import find_nearest_service

    settings, service = find_nearest_service()
    credentials = load_credentials(settings)
    return Client(service.url, credentials.user, credentials.password)


class Client(ReadRequests, CoverageRequests, EditRequests, UploadRequests, EventRequests):
    """Client of one service. An error response is raised as the nearest error class: FilmRefused, FilmNotFound, NotFound,
    NotPossible, else Refused; ServiceUnavailable where nothing answers.
    """

    def backup(self) -> Json:
        """Back up the store on the service's machine. Every task acknowledged before is in the backup."""
        return self._request_json("POST", "/api/backups")

    def list_keys(self) -> list[Json]:
        """List the API keys, without their secrets."""
        return list(self._request_json("GET", "/api/keys")["keys"])

    def add_key(self, name: str, scope: str) -> Json:
        """Make an API key with the scope "webhook", "read", "write", "metrics" or "admin". Its secret, `key`, is in this answer alone."""
        return self._request_json("POST", "/api/keys", json={"name": name, "scope": scope})

    def revoke_key(self, name: str) -> None:
        """Revoke an API key: the next request with it is refused."""
        self._request("DELETE", f"/api/keys/{quote(name, safe='')}")

    def submit_path(
        self,
        path: Path | str,
        target_langs: Sequence[str] = (),
        source_lang: str | None = None,
        speakers: int | None = None,
        *,
        priority: str | None = None,
        audio_track: int | None = None,
        subtitle_track: int | str | None = None,
        preview: PreviewRange | None = None,
        glossary: str = "",
        force: bool = False,
        callback: str | None = None,
    ) -> Json:
        """Submit a film that the service can read at this path. Returns its task; NotPossible where there is nothing to dub.

        `priority`: "bulk" for a film that is dubbed after all interactive ones. `audio_track`, `subtitle_track`: as for `upload`, a
        file by its path. `force`: also into languages that it has. `callback`: URL that gets a POST when the task ends.
        """
        payload: Json = {"path": str(path), "target_langs": list(target_langs), "source_lang": source_lang}
        payload |= {"speakers": speakers, "priority": priority, "force": force, "include_extras": True}
        payload |= {"audio_track": audio_track, "subtitle_track": subtitle_track, "glossary": glossary, "callback": callback}
        payload["preview"] = preview and {"from": preview.start, "until": preview.end}
        try:
            return self._request_json("POST", "/api/tasks", json={name: value for name, value in payload.items() if value})
        except NotFound as error:
            raise FilmNotFound(str(error)) from error

    def add_languages(self, task_id: int, target_langs: Sequence[str]) -> Json:
        """Add target languages to a task."""
        return self._request_json("PATCH", f"/api/tasks/{task_id}", json={"target_langs": list(target_langs)})

    def choose_tracks(self, task_id: int, *, audio_track: int | None = None, subtitle_track: int | str | None = None) -> Json:
        """Choose the tracks that a task is dubbed from, as for `submit_path`; it is queued again for them. None: Dubarr chooses again."""
        return self._request_json(
            "PATCH", f"/api/tasks/{task_id}", json={"audio_track": audio_track, "subtitle_track": subtitle_track}
        )

    def change_glossary(self, task_id: int, glossary: str) -> Json:
        """Change the glossary of a task; it is queued again if that is another, and only lines with changed terms are made again."""
        return self._request_json("PATCH", f"/api/tasks/{task_id}", json={"glossary": glossary})

    def dub_whole_film(self, task_id: int) -> Json:
        """Dub the whole film of a preview: its lines stay, and nothing of it is done twice."""
        return self._request_json("PATCH", f"/api/tasks/{task_id}", json={"preview": None})

    def cancel(self, task_id: int) -> Json:
        """Cancel a queued or running task; a retry resumes from its cached stages. NotPossible for any other."""
        return self._request_json("POST", f"/cancel/{task_id}", headers=ACCEPT_JSON)

    def retry(self, task_id: int) -> Json:
        """Queue a task again that failed, or was cancelled or skipped. NotPossible for any other."""
        return self._request_json("POST", f"/retry/{task_id}", headers=ACCEPT_JSON)

    def purge(self, task_id: int) -> Json:
        """Delete a task's cached stages and queue it again."""
        self._request("POST", f"/purge/{task_id}")
        return self.task(task_id)

    def change_many(
        self, action: str, task_ids: Sequence[int], *, target_langs: Sequence[str] = (), priority: str | None = None
    ) -> list[Json]:
        """Apply "retry", "cancel", "purge", "delete", "priority" or "add_languages" to at most 500 tasks. Returns the outcome of each:
        `id`, `changed`, `message`.
        """
        options = {"target_langs": list(target_langs) or None, "priority": priority}
        change = {"action": action, "ids": list(task_ids)} | {name: value for name, value in options.items() if value}
        return list(self._request_json("POST", "/api/tasks/bulk", json=change)["outcomes"])

    def delete(self, task_id: int) -> None:
        """Remove a task; films stay on disk."""
        self._request("POST", f"/delete/{task_id}")

    def follow(self, task_id: int, *, every: float = 0.5) -> Iterator[Json]:
        """Yield a task now and whenever it changed, until it has ended: by its events, or each `every` seconds where there is no stream of
        them. Survives a restart of the service.
        """
        known: Json = {}
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        with self.watch_changes([task_id]) as changes:
            while known.get("status") not in ENDED_STATUSES:
                try:
                    state = self.task(task_id)
                    deadline = time.monotonic() + REQUEST_TIMEOUT_S
                except ServiceUnavailable:
                    if time.monotonic() > deadline:
                        raise
                    state = known
                if state != known:
                    yield state
                    known = state
                if known.get("status") not in ENDED_STATUSES:
                    changes.wait(every)

    def wait(self, task_id: int) -> Json:
        """Wait until a task has ended (DONE, ERROR, CANCELLED or SKIPPED), and return it."""
        *_, last = self.follow(task_id)
        return last

    def download(self, task_id: int, folder: Path, *, progress: Progress = ignore_progress, language: str | None = None) -> Path:
        """Download the finished film into a folder, under its own name; of sidecar dubs that of `language`, or all in a ZIP archive.
        Resumes an interrupted download, other than of an archive.
        """
        import httpx

        partial, query = PartialDownload(folder, task_id), {"language": language} if language else {}
        try:
            with self._http.stream("GET", f"/download/{task_id}", headers=partial.headers(), params=query) as answer:
                if answer.status_code == 416:  # the range is empty, or the film has changed
                    partial.drop()
                    return self.download(task_id, folder, progress=progress, language=language)
                raise_for_status(answer)
                partial.write(answer, progress)
                return partial.finish(parse_file_name(answer.headers.get("content-disposition", ""), f"task-{task_id}"))
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, f"the download was interrupted; repeat it to resume: {error}") from error

    def logs(self) -> Iterator[str]:
        """Stream the service's log: its last lines, then each new one, for as long as the service runs."""
        from websockets.exceptions import ConnectionClosed, InvalidStatus
        from websockets.sync.client import connect

        try:
            with connect(f"ws{self.url.removeprefix('http')}/ws/logs", additional_headers=self._headers, proxy=None) as socket:
                yield from (str(line) for line in socket if line)  # empty ones are keep-alives
        except InvalidStatus as error:
            raise make_error(self.url, error.response.status_code, bytes(error.response.body or b"")) from error
        except ConnectionClosed:
            return
        except OSError as error:
            raise ServiceUnavailable(self.url, str(error)) from error
