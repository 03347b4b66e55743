"""Codes, and where to listen for the language."""

import pytest

from pipeline.engines.whisper.whisper_languages import (
    CODES,
    LANGUAGES,
    average_votes,
    find_busiest_windows,
    to_tag,
    to_whisper_code,
)
from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.timeline import Span


def test_every_language_has_a_code_and_every_code_is_a_language():
    assert len(CODES) == 100
    assert {to_whisper_code(tag) for tag in LANGUAGES} == CODES
    assert {to_tag(code) for code in CODES} <= LANGUAGES
    assert all(languages.base_language(tag) == tag for tag in LANGUAGES)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-GB", "en"), ("eng", "en"), ("pt-BR", "pt"), ("cmn", "zh"), ("zh-HK", "zh"), ("yue", "yue"), ("nb", "no"), ("nn", "nn"),
     ("jv", "jw"), ("fil", "tl"), ("tl", "tl"), ("iw", "he"), ("sr-Latn", "sr"), ("arb", "ar")],
)  # fmt: skip
def test_tags_of_any_kind_come_to_whispers_codes(tag, code):
    assert to_whisper_code(tag) == code


def test_a_language_that_whisper_never_learned_is_a_language_error():
    with pytest.raises(LanguageError, match=r"whisper does not know Irish \(ga\); add subtitles"):
        to_whisper_code("ga")


def test_the_windows_with_most_speech_are_listened_to_most_first():
    speech = [Span(2, 4), Span(31, 55), Span(61, 61.5), Span(95, 105)]
    assert find_busiest_windows(speech, 110.0, count=3) == (Span(30, 60), Span(90, 110), Span(0, 30))
    assert find_busiest_windows(speech, 110.0, count=1) == (Span(30, 60),)
    assert find_busiest_windows([Span(0.5, 3.0)], 4.0, count=3) == (Span(0, 4),)
    assert find_busiest_windows([], 60.0, count=3) == ()
    assert find_busiest_windows([Span(29.5, 30.4)], 60.0, count=3) == ()  # too little on either side
    assert len(find_busiest_windows([Span(0, 600)], 600.0, count=99)) == 20


def test_the_likeliest_language_comes_first_by_its_mean_over_windows():
    assert average_votes([{"en": 0.9, "de": 0.1}, {"en": 0.4, "de": 0.6}]) == (Guess("en", 0.65), Guess("de", 0.35))
    assert average_votes([{"en": 0.995, "jw": 0.005}]) == (Guess("en", 0.995),)  # too unlikely to be named
    assert average_votes([{"jw": 0.5, "de": 0.5}]) == (Guess("de", 0.5), Guess("jv", 0.5))  # a tie has one answer
    assert average_votes([]) == ()
