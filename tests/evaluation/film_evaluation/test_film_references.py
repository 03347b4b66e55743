"""References of films by name, and folders that somebody else filled."""

import pytest

from evaluation.film_evaluation import film_references
from evaluation.film_evaluation.film_references import find_references
from pipeline.errors import FilmError, FilmNotFound

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n"


def fill(folder, *names, text=SRT):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def test_references_are_found_by_name(tmp_path):
    fill(tmp_path, "talk.mkv", "talk.en.srt", "talk.es.srt", "talk.pt-BR.srt", "talk.stems/speech.flac")
    fill(tmp_path, "talk.stems/background.flac", "other.mkv", "talk.forced.srt", "talk.es.dubarr.mkv")
    fill(tmp_path, "talk.rttm", text="SPEAKER talk 1 1.000 1.500 <NA> <NA> ANNA <NA> <NA>\n")
    (found,) = find_references(tmp_path, language="en")
    assert (found.name, len(found.source), set(found.translations)) == ("talk", 1, {"es", "pt"})
    assert found.turns[0].speaker == "ANNA" and found.stems[0].name == "speech.flac"


def test_a_folder_without_references_says_how_to_make_some(tmp_path):
    fill(tmp_path, "talk.mkv")
    with pytest.raises(FilmNotFound, match=r"no film with references \(1 without\).*--make-reference-set"):
        find_references(tmp_path, language="en")


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    inside = tmp_path / "set"
    inside.mkdir()
    fill(tmp_path, "secret.srt", "secret.rttm")
    fill(inside, "talk.mkv", "talk.en.srt")
    (inside / "talk.es.srt").symlink_to(tmp_path / "secret.srt")
    (inside / "talk.rttm").symlink_to(tmp_path / "secret.rttm")
    (found,) = find_references(inside, language="en")
    assert not found.translations and not found.turns


def test_a_broken_reference_is_named(tmp_path):
    fill(tmp_path, "talk.mkv")
    fill(tmp_path, "talk.rttm", text="SPEAKER talk 1 one two\n")
    with pytest.raises(FilmError, match=r"line 1 of talk\.rttm is no turn"):
        find_references(tmp_path, language="en")


def test_too_many_films_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(film_references, "MAX_FILMS", 1)
    fill(tmp_path, "one.mkv", "two.mkv")
    with pytest.raises(FilmError, match="holds 2 films; evaluate at most 1"):
        find_references(tmp_path, language="en")
