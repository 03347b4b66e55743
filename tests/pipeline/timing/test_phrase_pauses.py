"""Pauses of the source at the phrase boundaries of its translation."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timing.phrase_pauses import (
    FASTEST_RATE,
    MIN_KEPT_PAUSE_S,
    PhrasePause,
    SourcePause,
    find_pauses,
    fit_pauses,
    list_boundaries,
    place_pauses,
    split_at_pauses,
)
from pipeline.values.timeline import Span

LINE = "No sé quién eres, pero no vas a entrar en esta casa."


def test_a_gap_in_the_speech_is_a_pause_at_its_share_of_the_speech() -> None:
    (pauses,) = find_pauses([Span(10.0, 14.0)], [Span(9.0, 11.0), Span(11.5, 14.5)])
    assert pauses == (SourcePause(pytest.approx(1.0 / 3.5), 0.5),)


def test_short_gaps_and_the_silence_around_a_line_are_no_pauses() -> None:
    assert find_pauses([Span(10.0, 14.0)], [Span(10.6, 11.0), Span(11.2, 13.0)]) == ((),)
    assert find_pauses([Span(10.0, 14.0)], []) == ((),)


def test_each_line_has_its_own_pauses() -> None:
    speech = [Span(0.0, 1.0), Span(1.5, 2.5), Span(4.0, 5.0), Span(5.4, 6.0)]
    first, second = find_pauses([Span(0.0, 2.5), Span(4.0, 6.0)], speech)
    assert [round(pause.seconds, 2) for pause in (*first, *second)] == [0.5, 0.4]


def test_a_pause_goes_to_the_comma_near_it() -> None:
    (placed,) = place_pauses(LINE, [SourcePause(0.4, 0.6)], "es")
    assert split_at_pauses(LINE, [placed]) == ("No sé quién eres,", "pero no vas a entrar en esta casa.")
    assert placed.seconds == 0.6


def test_a_clause_without_a_mark_or_a_conjunction_is_never_split() -> None:
    assert place_pauses("Mi padre murió en la guerra.", [SourcePause(0.5, 0.6)], "es") == ()
    assert place_pauses(LINE, [SourcePause(0.85, 0.6)], "es") == ()


def test_a_conjunction_is_a_boundary_where_no_mark_is_near() -> None:
    (placed,) = place_pauses("Llegó tarde a casa y nadie le dijo nada.", [SourcePause(0.45, 0.4)], "es-MX")
    assert split_at_pauses("Llegó tarde a casa y nadie le dijo nada.", [placed])[1] == "y nadie le dijo nada."
    assert place_pauses("Llegó tarde a casa y nadie le dijo nada.", [SourcePause(0.45, 0.4)], "fi") == ()


def test_marks_inside_numbers_and_after_titles_are_no_boundaries() -> None:
    assert list_boundaries("Cuesta 3,50 euros", "es") == ()
    assert list_boundaries("Ask Mr. Smith now", "en") == ()
    assert [boundary.offset for boundary in list_boundaries("你好，世界。", "zh")] == [3]


def test_of_two_pauses_at_one_boundary_the_longer_stays() -> None:
    placed = place_pauses(LINE, [SourcePause(0.3, 0.4), SourcePause(0.4, 0.9)], "es")
    assert [pause.seconds for pause in placed] == [0.9]


texts = st.lists(st.sampled_from(["uno", "dos", "y", "tres,", "cuatro.", "cinco;", "—", "…", "3,5", "!"]), min_size=1).map(
    " ".join
)
source_pauses = st.lists(st.tuples(st.floats(0, 1), st.floats(0.3, 9)), max_size=6).map(
    lambda pairs: [SourcePause(*pair) for pair in sorted(pairs)]
)


@given(texts, source_pauses)
def test_every_phrase_has_words_and_no_word_is_lost(text: str, pauses: list[SourcePause]) -> None:
    placed = place_pauses(text, pauses, "es")
    phrases = split_at_pauses(text, placed)
    assert " ".join(phrases).split() == text.split()
    assert len(phrases) == len(placed) + 1 <= len(pauses) + 1
    assert not placed or all(any(character.isalnum() for character in phrase) for phrase in phrases)
    assert all(one.offset < other.offset for one, other in itertools.pairwise(placed))


def test_pauses_that_fit_stay_as_they_are() -> None:
    pauses = [PhrasePause(5, 0.5), PhrasePause(9, 0.4)]
    assert fit_pauses(pauses, 3.0, None) == fit_pauses(pauses, 3.0, 4.0) == tuple(pauses)


def test_a_long_line_shortens_its_pauses_first() -> None:
    pauses = fit_pauses([PhrasePause(5, 0.9), PhrasePause(9, 0.5)], 3.0, 3.1)
    assert [pause.offset for pause in pauses] == [5, 9]
    assert MIN_KEPT_PAUSE_S <= pauses[1].seconds < pauses[0].seconds < 0.9
    assert sum(pause.seconds for pause in pauses) == pytest.approx(3.1 - 3.0 / 1.1)


def test_a_line_without_time_drops_the_shortest_pause() -> None:
    assert fit_pauses([PhrasePause(5, 0.9), PhrasePause(9, 0.5)], 3.0, 2.65) == (PhrasePause(5, MIN_KEPT_PAUSE_S),)
    assert fit_pauses([PhrasePause(5, 0.9)], 3.0, 2.4) == ()


@given(source_pauses, st.floats(0.5, 20), st.floats(0.5, 20))
def test_kept_pauses_leave_the_speech_its_time(pauses: list[SourcePause], speech_s: float, seconds: float) -> None:
    wanted = [PhrasePause(n + 1, pause.seconds) for n, pause in enumerate(pauses)]
    kept = fit_pauses(wanted, speech_s, seconds)
    assert not kept or sum(pause.seconds for pause in kept) + speech_s / FASTEST_RATE <= seconds + 1e-6
    assert all(MIN_KEPT_PAUSE_S <= pause.seconds <= 9.0 for pause in kept)
