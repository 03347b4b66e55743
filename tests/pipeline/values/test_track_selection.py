"""Track selection: a number, a file and no subtitles are told apart."""

from pipeline.values.track_selection import NO_SUBTITLES, TrackSelection


def test_a_number_a_file_and_no_subtitles_are_told_apart() -> None:
    choices = [TrackSelection(subtitles=text) for text in (None, NO_SUBTITLES, "12", "film.es.srt", "12.srt", "/tv/a.srt", "²")]
    assert [choice.subtitle_number for choice in choices] == [None, None, 12, None, None, None, None]
    assert [choice.subtitle_file for choice in choices] == [None, None, None, "film.es.srt", "12.srt", "/tv/a.srt", "²"]
