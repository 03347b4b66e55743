from dataclasses import replace

import pytest
import soundfile

from pipeline.media import Artifact, Source, Stems
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate


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


def test_a_separator_gets_the_dialogue(plain_film, tmp_path):
    class Halves:
        fingerprint = "halves"
        concurrency = 1

        def separate(self, audio: Artifact, *, workdir: str) -> Stems:
            return Stems(replace(audio, digest="speech"), replace(audio, digest="background"))

    source = Source.of(plain_film)
    stems = separate(source, probe(source), Halves(), workdir=tmp_path)
    assert stems.background
    assert (stems.speech.digest, stems.background.digest) == ("speech", "background")
