"""The films to measure with."""

import pytest

from pipeline.ffmpeg.ffprobe import probe_film
from pipeline.text.subtitles import subtitle_reader
from pipeline.values.timeline import Cue, Span
from tools.benchmarks.films import make_large_film, make_noise_film, repeat_film, write_subtitles

CUES = (Cue(Span(0.5, 1.5), "One."), Cue(Span(2.0, 3.0), "Two."), Cue(Span(4.0, 5.0), "Three."))


def test_a_film_is_repeated_until_it_lasts_so_long(tmp_path):
    film = repeat_film(make_noise_film(tmp_path, 0.05), 8, tmp_path / "long.mkv")
    assert probe_film(film).duration == pytest.approx(8, abs=0.2)


def test_no_sentence_comes_twice_at_the_same_place_of_the_round(tmp_path):
    path = write_subtitles(tmp_path / "film.mkv", CUES, period=6.0, seconds=17.0, turn=1)
    cues = subtitle_reader.read_subtitle_file(path).cues
    assert path.name == "film.en.srt"
    assert [cue.text for cue in cues] == ["Two.", "Three.", "One.", "Three.", "One.", "Two.", "One.", "Two."]
    assert [cue.span.start for cue in cues] == [0.5, 2.0, 4.0, 6.5, 8.0, 10.0, 12.5, 14.0]  # the last would end after the film


def test_a_large_film_is_about_as_large_as_wanted(tmp_path):
    assert make_large_film(tmp_path, 10).stat().st_size == pytest.approx(10e6, rel=0.1)
