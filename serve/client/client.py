"""HTTP client of the service, for notebooks, scripts and the command line. Needs only httpx.

with Client("http://localhost:8000", "dubarr", password) as dubarr:
    task = dubarr.upload(Path("film.mkv"), target_langs=["es", "ca"])
    for state in dubarr.follow(task["id"]):
        print(state["progress"])
    film = dubarr.download(task["id"], Path("dubs"))
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from pipeline.errors import FilmNotFound, NotFound, NotPossible
from pipeline.text.subtitle_sidecars import find_sidecars
from pipeline.values.edits import UNCHANGED, Unchanged
from serve.client.client_errors import Refused, ServiceUnavailable, WrongPassword, make_error, raise_for_status
from serve.client.client_multipart import MultipartBody, PartialDownload, Progress, ignore_progress, parse_file_name

if TYPE_CHECKING:
    import httpx
    import pyarrow

__all__ = ["Client", "Refused", "ServiceUnavailable", "WrongPassword", "connect"]

Json = dict[str, Any]
REQUEST_TIMEOUT_S = 30.0  # s for an answer; an upload's comes after its film was looked into
AUDIO_SUFFIXES = {"audio/wav": ".wav", "audio/flac": ".flac"}
ENDED_STATUSES = frozenset({"DONE", "ERROR"})


def connect() -> "Client":
    """Connect to the service that runs on this machine, with its password, found as ./dubarr finds them.

    NotPossible where none runs. For a service elsewhere: Client(url, user, password).
    """
    from serve.auth.credentials import load_credentials
    from serve.runtime.state_file import find_nearest_service

    settings, service = find_nearest_service()
    who = load_credentials(settings)
    return Client(service.url, who.user, who.password)


class Client:
    """Client of one service. An error response is raised as the nearest error class: FilmRefused, FilmNotFound, NotFound,
    NotPossible, else Refused; ServiceUnavailable where nothing answers.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        import httpx

        self.url = url.rstrip("/")
        timeout = httpx.Timeout(REQUEST_TIMEOUT_S, read=10 * REQUEST_TIMEOUT_S)
        self._http = httpx.Client(base_url=self.url, auth=(user, password), timeout=timeout, trust_env=False)
        self._credentials = (user, password)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # -- asking

    def health(self) -> Json:
        """Worker, queue and engines."""
        return self._json("GET", "/health")

    def system(self) -> Json:
        """System status: engines and their replicas, disk, finished tasks, failures, speed of the stages."""
        return self._json("GET", "/api/system")

    def backup(self) -> Json:
        """Back up the store on the service's machine. Every task acknowledged before is in the backup."""
        return self._json("POST", "/api/backups")

    def tasks(
        self,
        *,
        status: str | None = None,
        ids: Sequence[int] | None = None,
        path: Path | None = None,
        search: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Json]:
        """Tasks, newest first; only those in a state, of these ids (500 at most; deleted ones are left out), of the film at a
        path as the service names it, or with a part of a path.
        """
        given = {
            "status": status,
            "id": ids,
            "path": str(path) if path else None,
            "search": search,
            "limit": limit,
            "offset": offset,
        }
        params = {name: value for name, value in given.items() if value is not None}
        return list(self._json("GET", "/api/tasks", params=params)["tasks"])

    def task(self, task_id: int) -> Json:
        """One task."""
        return self._json("GET", f"/api/tasks/{task_id}")

    def stages(self, task_id: int) -> list[Json]:
        """Every run of every stage of a task."""
        return list(self._json("GET", f"/api/tasks/{task_id}/stages")["stages"])

    def lines(self, task_id: int, language: str | None = None) -> list[Json]:
        """The lines of a task's dubs, of one language or all."""
        return list(self._json("GET", f"/api/tasks/{task_id}/lines", params={"language": language} if language else {})["lines"])

    def report(self, task_id: int) -> dict[str, Json]:
        """Language → the assessment of its dub."""
        return dict(self._json("GET", f"/api/tasks/{task_id}/report")["reports"])

    def subtitles(self, task_id: int, language: str, form: str = "srt") -> str:
        """Subtitles of a dub, or the film's transcript in its own language, as SubRip or WebVTT ("vtt")."""
        return self._ask("GET", f"/api/tasks/{task_id}/subtitles/{language}", params={"format": form}).text

    def tracks(self, task_id: int) -> list[Json]:
        """The tracks that a task's film can be watched with: the original, and those of its dubs."""
        return list(self._json("GET", f"/api/tasks/{task_id}/tracks")["tracks"])

    def source(self, task_id: int, number: int, language: str | None = None, *, to: Path) -> Path:
        """Source audio of a line, as a FLAC at `to`. `language`: of the dub whose line it is."""
        params = {"language": language} if language else {}
        return self._sound(f"/api/tasks/{task_id}/lines/{number}/source", to, params)

    def take(self, task_id: int, number: int, language: str, *, to: Path) -> Path:
        """Synthesized audio of a line, as a WAV or FLAC at `to`, whose suffix becomes that."""
        return self._sound(f"/api/tasks/{task_id}/lines/{number}/take", to, {"language": language})

    def speaker_clip(self, task_id: int, label: str, *, to: Path) -> Path:
        """Voice sample of a speaker from the film, as a WAV or FLAC at `to`, whose suffix becomes that."""
        return self._sound(f"/api/tasks/{task_id}/speakers/{quote(label, safe='')}/clip", to, {})

    def library(self, folder: Path | str | None = None) -> Json:
        """The folders and films of a folder under the library roots; without one, the roots."""
        return self._json("GET", "/api/library", params={"folder": str(folder)} if folder else {})

    def languages(self, source: str | None = None) -> Json:
        """Supported languages: `sources` and `targets`; `source`: only targets of that language."""
        return self._json("GET", "/api/languages", params={"source": source} if source else {})

    def query(self, sql: str) -> "pyarrow.Table":
        """Result of a SELECT over the store's tables."""
        import pyarrow

        return pyarrow.ipc.open_stream(self._ask("POST", "/api/query", json={"sql": sql}).content).read_all()

    # -- doing

    def upload(
        self,
        path: Path,
        target_langs: Sequence[str] = (),
        source_lang: str | None = None,
        speakers: int | None = None,
        *,
        priority: str | None = None,
        progress: Progress = ignore_progress,
    ) -> Json:
        """Upload a film with its sidecar subtitles, streamed from disk, and queue it. Returns its task.

        `priority`: "bulk" for one that may wait until nobody else's does.
        """
        beside = [sidecar.path for sidecar in find_sidecars(path)]
        fields = {"target_langs": ",".join(target_langs), "source_lang": source_lang, "speakers": speakers, "priority": priority}
        multipart = MultipartBody(path, {name: str(value) for name, value in fields.items() if value}, progress, sidecars=beside)
        headers = {"Content-Type": multipart.content_type, "Content-Length": str(multipart.length), "Accept": "application/json"}
        return dict(self._ask("POST", "/upload", content=iter(multipart), headers=headers).json())

    def submit_path(
        self,
        path: Path | str,
        target_langs: Sequence[str] = (),
        source_lang: str | None = None,
        speakers: int | None = None,
        *,
        priority: str | None = None,
    ) -> Json:
        """Submit a film that the service can read at this path. Returns its task; NotPossible where there is nothing to dub.

        `priority`: "bulk" for one that may wait until nobody else's does.
        """
        wish: Json = {"path": str(path), "target_langs": list(target_langs), "source_lang": source_lang}
        wish |= {"speakers": speakers, "priority": priority}
        try:
            answer = self._json("POST", "/webhook", json={name: value for name, value in wish.items() if value})
        except NotFound as error:
            raise FilmNotFound(str(error)) from error
        if answer["status"] == "ignored":
            raise NotPossible(f"{answer.get('path', path)} is not dubbed: it is {answer['detail']}")
        return self.tasks(path=answer["path"])[0]

    def add_languages(self, task_id: int, target_langs: Sequence[str]) -> Json:
        """Add target languages to a task."""
        return self._json("PATCH", f"/api/tasks/{task_id}", json={"target_langs": list(target_langs)})

    def edit_line(
        self,
        task_id: int,
        number: int,
        language: str,
        text: str | Unchanged | None = UNCHANGED,
        *,
        source_text: str | Unchanged | None = UNCHANGED,
        speaker: str | Unchanged | None = UNCHANGED,
        skip: bool | Unchanged | None = UNCHANGED,
    ) -> Json:
        """Edit a line: translation, source text, speaker, or `skip` (keep the original audio). None takes an edit back.

        The task is queued again, for what depends on the change. Returns the task.
        """
        wanted = {"language": language, "text": text, "source_text": source_text, "speaker": speaker, "skip": skip}
        return self._json("PATCH", f"/api/tasks/{task_id}/lines/{number}", json=_drop_unchanged(wanted))

    def edit_lines(self, task_id: int, edits: Sequence[Json]) -> Json:
        """Edit several lines at once, all or none: `{"number": 3, "language": "es", "text": "…"}` and the like."""
        return self._json("PATCH", f"/api/tasks/{task_id}/lines", json={"edits": list(edits)})

    def speakers(self, task_id: int) -> Json:
        """Speakers of a film with their voices (`speakers`), and the voices to choose from by language (`choices`)."""
        return self._json("GET", f"/api/tasks/{task_id}/speakers")

    def edit_speaker(
        self,
        task_id: int,
        label: str,
        *,
        name: str | Unchanged | None = UNCHANGED,
        merge_into: str | Unchanged | None = UNCHANGED,
        voices: Mapping[str, str | None] | Unchanged = UNCHANGED,
    ) -> Json:
        """Edit a speaker: name (only shown), merge into another, voices by language. None takes an edit back."""
        wanted = {"name": name, "merge_into": merge_into, "voices": voices}
        return self._json("PATCH", f"/api/tasks/{task_id}/speakers/{quote(label, safe='')}", json=_drop_unchanged(wanted))

    def cancel(self, task_id: int) -> Json:
        """End a task that waits or is at work; a retry goes on where it stopped."""
        self._ask("POST", f"/cancel/{task_id}")
        return self.task(task_id)

    def retry(self, task_id: int) -> Json:
        """Queue a failed task again."""
        self._ask("POST", f"/retry/{task_id}")
        return self.task(task_id)

    def purge(self, task_id: int) -> Json:
        """Forget what is cached of a task and queue it again."""
        self._ask("POST", f"/purge/{task_id}")
        return self.task(task_id)

    def delete(self, task_id: int) -> None:
        """Remove a task; films stay on disk."""
        self._ask("POST", f"/delete/{task_id}")

    def follow(self, task_id: int, *, every: float = 0.5) -> Iterator[Json]:
        """Poll a task each `every` seconds and yield it when it changed, until DONE or ERROR. Survives a restart of the service."""
        known: Json = {}
        failures = 0
        while known.get("status") not in ENDED_STATUSES:
            try:
                state = self.task(task_id)
                failures = 0
            except ServiceUnavailable:
                failures += 1
                if failures * every > REQUEST_TIMEOUT_S:
                    raise
                state = known
            if state != known:
                yield state
                known = state
            if known.get("status") not in ENDED_STATUSES:
                time.sleep(every)

    def wait(self, task_id: int) -> Json:
        """Wait until a task is DONE or ERROR, and return it."""
        *_, last = self.follow(task_id)
        return last

    def download(self, task_id: int, folder: Path, *, progress: Progress = ignore_progress) -> Path:
        """Download the finished film into a folder, under its own name. Resumes an interrupted download."""
        import httpx

        partial = PartialDownload(folder, task_id)
        try:
            with self._http.stream("GET", f"/download/{task_id}", headers=partial.headers()) as answer:
                if answer.status_code == 416:  # nothing is missing, or another film lies there now
                    partial.drop()
                    return self.download(task_id, folder, progress=progress)
                raise_for_status(answer)
                partial.write(answer, progress)
                return partial.finish(parse_file_name(answer.headers.get("content-disposition", ""), f"task-{task_id}"))
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, f"it broke off, ask again to go on from there: {error}") from error

    def logs(self) -> Iterator[str]:
        """Stream the service's log: its last lines, then each new one, for as long as the service runs."""
        import base64

        from websockets.exceptions import ConnectionClosed, InvalidStatus
        from websockets.sync.client import connect

        authorization = "Basic " + base64.b64encode(":".join(self._credentials).encode()).decode()
        try:
            with connect(
                f"ws{self.url.removeprefix('http')}/ws/logs", additional_headers={"Authorization": authorization}, proxy=None
            ) as socket:
                yield from (str(line) for line in socket if line)  # an empty one says: still here
        except InvalidStatus as error:
            raise make_error(self.url, error.response.status_code, bytes(error.response.body or b"")) from error
        except ConnectionClosed:
            return
        except OSError as error:
            raise ServiceUnavailable(self.url, str(error)) from error

    # -- how

    def _sound(self, path: str, to: Path, params: Json) -> Path:
        answer = self._ask("GET", path, params=params)
        to = to.with_suffix(AUDIO_SUFFIXES.get(answer.headers["content-type"], to.suffix))
        to.write_bytes(answer.content)
        return to

    def _json(self, method: str, path: str, **kwargs: Any) -> Json:
        return dict(self._ask(method, path, **kwargs).json())

    def _ask(self, method: str, path: str, **kwargs: Any) -> "httpx.Response":
        import httpx

        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, str(error) or type(error).__name__) from error
        raise_for_status(answer)
        return answer


def _drop_unchanged(wanted: Mapping[str, Any]) -> Json:
    return {name: value for name, value in wanted.items() if value is not UNCHANGED}
