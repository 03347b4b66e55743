import subprocess

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
