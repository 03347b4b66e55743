"""Exports and script imports on the command line: which task, which dub, where the files lie, and what is told."""

import zipfile
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from cli.export import choose_language, export, export_part, find_task, format_import
from pipeline.errors import NotFound, NotPossible
from serve.client.client import Client

TASK = {"id": 7, "path": "/films/a film.mkv", "target_langs": ["es", "ca"]}
CHANGE = {"number": 2, "cell": "translation", "before": "dos", "current": "dos", "after": ""}
ANSWER: dict[str, Any] = {
    "language": "es",
    "revision": 2,
    "file_revision": 1,
    "dry_run": False,
    "queued": True,
    "changes": [CHANGE],
    "added": [],
    "conflicts": [],
    "unmatched": [],
    "problems": [],
    "missing_lines": [],
    "ignored_columns": [],
}


class FakeClient:
    """A service with one task, whose archives hold a clip."""

    def task(self, task_id: int) -> dict[str, Any]:
        return TASK | {"id": task_id}

    def tasks(self, *, path: Path | None = None, search: str | None = None) -> list[dict[str, Any]]:
        return [TASK] if str(path) == TASK["path"] or (search and search in str(TASK["path"])) else []

    def export(self, task_id: int, language: str, what: str, form: str = "wav", *, to: Path) -> Path:
        path = to / f"a film.{language}.{what}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            if what == "timeline":
                archive.writestr("a film.es.otio", "{}")
            archive.writestr("clips/0001_S1_es.wav", "RIFF")
        return path


client = cast(Client, FakeClient())


def test_a_task_is_found_by_its_number_its_path_or_its_films_name() -> None:
    assert find_task(client, "12")["id"] == 12
    assert find_task(client, "/films/a film.mkv") == TASK
    assert find_task(client, "a film.mkv") == TASK
    for other in ("film.mkv", "/films/other.mkv"):
        with pytest.raises(NotFound, match=r"\./dubarr status --all lists"):
            find_task(client, other)


def test_a_script_is_of_the_dub_that_its_name_tells_or_of_the_only_one() -> None:
    assert choose_language(TASK, Path("a film.ca.r4.csv")) == "ca"
    assert choose_language(TASK | {"target_langs": ["es"]}, Path("edited.csv")) == "es"
    with pytest.raises(NotPossible, match="--language"):
        choose_language(TASK, Path("edited.csv"))


def test_timelines_and_clips_are_unpacked(tmp_path: Path) -> None:
    assert export_part(client, TASK, "es", "otio", "wav", tmp_path) == tmp_path / "a film.es.otio"
    assert export_part(client, TASK, "es", "clips", "wav", tmp_path) == tmp_path / "clips"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["0001_S1_es.wav", "a film.es.otio", "clips"]


def test_an_import_tells_what_it_changed_and_what_it_could_not_use() -> None:
    assert format_import(ANSWER) == [
        "line 2, translation: “dos” → original audio",
        "1 cell changed (revision 2); the task is queued, for the lines that depend on them",
    ]
    conflict = CHANGE | {"current": "th\x1beirs", "after": "x" * 100}
    told = format_import(
        ANSWER
        | {
            "changes": [],
            "conflicts": [conflict],
            "unmatched": ["row 9: no line"],
            "missing_lines": [1],
            "ignored_columns": ["a"],
        }
    )
    assert told == [
        r"conflict: line 2, translation, was “dos”, is “th\x1beirs” since, and “" + "x" * 59 + "…” in the file; it stays",
        "not used: row 9: no line",
        "columns that no script has were ignored: a",
        "the file lacks 1 line of the script, left as they are: 1",
        "nothing changed",
    ]
    new = {"start": 62.3, "end": 64.0, "source": "new", "translation": None}
    moved = CHANGE | {"cell": "start", "before": "4.000", "current": "4.000", "after": "3725.250"}
    assert format_import(ANSWER | {"changes": [moved], "added": [new, new | {"translation": "nueva"}], "dry_run": True}) == [
        "new line at 1:02.300: “new”, to be translated",
        "new line at 1:02.300: “nueva”",
        "line 2, start: 0:04.000 → 1:02:05.250",
        "1 cell would change, 2 lines would be added",
    ]
    many = format_import(ANSWER | {"changes": [CHANGE] * 60, "dry_run": True})
    assert many[-2:] == ["… and 10 more", "60 cells would change"]


def test_an_export_of_nothing_is_wrong_usage() -> None:
    other = CliRunner().invoke(export, ["7", "--script", "csv", "--against", "9"])
    assert (other.exit_code, "give --listening-test too" in other.output) == (2, True)
    done = CliRunner().invoke(export, ["7"])
    assert (done.exit_code, "--script csv|json|srt|vtt" in done.output) == (2, True)


def test_the_formats_of_scripts_are_taken_as_they_are_told() -> None:
    """An unknown format is refused with those that there are, in the spelling that is accepted."""
    wrong = CliRunner().invoke(export, ["7", "--script", "docx"])
    assert (wrong.exit_code, "'csv', 'json', 'srt', 'vtt'" in wrong.output) == (2, True)
