"""The sample film: what is heard when, and what the file holds."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from evaluation.sample import film as sample
from evaluation.sample.film import Chapter, Sound
from evaluation.sample.music import synthesize_music
from evaluation.sample.sample_script import SCENES, Scene, Sentence
from pipeline.values.timeline import Span

needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")
SHORT = (
    Scene("One", (Sentence("slt", "Good morning."), Sentence("rms", "Is it not beautiful?"))),
    Scene("Two", (Sentence("awb", "Let us go."),)),
)


def test_three_speakers_share_about_twenty_sentences():
    sentences = [sentence for scene in SCENES for sentence in scene.sentences]
    assert len(sentences) in range(18, 25)
    assert {sentence.voice for sentence in sentences} == set(sample.PAN)
    assert all(one.voice != other.voice for one, other in pairwise(sentences)), "turns change"


@needs_flite
def test_cues_say_when_speech_sounds(tmp_path):
    sound = sample.synthesize_sound(SHORT, tmp_path)
    heard = np.abs(sound.speech).max(axis=1) > 0.02  # (samples,)
    for cue in sound.cues:
        start, end = round(cue.span.start * sample.RATE), round(cue.span.end * sample.RATE)
        assert heard[start : start + 4800].any() and heard[end - 4800 : end].any()
        heard[start : end + 1] = False
    assert not heard.any(), "speech sounds where no cue says so"


@needs_flite
def test_chapters_tile_the_film(tmp_path):
    sound = sample.synthesize_sound(SHORT, tmp_path)
    assert [chapter.title for chapter in sound.chapters] == ["One", "Two"]
    assert sound.chapters[0].span.start == 0.0 and sound.chapters[-1].span.end == sound.seconds
    assert sound.chapters[0].span.end == sound.chapters[1].span.start
    assert sound.chapters[1].span.start < sound.cues[2].span.start


@needs_flite
def test_each_voice_sits_where_it_should(tmp_path):
    left, right = (sample.speak_sentence(Sentence(voice, "Good morning."), tmp_path).std(axis=0) for voice in ("awb", "rms"))
    assert left[0] > left[1] and right[1] > right[0]


def test_music_is_stereo_and_neither_clips_nor_clicks():
    bed = synthesize_music(9.3, 8000)
    assert bed.shape == (74_400, 2) and bed.dtype == np.float32
    assert np.abs(bed).max() == pytest.approx(1.0)
    assert np.abs(bed[[0, -1]]).max() < 0.01
    assert not np.allclose(bed[:, 0], bed[:, 1])


def test_chapters_are_written_to_the_millisecond():
    assert "START=1500\nEND=2000\ntitle=One" in sample.format_chapters([Chapter("One", Span(1.5, 2.0))])


def test_the_command_maps_subtitles_only_where_they_are_wanted():
    silence = np.zeros((sample.RATE, 2), np.float32)
    sound = Sound(silence, silence, (), (Chapter("One", Span(0, 1)),))
    assert "3:s" not in sample.build_film_command(Path("/w"), sound, subtitles=False)
    assert "3:s" in sample.build_film_command(Path("/w"), sound, subtitles=True)


@pytest.mark.slow
@needs_flite
def test_the_film_holds_what_a_demo_needs(tmp_path):
    film = sample.make_sample_film(tmp_path, subtitles=True)
    shown = ("-show_streams", "-show_chapters", "-show_format", "-of", "json")
    found = json.loads(subprocess.run(["ffprobe", "-v", "error", *shown, film], capture_output=True, check=True).stdout)
    streams = [(stream["codec_type"], stream.get("tags", {}).get("language")) for stream in found["streams"]]
    assert streams == [("video", None), ("audio", "eng"), ("audio", "zxx"), ("subtitle", "eng")]
    assert [stream["disposition"]["default"] for stream in found["streams"][1:3]] == [1, 0]
    assert len(found["chapters"]) == 3
    assert float(found["format"]["duration"]) == pytest.approx(75.0, abs=3.0)
    assert list(tmp_path.iterdir()) == [film], "nothing but the film is left behind"
    before = film.stat().st_mtime_ns
    assert sample.make_sample_film(tmp_path, subtitles=True).stat().st_mtime_ns == before, (
        "a film that is there is not made again"
    )
