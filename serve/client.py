"""The service as a Python object, for notebooks, scripts and the command line. Light: httpx is all it needs.

with Client("http://localhost:8000", "dubarr", password) as dubarr:
    task = dubarr.upload(Path("film.mkv"), target_langs=["es", "ca"])
    for state in dubarr.follow(task["id"]):
        print(state["progress"])
    film = dubarr.download(task["id"], Path("dubs"))
"""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.errors import DubarrError, FilmNotFound, FilmRefused, NotFound, NotPossible, UsersFault
from pipeline.subtitles import sidecars_of
from serve.transfers import Multipart, Partial, Progress, file_name, silent

if TYPE_CHECKING:
    import httpx
    import pyarrow

Json = dict[str, Any]
PATIENCE = 30.0  # s for an answer; an upload's comes after its film was looked into
ENDED = frozenset({"DONE", "ERROR"})


class ServiceUnavailable(DubarrError):
    """Nobody answers at the address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no service answers at {url} ({reason}); start it with ./dubarr serve, or check the address")
        self.args = (url, reason)


class WrongPassword(DubarrError):
    """The service does not know this user with this password."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} does not take this user and password; they are its API_USER and API_PASS, or in DATA_DIR/credentials"
        )
        self.args = (url,)


class Refused(UsersFault):
    """The service answered with an error that has no class of its own: its sentence, and the status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.args = (status, sentence)


class Client:
    """One service. Where it says no, its sentence is raised as the error it came from, as near as the status tells:
    FilmRefused, FilmNotFound, NotFound, NotPossible, else Refused. ServiceUnavailable where nobody answers.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        import httpx

        self.url = url.rstrip("/")
        timeout = httpx.Timeout(PATIENCE, read=10 * PATIENCE)
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

    def tasks(self, *, status: str | None = None, path: Path | None = None, limit: int = 100, offset: int = 0) -> list[Json]:
        """Tasks, newest first; only those in a state, or of the film at a path as the service names it."""
        given = {"status": status, "path": str(path) if path else None, "limit": limit, "offset": offset}
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

    def subtitles(self, task_id: int, language: str) -> str:
        """What a dub says, as SubRip."""
        return self._ask("GET", f"/api/tasks/{task_id}/subtitles/{language}").text

    def query(self, sql: str) -> "pyarrow.Table":
        """The answer to a SELECT over the store's tables."""
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
        progress: Progress = silent,
    ) -> Json:
        """Send a film, straight from disk, with the subtitles that lie beside it, and queue it. Returns its task."""
        beside = [sidecar.path for sidecar in sidecars_of(path)]
        fields = {"target_langs": ",".join(target_langs), "source_lang": source_lang, "speakers": speakers}
        multipart = Multipart(path, {name: str(value) for name, value in fields.items() if value}, progress, sidecars=beside)
        headers = {"Content-Type": multipart.content_type, "Content-Length": str(multipart.length), "Accept": "application/json"}
        return dict(self._ask("POST", "/upload", content=iter(multipart), headers=headers).json())

    def offer_path(
        self, path: Path | str, target_langs: Sequence[str] = (), source_lang: str | None = None, speakers: int | None = None
    ) -> Json:
        """Queue a film that lies where the service can read it. Returns its task; NotPossible where there is nothing to dub."""
        wish = {"path": str(path), "target_langs": list(target_langs), "source_lang": source_lang, "speakers": speakers}
        try:
            answer = self._json("POST", "/webhook", json={name: value for name, value in wish.items() if value})
        except NotFound as error:
            raise FilmNotFound(str(error)) from error
        if answer["status"] == "ignored":
            raise NotPossible(f"{answer.get('path', path)} is not dubbed: it is {answer['detail']}")
        return self.tasks(path=answer["path"])[0]

    def add_languages(self, task_id: int, target_langs: Sequence[str]) -> Json:
        """Dub a task's film into more languages."""
        return self._json("PATCH", f"/api/tasks/{task_id}", json={"target_langs": list(target_langs)})

    def edit_line(self, task_id: int, number: int, language: str, text: str) -> Json:
        """Put other words into a line; the task is queued again."""
        return self._json("PATCH", f"/api/tasks/{task_id}/lines/{number}", json={"language": language, "text": text})

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
        """The task each time that it changed, until it is DONE or ERROR. Looks every `every` seconds; rides out a restart."""
        known: Json = {}
        failures = 0
        while known.get("status") not in ENDED:
            try:
                state = self.task(task_id)
                failures = 0
            except ServiceUnavailable:
                failures += 1
                if failures * every > PATIENCE:
                    raise
                state = known
            if state != known:
                yield state
                known = state
            if known.get("status") not in ENDED:
                time.sleep(every)

    def wait(self, task_id: int) -> Json:
        """The task, once it is DONE or ERROR."""
        *_, last = self.follow(task_id)
        return last

    def download(self, task_id: int, folder: Path, *, progress: Progress = silent) -> Path:
        """Fetch the finished film into a folder, under its own name. What an interrupted try left is gone on with."""
        import httpx

        partial = Partial(folder, task_id)
        try:
            with self._http.stream("GET", f"/download/{task_id}", headers=partial.headers()) as answer:
                if answer.status_code == 416:  # nothing is missing, or another film lies there now
                    partial.drop()
                    return self.download(task_id, folder, progress=progress)
                _check(answer)
                partial.write(answer, progress)
                return partial.finish(file_name(answer.headers.get("content-disposition", ""), f"task-{task_id}"))
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, f"it broke off, ask again to go on from there: {error}") from error

    def logs(self) -> Iterator[str]:
        """The service's log: its last lines, then each new one, for as long as the service is there."""
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
            raise _error(self.url, error.response.status_code, bytes(error.response.body or b"")) from error
        except ConnectionClosed:
            return
        except OSError as error:
            raise ServiceUnavailable(self.url, str(error)) from error

    # -- how

    def _json(self, method: str, path: str, **kwargs: Any) -> Json:
        return dict(self._ask(method, path, **kwargs).json())

    def _ask(self, method: str, path: str, **kwargs: Any) -> "httpx.Response":
        import httpx

        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, str(error) or type(error).__name__) from error
        _check(answer)
        return answer


def _check(answer: "httpx.Response") -> None:
    if answer.status_code >= 400:
        answer.read()
        raise _error(str(answer.url.copy_with(raw_path=b"/")).rstrip("/"), answer.status_code, answer.content)


def _error(url: str, status: int, content: bytes) -> DubarrError:
    """The error behind an answer, in the service's own words."""
    try:
        sentence = str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):  # the proxy's answer, while what is behind it starts again
        return ServiceUnavailable(url, f"answered {status} without a reason")
    if status == 401:
        return WrongPassword(url)
    kinds = {403: FilmRefused, 404: NotFound, 409: NotPossible}
    return kinds[status](sentence) if status in kinds else Refused(status, sentence)
