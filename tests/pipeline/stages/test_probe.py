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
