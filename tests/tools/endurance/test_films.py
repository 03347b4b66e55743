"""Films for trials: all different, and what their number says."""

import shutil

import pytest

from pipeline.ffmpeg.ffprobe import probe_film
from pipeline.values.media import Source, TrackKind
from tools.endurance import films

needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")


def test_no_two_films_say_the_same_in_the_same_order():
    pairs = [films.choose_sentences(number) for number in range(films.MAX_FILMS)]
    assert len(set(pairs)) == films.MAX_FILMS == 420
    assert all(first != second for first, second in pairs)


def test_a_film_with_every_sort_of_subtitles_comes_among_four():
    assert {films.choose_subtitles(number) for number in range(4)} == {
        films.NO_SUBTITLES,
        films.ENGLISH_SUBTITLES,
        films.BOTH_SUBTITLES,
    }


@needs_flite
def test_each_film_is_another_and_has_its_subtitles(tmp_path):
    made = [films.make_film(tmp_path, number) for number in (0, 1, 3)]
    tracks = [[track.language for track in probe_film(path).of_kind(TrackKind.SUBTITLE)] for path in made]
    assert tracks == [["en"], ["en", "es"], []]
    assert len({Source.of(path).digest for path in made}) == 3
    assert 3.0 < probe_film(made[0]).duration < 12.0
    assert [track.language for track in probe_film(films.make_film(tmp_path, 3, plain=True)).of_kind(TrackKind.SUBTITLE)] == [
        "en"
    ]
