import itertools
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeTranscriber
from hypothesis import given
from hypothesis import strategies as st
from synthetic_speech import RATE, written

from pipeline.engines.protocols import Utterance
from pipeline.stages.transcribe import cut_utterances, transcribe
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span, Turn

SPEECH = Artifact(Path("never-read.wav"), 1, "d")


def spans(*turns, longest=15.0, speech=SPEECH, across_speakers=False):
    engine = FakeTranscriber(longest_utterance=longest, across_speakers=across_speakers)
    return [
        (found.span.start, found.span.end)
        for found in cut_utterances(speech, tuple(Turn(Span(start, end), speaker) for start, end, speaker in turns), engine)
    ]


def test_short_pauses_of_one_speaker_stay_inside_an_utterance():
    assert spans((0.0, 2.0, "S1"), (2.9, 4.0, "S1"), (5.0, 6.0, "S1")) == [(0.0, 4.0), (5.0, 6.0)]


def test_two_speakers_never_share_an_utterance():
    turns = ((0.0, 2.0, "S1"), (2.1, 3.0, "S2"), (3.1, 4.0, "S1"))
    assert spans(*turns) == [(0.0, 2.0), (2.1, 3.0), (3.1, 4.0)]


def test_an_utterance_grows_no_longer_than_the_engine_likes():
    assert spans((0.0, 8.0, "S1"), (8.5, 14.0, "S1"), (14.5, 17.0, "S1")) == [(0.0, 14.0), (14.5, 17.0)]


def test_a_long_turn_is_cut_where_it_is_quiet(tmp_path):
    noise = np.random.default_rng(0).standard_normal(40 * RATE).astype(np.float32) * np.float32(0.1)
    noise[round(11.9 * RATE) : round(12.1 * RATE)] = 0.0
    found = spans((0.0, 20.0, "S1"), speech=written(noise, tmp_path / "long.wav"))
    assert found[0] == (0.0, pytest.approx(12.0, abs=0.1))
    assert found[1] == (found[0][1], 20.0)


def test_an_engine_that_does_not_mind_who_speaks_gets_windows_cut_where_nobody_does():
    turns = ((0.0, 2.0, "S1"), (5.0, 9.0, "S2"), (9.5, 14.0, "S1"), (14.5, 17.0, "S2"))
    assert spans(*turns, across_speakers=True) == [(0.0, 14.0), (14.5, 17.0)]


def test_windows_never_hear_a_moment_twice():
    turns = ((0.0, 10.0, "S1"), (9.0, 16.0, "S2"), (15.0, 15.5, "S1"), (17.0, 20.0, "S1"))
    assert spans(*turns, across_speakers=True) == [(0.0, 10.0), (10.0, 20.0)]


def test_no_turns_give_nothing_to_recognise():
    assert spans() == []


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.1, 5.0), st.sampled_from("AB")), max_size=20))
def test_every_turn_is_heard_once_by_itself(steps):
    turns, at = [], 0.0
    for gap, seconds, speaker in steps:
        turns.append(Turn(Span(at + gap, at + gap + seconds), speaker))
        at = turns[-1].span.end
    found = cut_utterances(SPEECH, tuple(turns), FakeTranscriber(longest_utterance=6.0))
    assert all(one.span.end <= other.span.start for one, other in itertools.pairwise(found))
    assert all(each.span.duration <= 6.0 for each in found)
    for turn in turns:
        (home,) = [each for each in found if each.span.overlap(turn.span) > 1e-9]
        assert home.span.start <= turn.span.start and turn.span.end <= home.span.end


def test_the_stage_asks_the_engine():
    engine = FakeTranscriber()
    utterance = Utterance(SPEECH, Span(3.0, 5.0))
    assert [word.span.start for word in transcribe(utterance, engine, language="en")] == [3.0, 4.0]
    assert engine.calls == [utterance]
