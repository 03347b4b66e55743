"""The window of a preview: it begins and ends in pauses, and holds whole lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis.preview_window import choose_window, limit_subtitles, limit_to_window
from pipeline.errors import StageError
from pipeline.stages.read_subtitles import Subtitles
from pipeline.values.timeline import Cue, Diarization, Span, Speaker, Turn


def turns(*spans: tuple[float, float]) -> tuple[Turn, ...]:
    return tuple(Turn(Span(*span), f"S{1 + number % 2}") for number, span in enumerate(spans))


def test_the_window_moves_to_the_nearest_pause() -> None:
    window = choose_window(turns((2.0, 9.0), (10.5, 20.0), (20.2, 30.0), (32.0, 40.0)), Span(8.0, 29.0), 40.0)
    assert window.is_clean
    assert 9.0 < window.span.start < 10.5
    assert 30.0 < window.span.end < 32.0


def test_a_window_without_pauses_says_so() -> None:
    window = choose_window(turns((0.0, 60.0)), Span(20.0, 40.0), 60.0)
    assert window.span == Span(20.0, 40.0)
    assert not window.is_clean


@given(st.lists(st.tuples(st.floats(0.0, 300.0), st.floats(0.3, 20.0)), max_size=40), st.floats(0.0, 200.0), st.floats(5.0, 90.0))
def test_a_clean_window_cuts_no_speech(found: list[tuple[float, float]], start: float, seconds: float) -> None:
    said = turns(*((begin, begin + length) for begin, length in found))
    window = choose_window(said, Span(start, start + seconds), 330.0)
    if window.is_clean:
        cut = [turn for turn in said if turn.span.overlap(window.span) not in {0.0, turn.span.duration}]
        assert not [turn for turn in cut if abs(turn.span.overlap(window.span) - turn.span.duration) > 1e-6]


def test_the_speakers_of_a_window_are_those_who_speak_in_it() -> None:
    whole = Diarization(turns((0.0, 9.0), (10.0, 14.0), (20.0, 29.0)), (Speaker("S1", 18.0, 110.0), Speaker("S2", 4.0, 200.0)))
    limited = limit_to_window(whole, Span(9.5, 22.0))
    assert [(speaker.label, speaker.seconds) for speaker in limited.speakers] == [("S2", 4.0), ("S1", 2.0)]


def test_a_window_in_which_nobody_speaks_is_refused() -> None:
    with pytest.raises(StageError, match="nobody speaks in this part"):
        limit_to_window(Diarization(turns((0.0, 9.0)), (Speaker("S1", 9.0, None),)), Span(10.0, 20.0))


def test_cues_belong_to_the_window_that_holds_their_middle() -> None:
    text = Subtitles("en", (Cue(Span(8.0, 11.0), "before"), Cue(Span(9.0, 12.0), "in"), Cue(Span(19.0, 22.0), "after")))
    (limited,) = limit_subtitles([text], Span(10.0, 20.0))
    assert [cue.text for cue in limited.cues] == ["in"]
