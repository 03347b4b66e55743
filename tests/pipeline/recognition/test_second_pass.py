import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from synthetic_speech import RATE, written

from pipeline.recognition.second_pass import (
    SILENCE_S,
    choose_second_pass,
    collect_unrecognized,
    map_to_film,
    place_stretches,
)
from pipeline.values.timeline import Span, Turn, Word


def turns(*given):
    return tuple(Turn(Span(start, end), speaker) for start, end, speaker in given)


def word(start, end, text="word."):
    return Word(Span(start, end), text)


def chosen(known, *words):
    return [(turn.span.start, turn.span.end, turn.speaker) for turn in choose_second_pass(turns(*known), words)]


def test_turns_without_words_are_recognised_again_by_speaker():
    known = [(0.0, 2.0, "B"), (2.0, 4.0, "A"), (5.0, 7.0, "B"), (8.0, 9.0, "A")]
    assert chosen(known, word(8.1, 8.9)) == [(2.0, 4.0, "A"), (0.0, 2.0, "B"), (5.0, 7.0, "B")]


def test_of_a_long_turn_the_sentences_around_the_hole_are():
    said = (word(0.0, 3.0), word(3.0, 4.0, "and"), word(7.0, 9.0, "then."), word(9.1, 12.0))
    assert chosen([(0.0, 12.0, "A")], *said) == [(3.0, 9.1, "A")]


def test_speech_of_two_at_once_is_recognised_once():
    assert chosen([(0.0, 3.0, "A"), (1.0, 4.0, "B")]) == [(0.0, 3.0, "A"), (3.0, 4.0, "B")]


def test_a_turn_that_holds_only_the_beginning_of_the_next_sentence_is_recognised_again():
    said = (word(0.0, 0.4, "Where"), word(0.4, 0.8, "are"), word(1.2, 2.9, "you?"))
    assert chosen([(0.0, 1.0, "A"), (1.0, 3.0, "B")], *said) == [(0.0, 1.0, "A")]


def test_the_joined_file_holds_each_stretch_between_silences(tmp_path):
    tone = np.full(10 * RATE, 0.25, np.float32)
    stretches = place_stretches(turns((0.0, 1.0, "A"), (6.0, 7.0, "A")))
    joined = collect_unrecognized(written(tone, tmp_path / "speech.wav"), stretches, workdir=tmp_path)
    wave, rate = soundfile.read(joined.path)
    assert rate == RATE and len(wave) / RATE == pytest.approx(stretches[-1].joined.end + SILENCE_S, abs=0.01)
    for stretch in stretches:
        first, last = (round(at * RATE) for at in (stretch.joined.start, stretch.joined.end))
        assert np.abs(wave[first + RATE // 20 : last - RATE // 20]).min() > 0.2
        assert not wave[last + 10 : last + RATE].any()


def test_a_word_over_two_stretches_belongs_to_the_later():
    stretches = place_stretches(turns((2.0, 3.0, "A"), (6.0, 7.0, "A")))
    late = word(stretches[0].joined.end - 0.1, stretches[1].joined.start + 0.5)
    first, second = map_to_film([late], stretches)
    assert first.words == () and len(second.words) == 1
    assert (second.words[0].span.start, second.words[0].span.end) == (6.0, pytest.approx(6.4))


@given(
    st.lists(st.tuples(st.floats(0.0, 2.0), st.floats(0.1, 5.0), st.sampled_from("AB")), min_size=1, max_size=10),
    st.lists(st.tuples(st.floats(0.0, 40.0), st.floats(0.02, 2.0)), max_size=20),
)
def test_no_word_lies_outside_its_stretch_and_none_comes_twice(steps, heard):
    known, at = [], 0.0
    for gap, seconds, speaker in steps:
        known.append((at + gap, at + gap + seconds, speaker))
        at = known[-1][1]
    stretches = place_stretches(turns(*known))
    words = [word(start, start + seconds, f"w{n}") for n, (start, seconds) in enumerate(heard)]
    found = map_to_film(words, stretches)
    texts = [each.text for stretch in found for each in stretch.words]
    assert len(texts) == len(set(texts))
    for stretch in found:
        assert all(stretch.span.start <= each.span.start and each.span.end <= stretch.span.end for each in stretch.words)
