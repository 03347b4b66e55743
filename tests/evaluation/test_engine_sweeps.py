import shutil

import numpy as np
import pytest

pytest.importorskip("jiwer", reason="the notebooks' libraries are not installed")

from evaluation import engine_sweeps
from evaluation.sample.sample_script import SCENES, SPANISH, Scene
from evaluation.sample.speech import make_sample_recording, make_short_film
from pipeline.engines.transcriber_pocketsphinx import PocketsphinxTranscriber
from pipeline.errors import ModelMissing, SettingsError
from pipeline.ffmpeg import ffprobe
from pipeline.values.media import TrackKind

pytestmark = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")

SCENE = Scene("Two sentences", SCENES[0].sentences[:2])


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    return {"speech": make_sample_recording(folder, (SCENE,), name="speech", music=-np.inf)}


def test_a_recording_of_the_sample_knows_what_is_said_and_by_whom(known):
    speech = known["speech"]
    assert speech.text == " ".join(sentence.text for sentence in SCENE.sentences)
    assert [turn.speaker for turn in speech.turns] == [sentence.voice for sentence in SCENE.sentences]
    assert speech.turns[-1].span.end < speech.seconds


def test_a_transcriber_hears_most_of_clear_speech(known):
    row = engine_sweeps.evaluate_transcriber({"engine": "pocketsphinx", "recording": "speech", "note": "kept"}, known)
    assert row["note"] == "kept"
    assert row["words"] == len(known["speech"].text.split())
    assert row["wrong"] / row["words"] < 0.3
    assert row["wrong"] == row["substitutions"] + row["deletions"] + row["insertions"]
    assert row["took"] > 0.0


def test_a_diarizer_finds_both_who_speak(known):
    row = engine_sweeps.evaluate_diarizer({"engine": "ge2e", "recording": "speech", "told": True}, known)
    assert row["speakers"] == 2
    assert (row["missed"] + row["false"] + row["confused"]) / row["speech"] < 0.2


@pytest.mark.skipif(not shutil.which("apertium"), reason="apertium is not installed")
def test_a_detour_through_another_language_costs_meaning():
    texts = {"en": [sentence.text for scene in SCENES for sentence in scene.sentences], "es": SPANISH}
    direct, detour = (
        engine_sweeps.evaluate_translator({"engine": "apertium", "target": "es", "via": via}, texts) for via in ("", "ca")
    )
    assert len(direct["lines"]) == len(SPANISH)
    assert direct["chrf"] > detour["chrf"] > 20.0


def test_every_sentence_of_the_sample_has_its_spanish():
    assert len(SPANISH) == sum(len(scene.sentences) for scene in SCENES)


def test_engines_whose_libraries_are_here_are_present():
    assert "espeak" in engine_sweeps.list_installed_engines("synthesizer")


@pytest.mark.slow
def test_a_short_film_speaks_the_language_that_it_is_tagged_with(tmp_path):
    path = make_short_film(tmp_path / "films" / "film.mkv", SCENE.sentences, spoken="spa", subtitles=True)
    film = ffprobe.probe_film(path)
    assert film.track(film.dialogue).language == "es"
    assert len(film.of_kind(TrackKind.SUBTITLE)) == 1
    assert [file.name for file in path.parent.iterdir()] == ["film.mkv"]


def test_engines_of_ones_own_are_listed_by_the_name_that_a_setting_has() -> None:
    own = "pipeline.engines.transcriber_pocketsphinx:PocketsphinxTranscriber"
    assert engine_sweeps.list_installed_engines("transcriber", own)[-1] == own
    with pytest.raises(SettingsError, match="it is no transcriber"):
        engine_sweeps.list_installed_engines("transcriber", "json:JSONDecoder")


class WithoutModel(PocketsphinxTranscriber):
    def __init__(self) -> None:
        raise ModelMissing("whisperx", "its model is not on this machine")


def test_an_engine_without_its_model_is_left_out_and_the_log_tells_why(caplog: pytest.LogCaptureFixture) -> None:
    own = f"{__name__}:WithoutModel"
    assert own in engine_sweeps.list_installed_engines("transcriber", own)
    assert own not in engine_sweeps.list_usable_engines("transcriber", own)
    assert "its model is not on this machine" in caplog.text
