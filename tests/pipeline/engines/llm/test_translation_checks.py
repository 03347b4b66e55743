"""What may pass for a translation."""

from dataclasses import dataclass

import pytest

from pipeline.engines.llm.translation_checks import (
    filter_translations,
    has_words,
    is_believable,
    is_untranslated,
    normalize_text,
    strip_decoration,
)


@dataclass(frozen=True)
class Sent:
    name: str
    text: str
    speaker: str | None = None
    room: int = 60
    fair: int = 60


def lines(*texts: str) -> list[Sent]:
    return [Sent(str(n), text) for n, text in enumerate(texts, 1)]


def heard(originals: tuple[str, ...], *answers: str, target: str = "es") -> dict[str, str]:
    return filter_translations(lines(*originals), {str(n): text for n, text in enumerate(answers, 1)}, source="en", target=target)


def test_texts_come_on_one_line_without_anything_invisible() -> None:
    assert normalize_text(" Hola,\n\tseñor\x00\x1b[2J \u202eamigo\u202c\ufeff\ud800 ") == "Hola, señor [2J amigo"
    assert normalize_text("می\u200cخواهم") == "می\u200cخواهم", "Persian spells with joiners"
    assert normalize_text("e\u0301") == "é"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ('"Hola."', "Hola."),
        ("«Hola.»", "Hola."),
        ("**Hola.**", "Hola."),
        ("S1: Hola.", "Hola."),
        ("s1:  “Hola.”", "Hola."),
        ('"Hola" y "adiós"', '"Hola" y "adiós"'),
        ("'", "'"),
    ],
)
def test_what_models_put_around_a_line_is_taken_off(answer: str, text: str) -> None:
    assert strip_decoration(answer, Sent("1", "Hello.", speaker="S1")) == text


def test_quotes_that_the_original_has_stay() -> None:
    assert strip_decoration('"Vete."', Sent("1", '"Go."')) == '"Vete."'


REFUSALS = (
    "I'm sorry, but I can't assist with that request.",
    "I cannot translate this content.",
    "As an AI language model, I do not have opinions.",
    "Lo siento, no puedo traducir ese contenido.",
    "Unfortunately, I am not able to continue.",
    "对不起，我无法翻译这段内容。",
)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_no_translation(refusal: str) -> None:
    assert not is_believable(refusal, Sent("1", "I'll kill you for this, you rat."), target="es", foreign=True)


@pytest.mark.parametrize(
    ("original", "translation", "target"),
    [
        ("Lo siento, Dave, no puedo hacer eso.", "I'm sorry, Dave, I can't do that.", "en"),
        ("Anteeksi, en voi tulla huomenna.", "I'm sorry, I can't come tomorrow.", "en"),
        ("I'm sorry, I can't help you with that request.", "I'm sorry, but I can't help with that.", "en"),
        ("As an AI, I cannot feel.", "Como IA, as an AI, no puedo sentir.", "es"),
        ("No.", "No.", "es"),
        ("42", "42", "es"),
    ],
)
def test_characters_may_apologise_and_refuse(original: str, translation: str, target: str) -> None:
    assert is_believable(translation, Sent("1", original, fair=len(original)), target=target, foreign=True)


def test_a_text_far_beyond_its_time_is_no_translation() -> None:
    line = Sent("1", "Come in.", room=16, fair=9)
    assert is_believable("Pase usted, por favor, y cierre la puerta.", line, target="es", foreign=True)
    assert not is_believable("Pase usted. " * 10, line, target="es", foreign=True)


@pytest.mark.parametrize("text", ["", "…", "«»", "♪"])
def test_what_says_nothing_is_no_translation(text: str) -> None:
    assert not has_words(text)
    assert not is_believable(text, Sent("1", "Come in."), target="es", foreign=True)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("we should never have come here", True),
        ("WE SHOULD NEVER COME", True),
        ("彼はもう二度と戻らないだろう", True),
        ("No.", False),
        ("John Fitzgerald Kennedy", False),
        ("Anna de Rivera", False),
        ("Rio!", False),
        ("はい", False),
        ("NO WAY", False),
    ],
)
def test_only_longer_texts_count_as_left_untranslated(text: str, same: bool) -> None:
    assert is_untranslated(text, text) is same
    assert not is_untranslated(text + " x", text)


def test_a_dub_into_the_films_own_language_may_keep_its_words() -> None:
    assert filter_translations(
        lines("we should never have come here"), {"1": "we should never have come here"}, source="pt", target="pt-BR"
    )


def test_one_long_text_for_two_different_lines_counts_for_neither() -> None:
    originals = ("He left the house early.", "She never came back to us.", "Yes.", "Yes.")
    assert heard(originals, "Salió temprano de casa.", "Salió temprano de casa.", "Sí.", "Sí.") == {"3": "Sí.", "4": "Sí."}


def test_a_question_that_comes_back_as_its_answer_gives_nothing() -> None:
    originals = ("Yes.", "No!", "What?", "we should never have come here")
    assert heard(originals, *originals) == {}


FILM = (
    "Where is he?", "I saw Anna in 1964 there.", "And then?", "They took 300 dollars from Marlowe.", "All of it?",
    "Every cent, on May 7 or so.", "Fine.", "Ask Rosalind about 88.",
)  # fmt: skip
DUB = (
    "¿Dónde está?", "Vi allí a Anna en 1964.", "¿Y luego?", "Le quitaron 300 dólares a Marlowe.", "¿Todo?",
    "Cada centavo, sobre el 7 de mayo.", "Bien.", "Pregúntale a Rosalind por el 88.",
)  # fmt: skip


def test_answers_at_their_own_place_stay() -> None:
    assert list(heard(FILM, *DUB).values()) == list(DUB)


@pytest.mark.parametrize("moved", [(*DUB[1:], "Fin."), ("Bueno.", *DUB[:-1])])
def test_answers_that_slipped_by_a_line_are_all_asked_again(moved: tuple[str, ...]) -> None:
    assert heard(FILM, *moved) == {}


def test_a_slip_in_the_middle_keeps_what_came_before_it() -> None:
    slipped = (*DUB[:2], "¿Y luego?, le quitaron", *DUB[4:], "Fin.", "Ya.")
    assert set(heard(FILM, *slipped)) <= {"1", "2"}
    assert heard(FILM, *slipped)["2"] == DUB[1]


def test_one_number_that_moves_over_is_word_order_and_no_slip() -> None:
    originals = ("In 1964 we met,", "he and I, in Paris.", "Long ago.")
    assert len(heard(originals, "Nos conocimos él y yo", "en París en 1964.", "Hace mucho.")) == 3
