import subprocess

import pytest

from pipeline.errors import FilmError
from pipeline.stages.probe import probe
from pipeline.values.media import Source


def test_the_same_film_elsewhere_is_the_same_film(plain_film, tmp_path):
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(plain_film.read_bytes())
    assert probe(Source.of(plain_film)) == probe(Source.of(moved))


def test_the_language_asked_for_chooses_the_dialogue(rich_mp4):
    source = Source.of(rich_mp4)
    assert probe(source, dialogue_language="de").dialogue == 2
    assert probe(source).dialogue == 1


def test_a_film_whose_dub_is_the_default_has_its_dialogue_as_the_default_without_it(plain_film, tmp_path):
    dubbed = tmp_path / "dubbed.mkv"
    flags = ["-disposition:a:0", "original", "-disposition:a:1", "default+dub", "-metadata:s:a:1", "title=Dubarr – Español"]
    copied = ["-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", "-default_mode", "passthrough"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain_film, *copied, *flags, dubbed], check=True)
    film = probe(Source.of(dubbed))
    assert [track.dispositions for track in film.tracks[1:]] == [("default", "original")]


def test_a_stream_that_cannot_be_written_back_is_refused_at_once(rich_mp4, tmp_path):
    path = tmp_path / "captions.mp4"
    path.write_bytes(rich_mp4.read_bytes().replace(b"tx3g", b"c608"))  # closed captions, as films from iTunes have them
    with pytest.raises(
        FilmError, match=r"captions.mp4 holds streams that ffmpeg cannot write back .*eia_608.*remux it as Matroska"
    ):
        probe(Source.of(path))


def test_a_cover_in_quicktime_is_refused_at_once(plain_film, scratch, tmp_path):
    path, cover = tmp_path / "film.mov", tmp_path / "covered.mp4"
    command = ["ffmpeg", "-v", "error", "-i", plain_film, "-i", scratch / "cover.png", "-map", "0", "-map", "1", "-c", "copy"]
    subprocess.run([*command, "-disposition:v:1", "attached_pic", cover], check=True)
    path.write_bytes(cover.read_bytes().replace(b"ftypisom", b"ftypqt  ", 1))
    with pytest.raises(FilmError, match="holds a cover, which ffmpeg cannot write into QuickTime"):
        probe(Source.of(path))
