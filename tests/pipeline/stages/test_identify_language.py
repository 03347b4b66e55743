"""Where a film's language is listened for, and what its windows come to together."""

from pathlib import Path

import pytest
from fakes import FakeTranscriber

from pipeline.engines.transcriber_pocketsphinx import PocketsphinxTranscriber
from pipeline.engines.transcriber_whisper import WhisperTranscriber
from pipeline.errors import LanguageError
from pipeline.stages.identify_language import (
    build_unidentified_error,
    choose_identification_windows,
    choose_likeliest_language,
    find_only_language,
    measure_speech_seconds,
)
from pipeline.text.languages import Guess
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span, Turn

SPEECH = Artifact(Path("never-read.wav"), 1, "d")


def turns(*spans: tuple[float, float]) -> tuple[Turn, ...]:
    return tuple(Turn(Span(*span), "S1") for span in spans)


def windows(*spans: tuple[float, float], longest: float = 28.0) -> list[Span]:
    engine = FakeTranscriber(longest_utterance=longest)
    return [window.span for window in choose_identification_windows(SPEECH, turns(*spans), engine)]


def test_each_third_of_the_film_is_listened_to_where_most_is_said():
    dense = [(100.0, 126.0), (1_500.0, 1_527.0), (2_900.0, 2_925.0)]
    sparse = [(float(at), float(at + 2)) for at in range(200, 2_800, 40)]
    assert windows(*sorted([*dense, *sparse])) == [Span(100.0, 128.0), Span(1_500.0, 1_528.0), Span(2_900.0, 2_925.0)]


def test_short_lines_are_heard_together_in_windows_of_many():
    found = windows(*((2.0 * n, 2.0 * n + 1.5) for n in range(60)))
    assert all(measure_speech_seconds(window, turns(*((2.0 * n, 2.0 * n + 1.5) for n in range(60)))) >= 10.0 for window in found)


def test_where_little_is_said_more_windows_are_heard_but_no_moment_twice():
    lines = [(100.0 * n, 100.0 * n + 3.0) for n in range(20)]
    found = windows(*lines)
    assert len(found) == 6
    assert not any(one.overlap(other) for n, one in enumerate(found) for other in found[:n])


def test_windows_are_no_longer_than_the_transcriber_likes_and_end_with_the_speech():
    assert windows((0.0, 40.0), longest=15.0) == [Span(0.0, 15.0), Span(15.0, 30.0), Span(30.0, 40.0)]
    assert windows((3.0, 5.0)) == [Span(3.0, 5.0)]
    assert windows() == []


def test_windows_are_weighed_by_the_speech_in_them():
    short, long = (Guess("en", 0.95), Guess("cy", 0.05)), (Guess("de", 0.8), Guess("nl", 0.2))
    assert choose_likeliest_language([(short, 2.0), (long, 20.0), ((), 30.0)]) == "de"
    assert choose_likeliest_language([(short, 20.0), (long, 2.0)]) == "en"


def test_a_language_without_half_of_the_probability_is_not_taken_and_the_likeliest_are_named():
    with pytest.raises(LanguageError, match=r"it sounds like Norwegian \(45%\) or Danish \(40%\); set source_lang"):
        choose_likeliest_language([((Guess("no", 0.45), Guess("da", 0.4)), 20.0)])
    with pytest.raises(LanguageError, match="it cannot be heard; set source_lang"):
        choose_likeliest_language([((), 0.0)])


def test_a_transcriber_of_one_language_cannot_tell_which_is_spoken():
    assert find_only_language(FakeTranscriber(languages=frozenset({"de"}))) == "de"
    assert find_only_language(FakeTranscriber(languages=frozenset({"de", "en"}))) is None
    assert find_only_language(FakeTranscriber(languages=None)) is None
    assert [find_only_language(engine) for engine in (PocketsphinxTranscriber, WhisperTranscriber)] == ["en", None]


def test_the_refusal_names_the_ways_out():
    sentence = str(build_unidentified_error("film.mkv", "en"))
    assert all(way in sentence for way in ("film.mkv", "source_lang", "tag the audio track", "subtitles", "PROFILE=embedded"))
