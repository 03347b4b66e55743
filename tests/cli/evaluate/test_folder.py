"""`./dubarr evaluate FOLDER`, against a client that plays the service and a recogniser that plays back text."""

import json
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import soundfile
from click.testing import CliRunner
from no_events import NoEvents

pytest.importorskip("jiwer", reason="the notebooks' libraries are not installed")

from cli import console
from cli.evaluate.command import evaluate
from cli.evaluate.folder import FolderOptions, choose_results_path, dub_films, fetch_facts, find_stems, measure_work, show_results
from evaluation.film_evaluation.film_references import FilmReferences, find_references
from evaluation.film_evaluation.observations import Observation, Quantity
from evaluation.film_evaluation.results_file import write_results
from pipeline.errors import DubarrError

TIMES = {"started_at": "2026-01-01T10:00:00Z", "finished_at": "2026-01-01T10:00:30Z"}
TASK = {"id": 7, "path": "/films/talk.mkv", "status": "DONE", "target_langs": ["es"], "error": None, "duration": 60.0}
TASK |= {"attempts": 2, "progress": {"done": 1, "total": 1, "stage": ""}, **TIMES}
DIARIZATION = {"turns": [{"span": {"start": 1.0, "end": 2.5}, "speaker": "S1"}], "speakers": []}


class FakeClient:
    """One task of two lines in Spanish; remembers what it was asked for."""

    def watch_changes(self, task_ids=(), *, types=()):
        return NoEvents()

    def __init__(self, **changes) -> None:
        self.told, self.known = [], TASK | changes

    def submit_path(self, path, target_langs, source_lang, speakers, **choices):
        self.told.append(("submit", Path(path).name, target_langs, source_lang, choices["subtitle_track"]))
        return self.known

    def purge(self, task_id):
        self.told.append(("purge", task_id))

    def task(self, task_id):
        return self.known

    def lines(self, task_id, language):
        common = {
            "language": language,
            "latest_end": 9.0,
            "text_source": "translation",
            "rate": 1.0,
            "stretch": 1.0,
            "speaker": "S1",
        }
        texts = {2: ("Where?", "¿Dónde?"), 1: ("Good morning.", "Buenos días.")}
        return [
            common | {"number": n, "text": text, "source_text": source, "start": 3.0 * n, "end": 3.0 * n + 1}
            | {"dub_start": 3.0 * n, "dub_seconds": 1.0}
            for n, (source, text) in texts.items()
        ]  # fmt: skip

    def report(self, task_id):
        return {"es": {"overlaps": 0, "lines": []}}

    def stages(self, task_id):
        return [{"attempt": 1, "reused": 5}, {"attempt": 2, "reused": 0}]

    def speakers(self, task_id):
        return {"speakers": []}

    def take(self, task_id, number, language, *, to: Path):
        soundfile.write(to.with_suffix(".wav"), np.zeros((1_600 * number, 2), np.float32), 16_000)
        return to.with_suffix(".wav")

    def query(self, sql):
        found = [{"answer": json.dumps(DIARIZATION)}] if "'diarize'" in sql else []
        return pyarrow.Table.from_pylist(found)


class Echo:
    def transcribe_takes(self, takes, language):
        return "buenos días donde"


def make_references(folder: Path, **changes) -> FilmReferences:
    (folder / "talk.mkv").touch()
    for language, text in {"en": "Good morning.", "es": "Buenos días."}.items():
        (folder / f"talk.{language}.srt").write_text(f"1\n00:00:03,000 --> 00:00:04,000\n{text}\n")
    (found,) = find_references(folder, language="en")
    return found


def test_films_are_dubbed_from_their_speech_into_the_languages_that_have_a_translation(tmp_path):
    client = FakeClient()
    assert dub_films(client, [make_references(tmp_path)], FolderOptions()) == {"talk": client.known}
    assert client.told == [("submit", "talk.mkv", ("es",), "en", "none")]


def test_known_text_comes_from_the_references_subtitles(tmp_path):
    client = FakeClient()
    dub_films(client, [make_references(tmp_path)], FolderOptions(use_subtitles=True, again=True, languages=("pt",)))
    assert client.told == [("submit", "talk.mkv", ("pt",), "en", str(tmp_path / "talk.en.srt")), ("purge", 7)]


def test_a_film_that_cannot_be_dubbed_is_named(tmp_path):
    with pytest.raises(DubarrError, match="1 of 1 films could not be dubbed; talk: no disk"):
        dub_films(FakeClient(status="ERROR", error="no disk"), [make_references(tmp_path)], FolderOptions())


def test_a_film_without_translations_needs_a_language(tmp_path):
    make_references(tmp_path)
    (tmp_path / "talk.es.srt").unlink()
    with pytest.raises(DubarrError, match="give --language"):
        dub_films(FakeClient(), find_references(tmp_path, language="en"), FolderOptions())


def test_a_dub_is_told_by_its_service(tmp_path):
    facts = fetch_facts(FakeClient(), TASK, ("es",), Echo(), tmp_path)
    assert [row.number for row in facts.rows["es"]] == [1, 2], "in order of time"
    assert [turn.speaker for turn in facts.turns] == ["S1"]
    assert [errors.count for errors in facts.round_trip["es"]] == [0, 1]
    assert facts.work_s == 30.0 and facts.is_recognized and facts.stems is None


def test_lines_from_subtitles_are_not_recognised(tmp_path):
    assert not fetch_facts(FakeClient(), TASK | {"subtitle_track": "/films/talk.en.srt"}, ("es",), Echo(), tmp_path).is_recognized


def test_a_dub_from_the_cache_has_no_real_time_factor():
    assert measure_work(TASK, [{"attempt": 2, "reused": 1}]) is None
    assert measure_work(TASK | {"finished_at": None}, []) is None


def test_stems_are_found_where_the_services_files_are_here(tmp_path):
    answer = {
        "speech": {"file": "a/speech.wav"},
        "voices": {"file": "a/voices.flac"},
        "background": {"file": "a/background.flac"},
    }
    assert find_stems(answer, tmp_path) is None
    (tmp_path / "a").mkdir()
    for name in ("voices", "background"):
        (tmp_path / f"a/{name}.flac").touch()
    assert find_stems(answer, tmp_path) == (tmp_path / "a/voices.flac", tmp_path / "a/background.flac")
    assert find_stems(answer | {"background": None}, tmp_path) is None and find_stems(None, tmp_path) is None


def observe(value: float) -> tuple[Observation, ...]:
    lines = [Observation("talk", "es", Quantity.FILL, value + number / 100, line=number) for number in range(10)]
    return (Observation("talk", "", Quantity.DIARIZATION, 0.125), *lines)


def test_the_table_has_a_column_for_each_dub_and_one_for_all(capsys):
    show_results(observe(0.5), observe(0.4))
    head, der, fill, *differences = capsys.readouterr().out.splitlines()
    assert head.split() == ["figure", "talk", "es", "all", "films", "es"]
    assert der.split()[-2:] == ["0.125", "0.125"] and fill.split() == ["fill", "0.545", "0.545"]
    compared = {line.split()[0]: line.split() for line in differences}
    assert compared["fill"][2:] == ["0.445", "0.545", "0.100", "+0.100", "…", "+0.100", "better", "10"]


def test_results_are_never_overwritten(tmp_path):
    assert choose_results_path(tmp_path).name == "evaluation.parquet"
    (tmp_path / "evaluation.parquet").touch()
    assert choose_results_path(tmp_path).name == "evaluation-2.parquet"


def test_two_results_are_compared_without_a_service(tmp_path):
    for name, value in (("new", 0.5), ("old", 0.4)):
        write_results(tmp_path / f"{name}.parquet", observe(value))
    answer = CliRunner().invoke(evaluate, [str(tmp_path / "new.parquet"), "--against", str(tmp_path / "old.parquet")])
    assert answer.exit_code == 0 and "better" in answer.output


def test_a_film_with_an_odd_name_does_not_reach_the_terminal(capsys):
    show_results((Observation("\x1b[31mred", "es", Quantity.FILL, 1.0, line=1),), ())
    assert "\x1b" not in capsys.readouterr().out
    assert console.escape_line("\x1b") != "\x1b"
