"""`./dubarr evaluate`, against a client that plays the service and a recogniser that plays back text."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from no_events import NoEvents

pytest.importorskip("jiwer", reason="the notebooks' libraries are not installed")

from cli import console
from cli.evaluate.command import build_scores_table, dub_sample, evaluate, evaluate_task, find_dub
from pipeline.errors import DubarrError, NotPossible

TASK = {"id": 7, "path": "/films/film.mkv", "status": "DONE", "target_langs": ["es"], "error": None}


class FakeClient:
    """One finished task of two lines, spoken by two voices, and a third line that keeps the original audio."""

    def watch_changes(self, task_ids=(), *, types=()):
        return NoEvents()

    def __init__(self, *tasks: dict) -> None:
        self.known = tasks or (TASK,)

    def tasks(self, *, path=None, search=None, status=None):
        return [
            task
            for task in self.known
            if task["status"] == status and (task["path"] == str(path) if path else search in task["path"])
        ]

    def submit_path(self, path, target_langs, source_lang, speakers, **choices):
        assert (source_lang, target_langs) == ("en", ("es",))
        return self.known[0]

    def task(self, task_id):
        return self.known[0] | {"progress": {"done": 1, "total": 1, "stage": ""}}

    def lines(self, task_id, language):
        texts = {1: ("S1", "Buenos días."), 2: ("S2", "Adiós."), 3: (None, "")} if language == "es" else {}
        common = {"language": language, "latest_end": 9.0, "source_text": "said", "text_source": "translation", "rate": 1.0}
        common |= {"stretch": 1.0, "skip": False, "edit": None}
        return [
            common
            | {"number": n, "speaker": speaker, "text": text, "start": n, "end": n + 1.0, "dub_start": n + 0.5}
            | {"dub_seconds": 1.0 if text else 0.0}
            for n, (speaker, text) in texts.items()
        ]

    def speakers(self, task_id):
        return {"speakers": [{"label": label, "voices": {"es": f"voice-{label}"}} for label in ("S1", "S2")]}

    def take(self, task_id, number, language, *, to: Path):
        soundfile.write(to.with_suffix(".wav"), np.zeros((1_600 * number, 2), np.float32), 16_000)
        return to.with_suffix(".wav")


class Echo:
    def transcribe_takes(self, takes, language):
        return " ".join({1_600: "buenos días", 3_200: "a dios"}[len(take.wave)] for take in takes)


def test_every_voice_of_a_dub_is_scored():
    (found,) = evaluate_task(FakeClient(), TASK, ("es",), Echo(), {"es": ["Buenos días.", "Adiós."]})
    assert {voice: errors.count for voice, errors in found.voices.items()} == {"voice-S1": 0, "voice-S2": 2}
    assert found.chrf == pytest.approx(100.0)
    assert (found.fit.lines, found.fit.max_start_offset_s, found.fit.overrun_s) == (2, 0.5, 0.0)


def test_the_table_has_a_row_for_each_voice(capsys):
    console.create_stdout_console().print(build_scores_table(list(evaluate_task(FakeClient(), TASK, ("es",), Echo(), {}))))
    head, first, second = (text.split() for text in capsys.readouterr().out.splitlines())
    assert head[:3] == ["dub", "voice", "words"]
    assert first[:4] == ["es", "voice-S1", "2", "0.000"] and second[:3] == ["voice-S2", "1", "2.000"]


def test_a_language_that_was_not_dubbed_is_named_with_those_that_were():
    with pytest.raises(NotPossible, match="no spoken lines in ca; it was dubbed into es"):
        list(evaluate_task(FakeClient(), TASK, ("ca",), Echo(), {}))


def test_a_dub_is_found_by_its_films_path_or_name():
    assert find_dub(FakeClient(), Path("/films/film.mkv")) == TASK
    assert find_dub(FakeClient(), Path("/elsewhere/film.mkv")) == TASK, "it was uploaded"
    with pytest.raises(NotPossible, match=r"film has no finished dub; make one first: ./dubarr dub /elsewhere/film"):
        find_dub(FakeClient(), Path("/elsewhere/film"))
    with pytest.raises(NotPossible, match="no finished dub"):
        find_dub(FakeClient(TASK | {"status": "ERROR"}), Path("/films/film.mkv"))


def test_the_sample_is_dubbed_first():
    assert dub_sample(FakeClient(), Path("/films/film.mkv"), ("es",))["id"] == 7
    with pytest.raises(DubarrError, match="could not be dubbed: no disk"):
        dub_sample(FakeClient(TASK | {"status": "ERROR", "error": "no disk"}), Path("/films/film.mkv"), ("es",))


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--sample", "{film}"),
        ("{film}", "--reference", "{film}"),
        ("--sample", "--make-reference-set"),
        ("{film}", "--make-reference-set"),
        ("{film}", "--seed", "2"),
        ("{film}", "--against", "{film}"),
        ("{film}-missing",),
        ("set", "--make-reference-set", "--hours", "0"),
        ("set", "--make-reference-set", "--hours", "7"),
    ],
)
def test_options_that_contradict_each_other_are_refused(args, tmp_path):
    (tmp_path / "film.mkv").touch()
    given = [arg.format(film=tmp_path / "film.mkv") for arg in args]
    assert CliRunner().invoke(evaluate, given).exit_code == 2


def test_a_reference_set_needs_the_voices(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("DUBARR_HOME", str(tmp_path))
    answer = CliRunner().invoke(evaluate, [str(tmp_path / "set"), "--make-reference-set"])
    assert isinstance(answer.exception, DubarrError) and "./dubarr setup" in str(answer.exception)
    assert not (tmp_path / "set").exists()
