"""Written subtitles: SubRip and WebVTT that read back the same, in rows that people can read."""

import itertools

import pytest
from hostile_names import is_harmless

from pipeline.text.subtitles.subtitle_reader import read_subtitle_text
from pipeline.text.subtitles.subtitle_writer import SpeakerCue, format_srt, format_vtt
from pipeline.values.timeline import Cue, Span


def test_written_subtitles_read_back_the_same() -> None:
    cues = (Cue(Span(1.0, 2.5), "Hola, mundo."), Cue(Span(3661.042, 3663.0), "¿Qué tal?"))
    assert read_subtitle_text(format_srt(reversed(cues))).cues == cues
    assert "01:01:01,042 --> 01:01:03,000" in format_srt(cues)


def test_no_cues_are_an_empty_subtitle() -> None:
    assert format_srt(()) == ""
    assert format_vtt([SpeakerCue(Cue(Span(0.0, 1.0), " "))]) == "WEBVTT\n"


def test_long_text_is_shown_two_rows_of_42_at_a_time_and_nothing_is_lost() -> None:
    words = (
        "Esta es una frase bastante larga, que no cabe de ninguna manera en una sola pantalla, "
        "porque no acaba nunca de decir lo que dice. " * 2
    )
    shown = read_subtitle_text(format_srt([Cue(Span(10.0, 22.0), words)])).cues
    assert len(shown) > 2
    assert all(len(rows := cue.text.splitlines()) <= 2 and max(map(len, rows)) <= 42 for cue in shown)
    assert " ".join(cue.text for cue in shown).split() == words.split()
    assert shown[0].span.start == 10.0
    assert 22.0 <= shown[-1].span.end <= 22.0 + 1.0  # the last one may need the second that it stays on screen
    assert all(one.span.end <= two.span.start + 0.001 for one, two in itertools.pairwise(shown))


def test_a_flash_stays_a_second_where_there_is_room_and_nothing_stays_over_seven() -> None:
    flash, crowded, long = read_subtitle_text(
        format_srt([Cue(Span(1, 1.2), "Sí."), Cue(Span(5, 5.1), "No."), Cue(Span(5.5, 30), "Bueno.")])
    ).cues
    assert flash.span.duration == pytest.approx(1.0)
    assert crowded.span == Span(5.0, 5.5)
    assert long.span.duration == pytest.approx(7.0)


def test_a_word_wider_than_the_screen_and_an_arrow_do_not_break_the_file() -> None:
    cues = read_subtitle_text(
        format_srt([Cue(Span(1, 3), "x" * 100), Cue(Span(4, 5), "a --> b\n\n\nc"), Cue(Span(6, 7), "  ")])
    ).cues
    assert "".join("".join(cue.text.split()) for cue in cues) == "x" * 100 + "a→bc"


def test_written_subtitles_hold_no_control_characters() -> None:
    hostile = "Hi\x1b]0;x\x07 \u202ethere\u2067 \x9b31m\udcff\u2028\n00:00:09,000 --> 00:00:10,000"
    for text in (format_srt([Cue(Span(1, 3), hostile)]), format_vtt([SpeakerCue(Cue(Span(1, 3), hostile), "Bob\x1b\n\u202e")])):
        assert is_harmless(text.replace("\n", ""))
        assert text.count("-->") == 1 and "Hi" in text and text.encode()
