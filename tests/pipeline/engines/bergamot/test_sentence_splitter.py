"""Lines as sentences: joined they give the line again, and marks stay outside what is translated."""

import pytest

from pipeline.engines.bergamot.truecasing import lowered, restored
from pipeline.engines.bergamot.placeholders import hold, translate
from pipeline.engines.bergamot.sentence_splitter import divide, join, printable, split
from pipeline.values.film_context import Term


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Yes. No.", 2),
        ("- Who is it? - Me.", 2),
        ("Mr. Smith met Dr. J. R. Brown.", 1),
        ("It costs 3.50 dollars.", 1),
        ("Well... I don't know.", 2),
        ("Well... maybe not.", 1),
        ('"Stop!" He ran.', 2),
        ("What?! You're mad!", 2),
        ("", 0),
        ("…", 1),
    ],
)
def test_sentences_are_found_and_nothing_is_lost(text, count):
    found = split(text)
    assert len(found) == count
    assert join(part.before + part.core + part.after for part in found) == text


def test_marks_stand_outside_the_core():
    (part,) = split('♪ "I love the sea" ♪')
    assert (part.before, part.core, part.after) == ('♪ "', "I love the sea", '" ♪')


def test_symbols_numbers_and_words_of_absurd_length_are_no_speech():
    assert not any(part.is_speech for text in ("♪ ♪", "1945", "Hmm...", "Uh-huh.", "x" * 200) for part in split(text))


def test_an_opening_quote_goes_where_the_translation_lost_its_end():
    (part,) = split("“I never said that,” she said.")
    assert part.around("Nunca dije eso, dijo.") == "Nunca dije eso, dijo."
    assert part.around("Nunca dije eso”, dijo.") == "“Nunca dije eso”, dijo."


def test_control_characters_become_spaces():
    assert printable("a\0b\u202e\nc") == "a b c"


def test_a_long_sentence_is_divided_at_a_mark():
    assert divide("one two three, four five six") == ("one two three,", "four five six")


def test_shouting_is_lowered_and_given_back():
    assert lowered("I TOLD YOU, GO!", "en") == "I told you, go!"
    assert restored("¡vete!", "GO!") == "¡VETE!"
    assert lowered("FBI", "en") == "FBI"
    assert restored("Bien, ya veo", "well, I see") == "bien, ya veo"


def test_a_lost_name_is_held_by_a_placeholder():
    assert hold("Rosa ligou", ["Rosa"], lambda text: text.replace("Rosa", "Pink")) == "Rosa ligou"
    assert hold("Rosa ligou", ["Rosa"], lambda text: "nothing") == "nothing"


def test_a_term_is_put_in_where_the_name_was_copied_and_where_it_was_lost():
    terms = (Term("Winterfell", "Invernalia"), Term("The Wall", "el Muro"))
    assert translate("Winterfell is far.", terms, lambda text: text) == "Invernalia is far."
    assert translate("The Wall is far.", terms, lambda text: text.replace("The Wall", "La pared")) == "el Muro is far."
