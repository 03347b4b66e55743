import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fakes import FakeSeparator

from pipeline.errors import StageError
from pipeline.filesystem import disk_space
from pipeline.stages.probe import probe
from pipeline.stages.separate import SeparatedPart, separate, separate_rest
from pipeline.values.media import Artifact, BackgroundStems, Separation, Source, Stems
from pipeline.values.timeline import Span


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


@pytest.mark.parametrize("has_effects", [True, False])
@pytest.mark.parametrize("span", [Span(0.0, 3.0), Span(2.0, 5.5)], ids=["from the start", "in the middle"])
def test_the_stems_of_a_part_and_of_the_rest_are_those_of_the_film_to_the_sample(scratch, make_film, tmp_path, has_effects, span):
    """The separator works sample by sample, so that the film separated at once is what the joined parts must be."""
    noise = np.random.default_rng(7).standard_normal((8 * 48_000, 2)) / 10
    soundfile.write(scratch / "noise.wav", noise, 48_000, subtype="PCM_16")
    source = Source.of(make_film("noise.mkv", "-c:a", "flac", audio="noise.wav"))
    film, folders = probe(source), [tmp_path / name for name in ("whole", "part", "joined")]
    for folder in folders:
        folder.mkdir()
    separator = FakeSeparator(separates_effects=has_effects)
    whole = separate(source, film, separator, workdir=folders[0])
    part = cut_stems(whole, span, folders[1])
    joined = separate_rest(source, film, separator, SeparatedPart(part, span.start, span), workdir=folders[2])
    assert list_digests(joined) == list_digests(whole)
    assert bool(joined.background_stems) is has_effects and len(list_digests(joined)) == (5 if has_effects else 3)
    if has_effects:
        mixed = read(joined.voices) + read(joined.background_stems.music) + read(joined.background_stems.effects)
        assert (mixed == read(joined.voices) + read(joined.background)).all() and mixed.any()


def list_digests(stems):
    parts = stems.background_stems
    found = [stems.speech, stems.background, stems.voices, *([parts.music, parts.effects] if parts else [])]
    return [hashlib.sha256(soundfile.read(each.path, dtype="int16")[0].tobytes()).hexdigest() for each in found]


def cut_stems(stems, span, folder):
    """The stems of a part of the film, as those of a preview's excerpt: they begin with it."""

    def cut(artifact):
        first, last = round(span.start * 48_000), round(span.end * 48_000)
        wave = soundfile.read(artifact.path, dtype="int16")[0][first:last]
        soundfile.write(folder / artifact.path.name, wave, 48_000, subtype="PCM_16")
        return Artifact.of(folder / artifact.path.name)

    parts = stems.background_stems
    apart = BackgroundStems(cut(parts.music), cut(parts.effects)) if parts else None
    return Stems(stems.speech, cut(stems.background), cut(stems.voices), apart)


def read(artifact):
    return soundfile.read(artifact.path, dtype="int16", always_2d=True)[0].astype(np.int32)


def test_room_for_music_and_effects_is_asked_for_before_they_are_separated(plain_film, tmp_path, monkeypatch):
    source = Source.of(plain_film)
    film = probe(source)
    pcm = round(film.duration * 48_000) * 2 * 2  # bytes of a stem
    room = disk_space.SPARE_BYTES + round(film.duration * 16_000) * 2 + 3 * pcm + 1_000
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": room}))
    separate(source, film, FakeSeparator(separates_effects=False), workdir=tmp_path)
    separator = FakeSeparator(separates_effects=True)
    with pytest.raises(StageError, match="separate: .* make room, then retry"):
        separate(source, film, separator, workdir=tmp_path)
    assert separator.separated == []


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
