"""Words of an aligner's answer."""

from pipeline.engines.alignment.aligned_words import place_tokens, split_words
from pipeline.engines.whisper.whisper_words import Token
from pipeline.values.timeline import Span


def test_a_text_is_split_at_spaces_and_in_chinese_into_characters():
    assert split_words("Ask not,  what", language="en-GB") == ("Ask", "not,", "what")
    assert split_words("你好 吗", language="zh-Hant") == ("你", "好", "吗")
    assert split_words("Ji heye", language="kmr") == ("Ji", "heye")  # which Whisper does not know


def test_a_word_without_a_time_is_placed_between_its_neighbours_and_has_no_confidence():
    found = place_tokens([Token("a", 1.0, 1.5, 0.9), Token("b"), Token("c", 2.0, 2.5, 0.8)], Span(1.0, 3.0))
    assert [(word.text, word.span, word.confidence) for word in found] == [
        ("a", Span(1.0, 1.5), 0.9),
        ("b", Span(1.5, 2.0), 0.0),
        ("c", Span(2.0, 2.5), 0.8),
    ]


def test_tokens_without_any_time_are_no_answer():
    assert place_tokens([Token("a"), Token("b")], Span(1.0, 3.0)) == ()
    assert place_tokens([], Span(1.0, 3.0)) == ()
