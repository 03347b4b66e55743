"""Windows of forced alignment."""

from itertools import pairwise

import pytest

from pipeline.recognition.text_windows import build_windows, halve_window
from pipeline.values.timeline import Cue, Span, Word


def words(*starts, length=0.3):
    return [Word(Span(start, start + length), f"w{start:g}") for start in starts]


def test_words_without_a_pause_are_one_window_with_a_margin():
    (window,) = build_windows(words(1.0, 1.4, 1.8), 10.0)
    assert window.text == "w1 w1.4 w1.8" and window.span == Span(0.5, 2.6)


def test_a_pause_ends_a_window_and_windows_meet_in_the_middle_of_it():
    one, other = build_windows(words(1.0, 2.2), 10.0)
    assert (one.span, other.span) == (Span(0.5, 1.75), Span(1.75, 3.0))


def test_the_margin_ends_with_the_film():
    (window,) = build_windows(words(0.1, 0.5), 0.9)
    assert window.span == Span(0.0, 0.9)


def test_long_speech_is_cut_at_its_longest_pauses_and_no_word_is_lost():
    spoken = words(*(0.4 * n + (0.3 if n > 40 else 0.0) for n in range(60)))
    windows = build_windows(spoken, 60.0)
    assert [word for window in windows for word in window.texts] == spoken
    assert [window.texts[-1].text for window in windows] == ["w7.6", "w16", "w23.9"] and all(
        window.span.duration <= 16.5 for window in windows
    )
    assert all(one.span.end <= other.span.start + 0.5 for one, other in pairwise(windows))


def test_a_text_that_was_not_found_is_searched_in_halves_that_overlap():
    (whole,) = build_windows([*words(1.0, 1.4), *words(2.0, 2.4)], 10.0)
    one, other = halve_window(whole)
    assert (one.text, other.text) == ("w1 w1.4", "w2 w2.4")
    assert (one.span.start, one.span.end, other.span.start, other.span.end) == pytest.approx((0.5, 2.1, 1.6, 3.2))
    assert halve_window(build_windows(words(1.0), 10.0)[0]) == ()


def test_cues_are_in_order_on_one_line_and_what_nobody_can_say_is_left_out():
    cues = [
        Cue(Span(5.0, 6.0), "two\nlines"),
        Cue(Span(4.0, 4.9), "one"),
        Cue(Span(7.0, 40.0), "a title"),
        Cue(Span(80.0, 81.0), "after the end"),
        Cue(Span(6.0, 6.5), "  "),
    ]
    (window,) = build_windows(cues, 60.0)
    assert window.text == "one two lines" and len(window.texts) == 2
    assert build_windows([], 60.0) == ()
