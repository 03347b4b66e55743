"""Times of words from those of an aligner's units."""

import pytest

from pipeline.engines.qwen_aligner.unit_times import Unit, build_units, select_ordered_times, time_words
from pipeline.engines.whisper.whisper_words import Token


def test_times_out_of_order_or_beyond_the_wave_are_dropped():
    assert select_ordered_times([0.0, 0.4, 3.0, 0.8, 0.8, 1.2, 9.0], until=5.0) == [0.0, 0.4, None, 0.8, 0.8, 1.2, None]
    assert select_ordered_times([2.0, 1.0], until=5.0).count(None) == 1
    assert select_ordered_times([], until=5.0) == []
    assert select_ordered_times([7.0], until=5.0) == [None]


def test_twenty_thousand_times_are_ordered_at_once():
    times = [float(n % 977) for n in range(20_000)]
    kept = [time for time in select_ordered_times(times, until=1000.0) if time is not None]
    assert kept == sorted(kept) and len(kept) > 900


def test_a_word_has_the_time_of_its_unit_and_keeps_its_punctuation():
    units = build_units(["Ask", "not"], [1.0, 1.4, 1.6, 2.0], until=3.0, step=0.08)
    assert time_words(["«Ask", "not,"], units) == (Token("«Ask", 1.0, 1.4), Token("not,", 1.6, 2.0))


def test_a_word_of_several_units_lasts_from_the_first_to_the_last():
    assert time_words(["안녕하세요"], [Unit("안녕", 1.0, 1.2), Unit("하세요", 1.3, 1.9)]) == (
        Token("안녕하세요", 1.0, pytest.approx(1.9)),
    )


def test_characters_share_the_time_of_their_unit():
    found = time_words(["天", "気", "。", "で"], [Unit("天気", 1.0, 1.4), Unit("で", 2.0, 2.2)])
    assert [(token.start, token.end, token.confidence) for token in found] == [
        (1.0, pytest.approx(1.2), None),
        (pytest.approx(1.2), pytest.approx(1.4), None),
        (pytest.approx(1.4), pytest.approx(1.42), 0.0),  # a mark is not heard: the pause after it stays a pause
        (2.0, 2.2, None),
    ]


def test_a_word_with_a_time_out_of_order_has_none():
    found = time_words(["a", "b", "c"], build_units(["a", "b", "c"], [0.0, 0.5, 4.0, 0.6, 1.0, 1.5], until=5.0, step=0.08))
    assert [token.start for token in found] == [0.0, None, 1.0]


def test_letters_that_the_units_have_in_another_spelling_cost_their_own_word_alone():
    units = [Unit("キロ", 0.0, 0.4), Unit("ABC", 1.0, 1.3), Unit("zu", 2.0, 2.2)]
    found = time_words(["㌔", "ＡＢＣ", "?ö", "zu"], units)
    assert [(token.text, token.start) for token in found] == [("㌔", 0.0), ("ＡＢＣ", 1.0), ("?ö", None), ("zu", 2.0)]


def test_units_that_cannot_be_said_in_their_time_are_not_found():
    texts = ["do", "you", "understand", "it"]
    assert [unit.start for unit in build_units(texts, [1.0] * 8, until=5.0, step=0.08)] == [1.0, None, None, None]
    apart = [1.0, 1.0, 1.08, 1.16, 1.24, 1.48, 1.6, 1.6]
    assert [unit.start for unit in build_units(texts, apart, until=5.0, step=0.08)] == [1.0, 1.08, 1.24, 1.6]


def test_words_of_one_step_follow_each_other():
    found = time_words(["a", "b", "c"], build_units(["a", "b", "c"], [1.0, 1.0, 1.0, 1.0, 1.08, 1.2], until=5.0, step=0.08))
    assert [(token.start, token.end) for token in found] == [
        (1.0, pytest.approx(1.02)),
        (pytest.approx(1.02), pytest.approx(1.04)),
        (1.08, 1.2),
    ]
