"""Edits of a real dub: what runs again is exactly what depends on them, and what is heard is what was wanted."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from real_service import Running

from evaluation.sample.film import make_sample_film
from serve.client.client_errors import Refused

pytestmark = pytest.mark.slow

Made = dict[tuple[str, str], int]

FILM = {("mux", ""): 1, ("compare", ""): 1}  # the dubbed film is another one, and is looked at
LINES = 21


def mixed(*languages: str) -> Made:
    """What is made of a dub whose lines are others, beside the lines themselves."""
    return FILM | {(stage, language): 1 for stage in ("fit", "mix", "assess") for language in languages}


def spoken(lines: int, *languages: str) -> Made:
    stages = ("estimate_duration", "synthesize")
    return mixed(*languages) | {(stage, language): lines for stage in stages for language in languages}


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit came to: answers made by stage and language, and the lines with another take."""

    made: Made
    changed: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Dubbed:
    """The sample film in Spanish and Catalan."""

    running: Running
    task_id: int

    def after(self, edit: Callable[[], object]) -> Edited:
        """Edit, wait for the dub, and see what came of it."""
        before, takes = self.running.executed(self.task_id), self.takes()
        edit()
        self.running.done(self.task_id)
        after, now = self.running.executed(self.task_id), self.takes()
        made = {key: n - before.get(key, 0) for key, n in after.items() if n != before.get(key, 0)}
        changed: dict[str, list[int]] = {}
        for language, number in sorted(key for key in takes | now if takes.get(key) != now.get(key)):
            changed.setdefault(language, []).append(number)
        return Edited(made, changed)

    def takes(self) -> dict[tuple[str, int], str]:
        """(language, line) → digest of the sound that the dub says it with; none for a line that it leaves out."""
        rows = self.running.client.query(
            f"SELECT language, number, audio FROM lines WHERE task_id = {self.task_id} AND audio <> ''"
        ).to_pylist()
        artifacts = self.running.settings.artifacts
        return {
            (row["language"], row["number"]): hashlib.sha256((artifacts / row["audio"]).read_bytes()).hexdigest() for row in rows
        }

    def edit(self, number: int, language: str = "es", **wanted: str | bool | None) -> Edited:
        return self.after(lambda: self.running.client.edit_line(self.task_id, number, language, **wanted))  # type: ignore[arg-type]

    def edit_speaker(self, label: str, **wanted: object) -> Edited:
        return self.after(lambda: self.running.client.edit_speaker(self.task_id, label, **wanted))  # type: ignore[arg-type]

    def line(self, number: int, language: str = "es") -> dict:
        return self.running.client.lines(self.task_id, language)[number - 1]

    def lines_of(self, label: str) -> list[int]:
        return [line["number"] for line in self.running.client.lines(self.task_id, "es") if line["speaker"] == label]


@pytest.fixture(scope="module")
def dubbed(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Dubbed:
    film = make_sample_film(tmp_path_factory.mktemp("sample"), subtitles=True)
    film = Path(shutil.copy(film, running.library / "edited.mkv"))
    task = running.client.submit_path(film, target_langs=("es", "ca"))
    running.done(task["id"])
    dubbed = Dubbed(running, task["id"])
    assert len(dubbed.takes()) == 2 * LINES
    return dubbed


def test_other_words_are_spoken_in_their_language_alone(dubbed: Dubbed) -> None:
    edited = dubbed.edit(2, text="Una persona lo ha escrito.")
    assert edited == Edited(spoken(1, "es"), {"es": [2]})
    assert (dubbed.line(2)["text"], dubbed.line(2)["text_source"]) == ("Una persona lo ha escrito.", "edit")
    back = dubbed.edit(2, text=None)
    assert ("synthesize", "es") not in back.made and back.changed == {"es": [2]}, "its first take is still there"
    assert dubbed.line(2)["text_source"] == "translation"


def test_a_corrected_transcript_is_translated_for_every_dub_and_nothing_else_is(dubbed: Dubbed) -> None:
    edited = dubbed.edit(3, source_text="I have old books from the library and some paper.")
    assert edited == Edited(spoken(1, "es", "ca") | {("translate", "es"): 1, ("translate", "ca"): 1}, {"ca": [3], "es": [3]})
    line = dubbed.line(3)
    assert line["source_text"].startswith("I have old books") and "libros" in line["text"]
    assert "llibres" in dubbed.line(3, "ca")["text"]


def test_another_speaker_is_another_voice_and_no_other_text(dubbed: Dubbed) -> None:
    who = dubbed.line(1)["speaker"]
    other = next(line["speaker"] for line in dubbed.running.client.lines(dubbed.task_id, "es") if line["speaker"] != who)
    edited = dubbed.edit(1, speaker=other)
    assert edited == Edited(spoken(1, "es", "ca"), {"ca": [1], "es": [1]})
    assert (dubbed.line(1)["speaker"], dubbed.line(1)["edit"]["speaker"]) == (other, other)
    dubbed.edit(1, speaker=None)
    assert dubbed.line(1)["speaker"] == who


def test_a_skipped_line_is_left_to_the_original_and_comes_back_from_the_cache(dubbed: Dubbed) -> None:
    before = dubbed.line(4)
    assert dubbed.edit(4, skip=True) == Edited(mixed("es"), {"es": [4]})
    skipped = dubbed.line(4)
    assert (skipped["skip"], skipped["text"], skipped["dub_seconds"]) == (True, before["text"], 0.0)
    assert [dubbed.line(n)["latest_end"] for n in (3, 5)] == pytest.approx(
        [dubbed.line(n, "ca")["latest_end"] for n in (3, 5)]
    ), "its time is lent to nobody: the original is heard there"
    back = dubbed.edit(4, skip=None)
    assert ("synthesize", "es") not in back.made and back.changed == {"es": [4]}
    assert dubbed.line(4)["text"] == before["text"]


def test_a_name_makes_nothing_anew(dubbed: Dubbed) -> None:
    client = dubbed.running.client
    finished = client.task(dubbed.task_id)["finished_at"]
    assert dubbed.edit_speaker("S2", name="Anna") == Edited({}, {})
    assert client.task(dubbed.task_id)["finished_at"] == finished, "it was not even queued"
    assert [each["name"] for each in client.speakers(dubbed.task_id)["speakers"]] == [None, "Anna", None]


def test_another_voice_speaks_its_speakers_lines_in_one_dub(dubbed: Dubbed) -> None:
    told = dubbed.running.client.speakers(dubbed.task_id)
    cast = {each["label"]: each["voices"]["es"] for each in told["speakers"]}
    assert sorted(cast) == ["S1", "S2", "S3"] and len(set(cast.values())) == 3
    choice = next(name for name in told["choices"]["es"] if name not in cast.values())
    theirs = dubbed.lines_of("S2")
    edited = dubbed.edit_speaker("S2", voices={"es": choice})
    assert edited == Edited(spoken(len(theirs), "es"), {"es": theirs})
    after = {each["label"]: each for each in dubbed.running.client.speakers(dubbed.task_id)["speakers"]}
    assert {label: each["voices"]["es"] for label, each in after.items()} == cast | {"S2": choice}
    assert after["S2"]["chosen"] == {"es": choice}
    back = dubbed.edit_speaker("S2", voices={"es": None})
    assert ("synthesize", "es") not in back.made and back.changed == {"es": theirs}


def test_a_merged_speakers_lines_are_spoken_by_the_other_ones_voice(dubbed: Dubbed) -> None:
    theirs, others = dubbed.lines_of("S3"), dubbed.lines_of("S1")
    edited = dubbed.edit_speaker("S3", merge_into="S1")
    assert edited == Edited(spoken(len(theirs), "es", "ca"), {"ca": theirs, "es": theirs})
    assert dubbed.lines_of("S1") == sorted(theirs + others) and dubbed.lines_of("S3") == []
    speakers = {each["label"]: each for each in dubbed.running.client.speakers(dubbed.task_id)["speakers"]}
    assert speakers["S3"]["voices"] == speakers["S1"]["voices"] and speakers["S3"]["merged_into"] == "S1"
    back = dubbed.edit_speaker("S3", merge_into=None)
    assert ("synthesize", "es") not in back.made and dubbed.lines_of("S3") == theirs


def test_many_edits_at_once_are_one_dub_and_a_bad_one_refuses_no_other(dubbed: Dubbed) -> None:
    client, attempts = dubbed.running.client, dubbed.running.client.task(dubbed.task_id)["attempts"]
    good = [{"number": n, "language": "ca", "text": f"Aquesta és la frase número {n}."} for n in (5, 6, 7)]
    with pytest.raises(Refused, match=r"no line 99.*nobody in the film is called 'S9'"):
        bad = [{"number": 99, "language": "ca", "text": "?"}, {"number": 1, "language": "ca", "speaker": "S9"}]
        client.edit_lines(dubbed.task_id, bad)
    edited = dubbed.after(lambda: client.edit_lines(dubbed.task_id, [*good, *bad]))
    assert edited == Edited(spoken(3, "ca"), {"ca": [5, 6, 7]})
    assert client.task(dubbed.task_id)["attempts"] == attempts + 1
    same = dubbed.after(lambda: client.edit_lines(dubbed.task_id, good))
    assert same == Edited({}, {}) and client.task(dubbed.task_id)["attempts"] == attempts + 1


def test_a_cancelled_film_stops_and_goes_on_where_it_stopped(running: Running, tmp_path: Path) -> None:
    film = Path(shutil.copy(make_sample_film(tmp_path, subtitles=False), running.library / "cancelled.mkv"))
    task_id = running.client.submit_path(film, target_langs=("es",))["id"]
    running.until(task_id, lambda task: any(stage["name"] == "transcribe" for stage in task["stages"]))
    cancelled = running.client.cancel(task_id)
    assert cancelled["status"] == "CANCELLED" and "retry goes on where it stopped" in cancelled["error"]
    before = running.executed(task_id)
    running.client.retry(task_id)
    running.done(task_id)
    after = running.executed(task_id)
    assert [after[name, ""] - before[name, ""] for name in ("probe", "separate", "diarize")] == [0, 0, 0]
