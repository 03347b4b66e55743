"""Errors of a recognised text, and the division of a window's words among the texts that were spoken in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.word_errors import count_edits, count_text_errors, divide_heard_words, split_words

words = st.lists(st.sampled_from(["casa", "perro", "sol", "mar", "luna"]), max_size=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Dónde ESTÁ?", ("donde", "esta")),
        ("L’hôpital, aujourd'hui…", ("l'hopital", "aujourd'hui")),
        ("vingt-trois", ("vingt", "trois")),
        ("東京です", ("東", "京", "で", "す")),
        ("हिन्दी", split_words("हिन्दी")),
        ("♪ …", ()),
    ],
)
def test_case_punctuation_and_accents_do_not_count(text, expected):
    assert split_words(text) == expected


def test_errors_are_counted_by_word_and_by_character():
    errors = count_text_errors("Nunca pensé que volverías.", "nunca pense que volveras")
    assert (errors.words, errors.word_errors, errors.characters, errors.character_errors) == (4, 1, 22, 1)


def test_a_text_of_which_nothing_was_heard_is_all_errors():
    assert count_text_errors("Buenas noches.", "").character_rate == 1.0


@given(words, words)
def test_edits_are_symmetric_and_bounded(one, other):
    assert count_edits(one, other) == count_edits(other, one)
    assert abs(len(one) - len(other)) <= count_edits(one, other) <= max(len(one), len(other))


@given(st.lists(words, min_size=1, max_size=4))
def test_texts_that_are_heard_as_they_were_spoken_get_their_own_words(texts):
    parts = divide_heard_words(texts, [word for text in texts for word in text])
    assert [list(part) for part in parts] == texts


@given(st.lists(words, min_size=1, max_size=4), words)
def test_no_heard_word_is_lost(texts, heard):
    if any(texts):
        assert [word for part in divide_heard_words(texts, heard) for word in part] == heard


def test_a_sentence_that_was_left_out_does_not_shift_the_others():
    spoken = [split_words(text) for text in ("Sí.", "Minha avó me deu um pote de mel.", "Em Curitiba.")]
    assert divide_heard_words(spoken, split_words("em curitiba")) == ((), (), ("em", "curitiba"))


@pytest.mark.parametrize(
    ("heard", "missing"),
    [
        ("No tengo nada que decirte.", 0),
        ("No tengo nada que", 7),
        ("No tengo", 14),
        ("", 21),
        ("tengo nada que decirte", 0),
        ("No tengo nada que decirle.", 0),
    ],
)
def test_an_end_that_was_not_recognised_is_counted_in_characters(heard, missing):
    assert count_text_errors("No tengo nada que decirte.", heard).missing_end == missing


def test_a_word_that_is_heard_twice_is_a_repetition_unless_it_is_spoken_twice():
    assert count_text_errors("Mi abuela vive aquí.", "Mi abuela abuela vive aquí").repeated_words == 1
    assert count_text_errors("No, no, gracias.", "No no gracias").repeated_words == 0


def test_a_phrase_that_is_heard_twice_is_a_repetition_unless_it_is_spoken_twice():
    assert (
        count_text_errors("Comandante, temos outro problema.", "comandante temos outro temos outro problema").repeated_words == 1
    )
    assert count_text_errors("Lo vi, lo vi ayer.", "lo vi lo vi ayer").repeated_words == 0
