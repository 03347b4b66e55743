"""Hallucination filter: the text that is kept, and the reasons for which text is removed."""

import logging
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.whisper.hallucination_filter import (
    DecodedSegment,
    find_rejection_reason,
    is_prompt_echo,
    measure_peak_level,
    remove_hallucinated_words,
    remove_hallucinations,
)
from pipeline.engines.whisper.text_loops import compute_compression_ratio
from pipeline.values.timeline import Span, Word

SAID = "I told you not to open that door before the others are back from the village."
LYRICS = "Happy birthday to you, happy birthday to you, happy birthday dear Laura, happy birthday to you."


def heard(text=SAID, start=0.0, seconds=5.0, *, logprob=-0.2, level=-20.0):
    return DecodedSegment(Span(start, start + seconds), text, logprob, level)


def texts(segments):
    return [segment.text for segment in segments]


def test_dialogue_stays_as_it_is():
    scene = (heard("Stop!", 0, 0.4), heard(SAID, 1), heard("No, no, no! Please.", 7, 1.5), heard("Thanks for watching.", 9, 2))
    assert remove_hallucinations(scene) == scene


@pytest.mark.parametrize(
    ("segment", "why"),
    [
        (heard(level=-math.inf), "silence"),
        (heard(level=-71.0), "silence"),
        (heard("…"), "no words"),
        (heard(SAID, seconds=0.5), "faster than anybody speaks"),
        (heard(" ".join(f"{n} tigers and {n} lions came," for n in range(60, 84)), seconds=30), "a loop"),
        (heard("Subtitles by the Amara.org community", logprob=-1.2), "credits that nobody says"),
        (heard("Thanks for watching!", logprob=-1.1), "credits that nobody says"),
    ],
)
def test_what_nobody_said_is_left_out_and_its_reason_logged(segment, why, caplog):
    with caplog.at_level(logging.INFO):
        assert remove_hallucinations([segment]) == ()
    assert f"left out ({why})" in caplog.text


def test_credits_under_music_are_left_out_and_thanks_at_the_top_of_ones_voice_stay():
    loud, faint = heard("Thank you for watching.", 9, level=-22.0), heard("Thank you for watching.", 30, level=-58.0)
    assert remove_hallucinations([heard(), loud]) == (heard(), loud)
    assert remove_hallucinations([heard(), faint]) == (heard(),)


def test_a_whisper_stays_where_the_decoder_is_sure_of_it():
    whispered = heard("Don't move.", 9, level=-52.0)
    assert remove_hallucinations([heard(), whispered]) == (heard(), whispered)
    assert remove_hallucinations([heard(), replace(whispered, logprob=-1.3)]) == (heard(),)


@given(st.text(max_size=300))
def test_no_text_breaks_a_guard(text):
    segment = heard(text)
    for spaced in (True, False):
        assert len(remove_hallucinations([segment], prompt=text, spaced=spaced)) <= 1
    assert compute_compression_ratio(text) >= 0.0


def test_one_text_over_three_segments_is_kept_once_and_over_two_twice():
    you = [heard("Thank you.", start) for start in (0, 30, 60)]
    assert remove_hallucinations(
        [heard(start=90), *[replace(each, span=Span(each.span.start + 100, each.span.end + 100)) for each in you]]
    )[1:] == (replace(you[0], span=Span(100, 105)),)
    assert remove_hallucinations(you[:2]) == tuple(you[:2])
    assert texts(remove_hallucinations([you[0], heard(start=10), you[1], heard(start=40), you[2]])).count("Thank you.") == 3


def test_the_prompt_is_not_taken_for_dialogue():
    prompt = "Frodo, Samwise, Meriadoc, Peregrin, Gandalf, Rivendell"
    assert is_prompt_echo("Samwise, Meriadoc, Peregrin, Gandalf, Rivendell.", prompt)
    assert not is_prompt_echo("Samwise, Meriadoc, Peregrin!", prompt)
    assert not is_prompt_echo("Frodo and Samwise and Meriadoc and Peregrin", prompt)
    assert (
        find_rejection_reason(heard("Frodo, Samwise, Meriadoc, Peregrin, Gandalf"), quiet=False, prompt=prompt)
        == "an echo of the prompt"
    )


def test_a_level_is_that_of_the_loudest_tenth_of_a_second():
    wave = np.zeros(32_000, np.float32)
    assert measure_peak_level(wave) == -math.inf
    assert measure_peak_level(wave[:0]) == -math.inf
    wave[8_000:9_600] = 0.1
    assert measure_peak_level(wave) == pytest.approx(-20.0, abs=0.01)
    assert measure_peak_level(wave[8_000:8_400]) == pytest.approx(-26.02, abs=0.1)  # a piece counts over the whole tenth


def test_text_over_silence_is_left_out_where_the_decoder_doubts_that_anybody_speaks():
    you = DecodedSegment(Span(0.0, 30.0), "You", -0.8, -40.0, no_speech=0.77)  # as Whisper base answers silence
    assert remove_hallucinations([you]) == ()
    assert remove_hallucinations([replace(you, no_speech=0.5)]) and remove_hallucinations([replace(you, logprob=-0.4)])


def words_of(text, start=0.0, confidence=0.9):
    return tuple(Word(Span(start + n, start + n + 0.9), word, confidence) for n, word in enumerate(text.split()))


def kept(words, *, logprob=-0.2, no_speech=0.0, quiet=frozenset(), prompt=""):
    window = DecodedSegment(Span(0.0, 28.0), " ".join(word.text for word in words), logprob, -20.0, no_speech)
    said = remove_hallucinated_words(
        words, window, level_of=lambda span: -60.0 if span.start in quiet else -20.0, prompt=prompt, spaced=True, engine="whisper"
    )
    return " ".join(word.text for word in said)


def test_of_the_words_of_a_window_loops_are_cut_and_the_others_keep_their_times():
    assert kept(words_of("And no no no no no more.")) == "And no no no more."
    assert kept(words_of(SAID)) == SAID


def test_a_sentence_that_was_hardly_said_goes_and_its_neighbours_stay(caplog):
    thanks = words_of("Thank you for watching.", start=20.0)
    assert kept((*words_of(SAID), *thanks), quiet={20.0}) == SAID
    assert kept((*words_of(SAID), *thanks)) == f"{SAID} Thank you for watching."
    with caplog.at_level(logging.INFO):
        assert kept((*words_of(SAID), *words_of("Thank you for watching.", start=20.0, confidence=0.2))) == SAID
    assert "engine=whisper" in caplog.text


def test_a_window_in_which_nobody_speaks_or_that_echoes_its_prompt_has_no_words():
    assert kept(words_of(SAID), no_speech=0.7, logprob=-0.6) == ""
    assert kept(words_of("Tom Jerry Anna Ben Carl"), prompt="Tom, Jerry, Anna, Ben, Carl") == ""
