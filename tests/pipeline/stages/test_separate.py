from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.engines.protocols import Separation
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.media import Artifact, Source


def test_without_a_separator_the_speech_is_the_dialogue_at_16_khz_as_long_as_the_film(plain_film, tmp_path):
    source = Source.of(plain_film)
    film = probe(source)
    stems = separate(source, film, None, workdir=tmp_path)
    found = soundfile.info(stems.speech.path)
    assert stems.background is None
    assert (found.samplerate, found.channels, found.subtype) == (16_000, 1, "PCM_16")
    assert found.duration == pytest.approx(film.duration, abs=0.001)


def test_the_same_film_gives_the_same_speech_to_the_byte(plain_film, tmp_path):
    source = Source.of(plain_film)
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    film = probe(source)
    assert separate(source, film, None, workdir=one).speech.digest == separate(source, film, None, workdir=two).speech.digest


class Halver:
    """Takes half of every sample for speech; remembers what it was given."""

    fingerprint = "halver"
    concurrency = 1

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        self.wave, self.rate = soundfile.read(audio.path, dtype="float32", always_2d=True)
        for name in ("voices", "rest"):
            soundfile.write(Path(workdir) / f"{name}.flac", self.wave / 2, self.rate, subtype="PCM_16")
        return Separation(Artifact.of(Path(workdir) / "voices.flac"), Artifact.of(Path(workdir) / "rest.flac"))


def test_a_separator_gets_the_channels_of_a_stereo_film(plain_film, tmp_path):
    source, halver = Source.of(plain_film), Halver()
    film = probe(source)
    stems = separate(source, film, halver, workdir=tmp_path)
    assert (halver.rate, halver.wave.shape) == (48_000, (round(film.duration * 48_000), 2))
    assert stems.background and stems.background.path.name == "rest.flac"
    assert stems.voices and stems.voices.path.name == "voices.flac"
    assert not (tmp_path / "dialogue.flac").exists()


def test_of_a_surround_film_it_gets_the_centre_alone(make_film, tmp_path):
    source, halver = Source.of(make_film("surround-flac.mkv", "-c:a", "flac", audio="surround.wav")), Halver()
    separate(source, probe(source), halver, workdir=tmp_path)
    assert halver.wave.shape[1] == 1
    assert np.abs(halver.wave).max() > 0.05, "the voice is in the centre"


def test_the_recognisers_hear_the_separated_speech(plain_film, tmp_path):
    source = Source.of(plain_film)
    film = probe(source)
    whole, halved = tmp_path / "whole", tmp_path / "halved"
    whole.mkdir()
    halved.mkdir()
    original, _ = soundfile.read(separate(source, film, None, workdir=whole).speech.path, dtype="float32")
    stems = separate(source, film, Halver(), workdir=halved)
    speech, rate = soundfile.read(stems.speech.path, dtype="float32")
    found = soundfile.info(stems.speech.path)
    assert (rate, found.channels, found.subtype, len(speech)) == (16_000, 1, "PCM_16", len(original))
    assert np.abs(speech - original / 2).max() < 0.01
