"""Lines as sentences: joined they give the line again, and marks stay outside what is translated."""

import pytest

from pipeline.engines.bergamot.placeholders import find_names, translate_with_names, translate_with_terms
from pipeline.engines.bergamot.sentence_splitter import halve_sentence, join_sentences, split_sentences, strip_controls
from pipeline.engines.bergamot.truecasing import lower_shouting, restore_case
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
    found = split_sentences(text)
    assert len(found) == count
    assert join_sentences(part.before + part.core + part.after for part in found) == text


def test_marks_stand_outside_the_core():
    (part,) = split_sentences('♪ "I love the sea" ♪')
    assert (part.before, part.core, part.after) == ('♪ "', "I love the sea", '" ♪')


def test_symbols_numbers_and_words_of_absurd_length_are_no_speech():
    assert not any(part.is_speech for text in ("♪ ♪", "1945", "Hmm...", "Uh-huh.", "x" * 200) for part in split_sentences(text))


def test_an_opening_quote_goes_where_the_translation_lost_its_end():
    (part,) = split_sentences("“I never said that,” she said.")
    assert part.wrap("Nunca dije eso, dijo.") == "Nunca dije eso, dijo."
    assert part.wrap("Nunca dije eso”, dijo.") == "“Nunca dije eso”, dijo."


def test_control_characters_become_spaces():
    assert strip_controls("a\0b\u202e\nc") == "a b c"


def test_a_long_sentence_is_divided_at_a_mark():
    assert halve_sentence("one two three, four five six") == ("one two three,", "four five six")


def test_shouting_is_lowered_and_given_back():
    assert lower_shouting("I TOLD YOU, GO!", "en", is_shouted=True) == "I told you, go!"
    assert restore_case("¡vete!", "GO!", is_shouted=True) == "¡VETE!"
    assert lower_shouting("FBI", "en", is_shouted=False) == "FBI"
    assert restore_case("Bien, ya veo", "well, I see", is_shouted=False) == "bien, ya veo"


@pytest.mark.parametrize(
    ("text", "shouted"),
    [
        ("I KNOW.", [True]),
        ("GO!", [True]),
        ("WHERE ARE YOU? NO.", [True, True]),
        ("FBI.", [False]),
        ("U.S.A.", [False]),
        ("OK. I know.", [False, False]),
        ("STOP IT! I said no.", [True, False]),
    ],
)
def test_a_sentence_is_shouted_by_itself_or_in_its_line(text, shouted):
    assert [sentence.is_shouted for sentence in split_sentences(text)] == shouted


@pytest.mark.parametrize(
    ("text", "accented"),
    [("Zoë's here, with Chloë.", ("Zoë", "Chloë")), ("ZOË!", ("ZOË",)), ("A café. Martha?", ())],
)
def test_names_with_letters_that_english_lacks_are_found_wherever_they_stand(text, accented):
    assert find_names(text, "en").accented == accented
    assert find_names(text, "pt").accented == ()


def test_a_lost_name_is_held_by_a_placeholder():
    assert translate_with_names("Rosa ligou", ["Rosa"], lambda text: text.replace("Rosa", "Pink")) == "Rosa ligou"
    assert translate_with_names("Rosa ligou", ["Rosa"], lambda text: "nothing") == "nothing"


def test_a_term_is_put_in_where_the_name_was_copied_and_where_it_was_lost():
    terms = (Term("Winterfell", "Invernalia"), Term("The Wall", "el Muro"))
    assert translate_with_terms("Winterfell is far.", terms, lambda text: text) == "Invernalia is far."
    assert translate_with_terms("The Wall is far.", terms, lambda text: text.replace("The Wall", "La pared")) == "el Muro is far."
