from pipeline.ffmpeg.truncation.truncation_notes import describe_truncation
from pipeline.values.media import Film, Truncation
from pipeline.values.notes import Severity
from pipeline.values.timeline import Cue, Span

FILM = Film("matroska", 22.0, (), 0, 0)


def test_a_film_whose_file_is_cut_off_is_told():
    cut = Film("matroska", 22.0, (), 0, 0, truncation=Truncation(19.2, 22.0))
    (note,) = describe_truncation(cut, ())
    assert (note.text, note.severity) == ("The film ends at 19 s of 22 s: its file is cut off", Severity.WARNING)


def test_subtitles_that_go_on_after_the_films_end_are_told():
    cues = tuple(Cue(Span(start, start + 1.0), "line") for start in (1.0, 5.0, 9.5, 13.0, 17.0))
    film = Film("mpegts", 7.3, (), 0, 0)
    (note,) = describe_truncation(film, [("the file film.en.srt", cues)])
    assert note.severity is Severity.WARNING
    assert note.text == (
        "3 of 5 lines of the file film.en.srt begin after the film's end: it ends at 7 s, they go on to 17 s; the film may be cut "
        "off, or they belong to another cut"
    )


def test_a_whole_film_with_its_own_subtitles_has_no_note():
    cues = (Cue(Span(1.0, 2.0), "line"), Cue(Span(21.5, 22.9), "line"))
    assert list(describe_truncation(FILM, [("the file", cues)])) == []
