"""A name that is recognised as it sounds is no error; one that is missing is."""

import pytest

from pipeline.values.pronunciation import Pronunciation
from pipeline.verification.judgement import judge_take
from pipeline.verification.pronounced_terms import spell_terms_as_heard

IPA = Pronunciation("Siobhan", "ʃiˈβon")
RESPELT = Pronunciation("Siobhan", respelling="Chivón")


def errors(spoken: str, heard: str, *pronunciations: Pronunciation) -> int:
    return judge_take(spell_terms_as_heard(spoken, heard, pronunciations, "es"), heard, "es").errors.word_errors


@pytest.mark.parametrize("known", [IPA, RESPELT])
@pytest.mark.parametrize("heard", ["Hola chivón, ven aquí", "Hola Siobhan, ven aquí", "hola Shibon ven aquí"])
def test_a_term_may_be_heard_in_any_spelling(known: Pronunciation, heard: str) -> None:
    assert errors("Hola, Siobhan, ven aquí.", heard, known) == 0
    assert "Siobhan" in heard or errors("Hola, Siobhan, ven aquí.", heard) == 1


def test_what_is_not_the_term_counts_as_ever() -> None:
    assert errors("Hola, Siobhan, ven aquí.", "Hola chivón, ven", IPA) == 1
    assert errors("Hola, Siobhan, ven aquí.", "Hola, ven aquí", IPA) == 1, "a term that was not spoken"
    assert errors("Hola, Siobhan, ven aquí.", "aro tuvi neso", IPA) >= 3


def test_a_line_without_terms_is_left_alone() -> None:
    assert spell_terms_as_heard("Hola  amigo", "ola", (IPA,), "es") == "Hola  amigo"
