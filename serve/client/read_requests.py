"""Read requests of the client: service status, tasks, lines, audio, library, languages, SQL queries. Light imports."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from serve.client.http_connection import HttpConnection, Json

if TYPE_CHECKING:
    import pyarrow

STOPPED_STATUSES = ("ERROR", "CANCELLED", "SKIPPED")  # of tasks that ended without a dub
ENDED_STATUSES = frozenset({"DONE", *STOPPED_STATUSES})


class ReadRequests(HttpConnection):
    """Requests that change nothing."""

    def health(self) -> Json:
        """Worker, queue and engines."""
        return self._request_json("GET", "/health")

    def system(self) -> Json:
        """System status: engines and their replicas, disk, finished tasks, failures, speed of the stages."""
        return self._request_json("GET", "/api/system")

    def tasks(
        self,
        *,
        status: str | None = None,
        ids: Sequence[int] | None = None,
        path: Path | None = None,
        search: str | None = None,
        sort: str | None = None,
        order: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Json]:
        """Tasks, newest first; only those in a state, of these ids (500 at most; deleted ones are left out), of the film at a
        path as the service names it, or with all words of a search in their path. `sort`: "title", "status", "languages", "length",
        "size", "added", "finished", "warnings" or "progress", with `order` "asc" or "desc".
        """
        given = {
            "status": status,
            "id": ids,
            "path": str(path) if path else None,
            "search": search,
            "sort": sort,
            "order": order,
            "limit": limit,
            "offset": offset,
        }
        params = {name: value for name, value in given.items() if value is not None}
        return list(self._request_json("GET", "/api/tasks", params=params)["tasks"])

    def task_ids(self, *, status: str | None = None, search: str | None = None) -> list[int]:
        """Ids of all tasks in a state, or with all words of a search in their path, newest first."""
        params = {name: value for name, value in (("status", status), ("search", search)) if value}
        return list(self._request_json("GET", "/api/tasks/ids", params=params)["ids"])

    def task(self, task_id: int) -> Json:
        """One task."""
        return self._request_json("GET", f"/api/tasks/{task_id}")

    def stages(self, task_id: int) -> list[Json]:
        """Every run of every stage of a task."""
        return list(self._request_json("GET", f"/api/tasks/{task_id}/stages")["stages"])

    def lines(self, task_id: int, language: str | None = None) -> list[Json]:
        """The lines of a task's dubs, of one language or all."""
        return list(
            self._request_json("GET", f"/api/tasks/{task_id}/lines", params={"language": language} if language else {})["lines"]
        )

    def report(self, task_id: int) -> dict[str, Json]:
        """Language → the assessment of its dub."""
        return dict(self._request_json("GET", f"/api/tasks/{task_id}/report")["reports"])

    def report_page(self, task_id: int, language: str | None = None) -> str:
        """The assessment of a dub as one self-contained HTML page; of the first dub without a language."""
        params = {"language": language} if language else {}
        return self._request("GET", f"/api/tasks/{task_id}/report.html", params=params).text

    def subtitles(self, task_id: int, language: str, form: str = "srt") -> str:
        """Subtitles of a dub, or the film's transcript in its own language, as SubRip or WebVTT ("vtt")."""
        return self._request("GET", f"/api/tasks/{task_id}/subtitles/{language}", params={"format": form}).text

    def script(self, task_id: int, language: str, form: str = "csv", *, to: Path) -> Path:
        """Script of a dub as "csv", "json", "srt" or "vtt", in the folder `to`, named by film, language and revision."""
        params = {"language": language, "format": form}
        return self._save_attachment(f"/api/tasks/{task_id}/script", to, params, default_name=f"script.{language}.{form}")

    def export(self, task_id: int, language: str, what: str, form: str = "wav", *, to: Path) -> Path:
        """Audio of a dub ("dub", "speech", "background", "music" or "effects"; as "wav" or "flac"), or a ZIP archive ("clips" or
        "timeline"), in the folder `to`.
        """
        if what in {"clips", "timeline"}:
            name = f"{what}.{language}.zip"
            return self._save_attachment(f"/api/tasks/{task_id}/{what}", to, {"language": language}, default_name=name)
        params = {"language": language, "format": form}
        return self._save_attachment(f"/api/tasks/{task_id}/exports/{what}", to, params, default_name=f"{what}.{language}.{form}")

    def listening_test(
        self, task_id: int, language: str, *, against: int | None = None, pairs: int = 40, seed: int = 1, to: Path
    ) -> Path:
        """Pairs of clips of the film and its dub (or of two dubs, `against`: the other's task) with a manifest, as a ZIP archive in
        the folder `to`.
        """
        params = {"language": language, "pairs": pairs, "seed": seed} | ({} if against is None else {"against": against})
        return self._save_attachment(
            f"/api/tasks/{task_id}/listening-test", to, params, default_name=f"listening-test.{language}.zip"
        )

    def tracks(self, task_id: int) -> list[Json]:
        """The audio tracks for playback of a task's film: the original and its dubs."""
        return list(self._request_json("GET", f"/api/tasks/{task_id}/tracks")["tracks"])

    def source(self, task_id: int, number: int, language: str | None = None, *, to: Path) -> Path:
        """Source audio of a line, as a FLAC at `to`. `language`: of the dub whose line it is."""
        params = {"language": language} if language else {}
        return self._save_audio(f"/api/tasks/{task_id}/lines/{number}/source", to, params)

    def take(self, task_id: int, number: int, language: str, *, to: Path) -> Path:
        """Synthesized audio of a line, as a WAV or FLAC at `to`, whose suffix becomes that."""
        return self._save_audio(f"/api/tasks/{task_id}/lines/{number}/take", to, {"language": language})

    def speakers(self, task_id: int) -> Json:
        """Speakers of a film with their voices (`speakers`), and the voices to choose from by language (`choices`)."""
        return self._request_json("GET", f"/api/tasks/{task_id}/speakers")

    def speaker_clip(self, task_id: int, label: str, *, to: Path) -> Path:
        """Voice sample of a speaker from the film, as a WAV or FLAC at `to`, whose suffix becomes that."""
        return self._save_audio(f"/api/tasks/{task_id}/speakers/{quote(label, safe='')}/clip", to, {})

    def library(self, folder: Path | str | None = None) -> Json:
        """The folders and films of a folder under the library roots; without one, the roots."""
        return self._request_json("GET", "/api/library", params={"folder": str(folder)} if folder else {})

    def languages(self, source: str | None = None) -> Json:
        """Supported languages: `sources` and `targets`; `source`: only targets of that language."""
        return self._request_json("GET", "/api/languages", params={"source": source} if source else {})

    def settings(self) -> Json:
        """Settings by name, each with value, source and the way it takes effect; secrets are never sent."""
        return {each["name"]: each for each in self._request_json("GET", "/api/settings")["settings"]}

    def rules(self) -> list[Json]:
        """Rules of folders and series, in order."""
        return self._request_json("GET", "/api/rules")["rules"]

    def words(self, task_id: int) -> "pyarrow.Table":
        """Recognised words of a film with start and end (s) and confidence (0..1). NotFound for lines from subtitles."""
        return self._request_table(task_id, "words")

    def turns(self, task_id: int) -> "pyarrow.Table":
        """Turns of the diarization: start and end (s), speaker."""
        return self._request_table(task_id, "turns")

    def embeddings(self, task_id: int) -> "pyarrow.Table":
        """Speakers with their embeddings (length 1, in the space of the diarizer), speaking time (s), pitch and formant spacing (Hz)."""
        return self._request_table(task_id, "embeddings")

    def candidates(self, task_id: int, language: str | None = None) -> "pyarrow.Table":
        """Wordings of each line that the translator gave, the rephrasings included, and which the dub speaks; of one language or all."""
        return self._request_table(task_id, "candidates", language)

    def plan(self, task_id: int, language: str | None = None) -> "pyarrow.Table":
        """Timing of each line in source and dub (s), pace and stretch (ratios); of one language or all."""
        return self._request_table(task_id, "plan", language)

    def _request_table(self, task_id: int, table: str, language: str | None = None) -> "pyarrow.Table":
        import pyarrow

        params = {"language": language} if language else {}
        answer = self._request("GET", f"/api/tasks/{task_id}/tables/{table}", params=params)
        return pyarrow.ipc.open_stream(answer.content).read_all()

    def query(self, sql: str) -> "pyarrow.Table":
        """Result of a SELECT over the store's tables."""
        import pyarrow

        return pyarrow.ipc.open_stream(self._request("POST", "/api/query", json={"sql": sql}).content).read_all()
