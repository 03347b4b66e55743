"""Edit requests of the client: manual changes of a dub's lines and speakers, of settings and rules. Light imports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.values.edits import UNCHANGED, Unchanged
from serve.client.http_connection import HttpConnection, Json


class EditRequests(HttpConnection):
    """Requests that edit lines and speakers. The task is queued again, for the stages that depend on the change."""

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
        start: float | Unchanged | None = UNCHANGED,
        end: float | Unchanged | None = UNCHANGED,
        deleted: bool | Unchanged | None = UNCHANGED,
    ) -> Json:
        """Edit a line: translation, source text, speaker, `skip` (keep the original audio), times in seconds of the film, or `deleted`
        (a false recognition: nothing is spoken there). None reverts an edit.

        The task is queued again, for what depends on the change. Returns the task.
        """
        wanted: Json = {"language": language, "text": text, "source_text": source_text, "speaker": speaker, "skip": skip}
        wanted |= {"start": start, "end": end, "deleted": deleted}
        return self._request_json("PATCH", f"/api/tasks/{task_id}/lines/{number}", json=_drop_unchanged(wanted))

    def edit_lines(
        self,
        task_id: int,
        edits: Sequence[Json] = (),
        *,
        added: Sequence[Json] = (),
        based_on: Mapping[str, int] | None = None,
    ) -> Json:
        """Edit several lines at once: `{"number": 3, "language": "es", "text": "…"}` and the like, and add lines: `{"key": "a1",
        "language": "es", "start": 1.0, "end": 2.5, "speaker": "S1", "text": "…"}`. `based_on`: language → revision of the script that
        the edits were made on.

        Returns the task, with the `conflicts` (cells that somebody else changed since) and the `refused` edits, which refuse no others,
        and the numbers of the `added` lines. Raises where nothing could be applied.
        """
        body = {"edits": list(edits), "added": list(added), "based_on": dict(based_on or {})}
        return self._request_json("PATCH", f"/api/tasks/{task_id}/lines", json=body)

    def estimate_texts(self, task_id: int, texts: Sequence[Json]) -> Json:
        """Estimate how long texts take to say: `{"number": 3, "language": "es", "text": "…"}` and the like, at most 20.

        Returns `estimates` in their order, and `busy` where the synthesizer could not be asked, because it works for a dub.
        """
        return self._request_json("POST", f"/api/tasks/{task_id}/estimate", json={"texts": list(texts)})

    def reviews(self, task_id: int, language: str) -> Json:
        """Reviews of the lines of one dub, and their progress."""
        return self._request_json("GET", f"/api/tasks/{task_id}/reviews", params={"language": language})

    def review_lines(self, task_id: int, language: str, reviews: Sequence[Json]) -> Json:
        """Review lines: `{"number": 3, "verdict": "accepted"}`, fixed, skipped, or None to take a review back. Nothing is dubbed again.

        Returns the reviews, and their progress.
        """
        return self._request_json("PUT", f"/api/tasks/{task_id}/reviews", json={"language": language, "reviews": list(reviews)})

    def change_settings(self, changes: Mapping[str, str | None]) -> Json:
        """Change settings, named and written as environment variables; None: the default. Raises, and writes none, where one is refused."""
        return self._request_json("PATCH", "/api/settings", json={"settings": dict(changes)})

    def replace_rules(self, rules: Sequence[Json]) -> list[Json]:
        """Replace the rules of folders and series: `{"name": "Anime", "pattern": "/series/Anime", "target_langs": ["es"]}` and the like."""
        return self._request_json("PUT", "/api/rules", json={"rules": list(rules)})["rules"]

    def make_takes(self, task_id: int, number: int, language: str, **wanted: str | float) -> Json:
        """Make candidate takes of a line, apart from its dub. `wanted`: `text`, `voice`, `pace`, `count` (at most 4), and `vary`:
        `rendition`, `pace` or `wording`. Returns `takes`, each with its id, seconds, rate and round trip.
        """
        return self._request_json("POST", f"/api/tasks/{task_id}/lines/{number}/takes", json={"language": language} | wanted)

    def choose_take(self, task_id: int, number: int, language: str, take: int | None) -> Json:
        """Choose a candidate take of a line: the next dub uses exactly its audio, and its text. None: the usual take. Returns the task."""
        return self._request_json("PATCH", f"/api/tasks/{task_id}/lines/{number}", json={"language": language, "take": take})

    def import_script(self, task_id: int, language: str, file: Path, *, dry_run: bool = False) -> Json:
        """Import an edited script: its changed cells become edits, its rows without a line's number new lines, and the task is queued
        again for them. `dry_run`: list them only.

        Returns the changes, the new lines, the conflicts with later changes, and what could not be used. EditRefused for a file that is
        empty, or larger than a script can be: no more of it is read.
        """
        params: Json = {"language": language, "dry_run": dry_run, "name": file.name}
        return self._request_json("POST", f"/api/tasks/{task_id}/script", params=params, content=_read_script_file(file))

    def edit_speaker(
        self,
        task_id: int,
        label: str,
        *,
        name: str | Unchanged | None = UNCHANGED,
        merge_into: str | Unchanged | None = UNCHANGED,
        voices: Mapping[str, str | None] | Unchanged = UNCHANGED,
    ) -> Json:
        """Edit a speaker: name (only displayed), merge into another, voices by language. None reverts an edit."""
        wanted = {"name": name, "merge_into": merge_into, "voices": voices}
        return self._request_json("PATCH", f"/api/tasks/{task_id}/speakers/{quote(label, safe='')}", json=_drop_unchanged(wanted))


def _read_script_file(path: Path) -> bytes:
    from pipeline.script.formats import MAX_SCRIPT_BYTES, require_script_size

    with path.open("rb") as file:
        content = file.read(MAX_SCRIPT_BYTES + 1)
    require_script_size(content)
    return content


def _drop_unchanged(wanted: Mapping[str, Any]) -> Json:
    return {name: value for name, value in wanted.items() if value is not UNCHANGED}
