"""Homophone-tolerant word errors: other spellings of one pronunciation are equal, other phonemes are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.homophones import count_homophone_errors
from pipeline.text.word_errors import count_edits

SOUNDS = {
    "voy": "boi", "boy": "boi", "contigo": "kontigo", "señal": "seɲal", "señala": "seɲala", "ha": "a", "a": "a", "cambiado": "kambiado",
    "anoche": "anotʃe", "noche": "notʃe", "coche": "kotʃe", "estabais": "estabais", "estaba": "estaba", "is": "is",
}  # fmt: skip
words = st.lists(st.sampled_from([*SOUNDS, "unknown"]), max_size=6)


@pytest.mark.parametrize(
    ("spoken", "heard", "errors"),
    [
        ("voy contigo", "boy contigo", 0),
        ("anoche", "a noche", 0),
        ("la señal ha cambiado", "la señala cambiado", 0),
        ("estabais", "estaba is", 0),
        ("anoche", "a coche", 2),
        ("contigo", "noche", 1),
        ("voy", "", 1),
        ("", "voy", 1),
        ("contigo no", "contigo nó", 0),
    ],
)
def test_only_what_is_pronounced_alike_is_equal(spoken, heard, errors):
    assert count_homophone_errors(spoken.split(), heard.split(), SOUNDS) == errors


@given(words, words)
def test_there_are_never_more_errors_than_by_spelling_and_none_without_pronunciations_fewer(spoken, heard):
    by_spelling = count_edits(spoken, heard)
    assert count_homophone_errors(spoken, heard, SOUNDS) <= by_spelling
    assert count_homophone_errors(spoken, spoken, SOUNDS) == 0
    assert count_homophone_errors(spoken, heard, {}) <= by_spelling


@given(words)
def test_a_text_of_which_nothing_is_heard_is_all_errors(spoken):
    assert count_homophone_errors(spoken, [], SOUNDS) == len(spoken)
