"""Where words come to lie, and what of a prompt is told."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.whisper.whisper_words import (
    MAX_PROMPT_TOKENS,
    Token,
    clean_text,
    join_clauses,
    match_tokens,
    place_words,
    split_tokens,
    truncate_prompt,
)
from pipeline.values.timeline import Span, Word

times = st.none() | st.floats(-5.0, 40.0)
tokens = st.builds(Token, st.text("abcé", min_size=1, max_size=12), times, times, st.none() | st.floats(0.0, 1.0))


@given(st.lists(tokens, max_size=60), st.floats(0.0, 20_000.0), st.floats(0.05, 30.0))
def test_words_are_in_order_inside_their_span_and_none_is_empty_whatever_the_aligner_says(given_tokens, start, seconds):
    span = Span(start, start + seconds)
    words = place_words([token.shift(start) for token in given_tokens], span)
    assert [(word.text, word.confidence) for word in words] == [(token.text, token.confidence) for token in given_tokens]
    assert all(span.start <= word.span.start < word.span.end <= span.end for word in words)
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))


def test_times_that_make_sense_are_kept_to_the_last_digit():
    said = (Token("I", 10.25, 10.5, 0.9), Token("see.", 10.5, 11.0, 0.8))
    assert place_words(said, Span(10.0, 12.0)) == (Word(Span(10.25, 10.5), "I", 0.9), Word(Span(10.5, 11.0), "see.", 0.8))


def test_words_without_a_time_share_the_room_between_their_neighbours_by_length():
    said = (Token("At"), Token("10"), Token("o'clock", 4.0, 5.0, 0.5), Token("sharp"))
    assert [(word.span.start, word.span.end) for word in place_words(said, Span(0.0, 6.0))] == [(0, 2), (2, 4), (4, 5), (5, 6)]


def test_a_time_that_runs_backwards_is_no_time():
    said = (Token("so", 1.0, 2.0), Token("he", 0.5, 0.9), Token("went", 9.0, 9.5), Token("off", 5.0, 6.0))
    spans = [(word.span.start, word.span.end) for word in place_words(said, Span(0.0, 10.0))]
    assert spans == [(1.0, 2.0), (2.0, 9.0), (9.0, 9.5), (9.5, 10.0)]


def test_without_any_time_words_share_the_segment_by_length():
    words = place_words(split_tokens("a bcd", spaced=True), Span(1.0, 2.0))
    assert words == (Word(Span(1.0, 1.25), "a"), Word(Span(1.25, 2.0), "bcd"))


def test_a_word_a_hair_beyond_the_end_keeps_its_time():
    (word,) = place_words([Token("end", 1.0, 2.0004, 0.7)], Span(0.0, 2.0))
    assert word == Word(Span(1.0, 2.0), "end", 0.7)


def test_neighbours_make_way_for_a_word_that_nobody_left_room():
    first, between, last = place_words([Token("so", 0.0, 1.0), Token("1"), Token("go", 1.0, 2.0)], Span(0.0, 2.0))
    assert first.span.end == between.span.start < between.span.end <= last.span.start < last.span.end <= 2.0


def test_a_word_that_was_taken_apart_is_whole_again():
    tokens = split_tokens("What?! You there?!?", spaced=True)
    found = (
        Token("What?!", 0.0, 1.0, 0.5),
        Token("!", 1.0, 1.2),
        Token("You", 2.0, 2.5),
        Token("there?!", 3.0, 4.0),
        Token("!?"),
    )
    assert match_tokens(tokens, found) == (Token("What?!", 0.0, 1.2, 0.5), Token("You", 2.0, 2.5), Token("there?!?", 3.0, 4.0))


@pytest.mark.parametrize("found", [[], ["What?!"], ["You", "there"], ["What?!", "They", "there?!?"]])
def test_times_of_another_text_are_nobodys(found):
    tokens = split_tokens("What?! You there?!?", spaced=True)
    assert match_tokens(tokens, [Token(text, 0.0, 1.0) for text in found]) is None


def characters(text, *, gap_after=None, gap=0.0):
    words, at = [], 0.0
    for n, character in enumerate(text):
        words.append(Word(Span(at, at + 0.25), character, 0.5))
        at += 0.25 + (gap if n == gap_after else 0.0)
    return words


def test_characters_are_joined_up_to_a_stop_a_pause_or_five_seconds():
    assert [word.text for word in join_clauses(characters("你好，世界。再见"))] == ["你好，", "世界。", "再见"]
    assert [word.text for word in join_clauses(characters("你好世界", gap_after=1, gap=0.4))] == ["你好", "世界"]
    assert [word.text for word in join_clauses(characters("真的吗？！好"))] == ["真的吗？！", "好"]
    assert [len(word.text) for word in join_clauses(characters("字" * 60))] == [20, 20, 20]
    clause = join_clauses(characters("你好"))[0]
    assert (clause.span, clause.confidence) == (Span(0.0, 0.5), 0.5)


def test_text_is_split_into_words_or_characters():
    assert [token.text for token in split_tokens(" Hello,  you ", spaced=True)] == ["Hello,", "you"]
    assert [token.text for token in split_tokens("你 好", spaced=False)] == ["你", "好"]


def test_broken_bytes_and_control_characters_are_cleaned_away():
    assert clean_text(" Hel\x00lo\ufffd \n\tthere\u200b ") == "Hel lo there"
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"


def bytes_in(text):
    return len(text.encode())


def test_a_prompt_that_fits_is_told_whole_and_a_long_one_from_its_beginning_up_to_a_whole_word():
    assert truncate_prompt("Frodo, Sam", bytes_in) == "Frodo, Sam"
    names = ", ".join(f"Name{n:03}" for n in range(100))
    told = truncate_prompt(names, bytes_in)
    assert names.startswith(told) and told.endswith("Name023")  # 24 times 9 bytes
    assert truncate_prompt("x" * 1000, bytes_in) == ""
    assert truncate_prompt("", bytes_in) == ""


@pytest.mark.parametrize("command", ["<|endoftext|>", "<<||startoftranscript||>>", "<|fr|> Bonjour"])
def test_no_prompt_commands_the_decoder(command):
    assert "|" not in truncate_prompt(command, bytes_in)


@given(st.text(max_size=400))
def test_no_prompt_is_longer_than_allowed(prompt):
    assert bytes_in(" " + truncate_prompt(prompt, bytes_in)) <= max(1, MAX_PROMPT_TOKENS)
