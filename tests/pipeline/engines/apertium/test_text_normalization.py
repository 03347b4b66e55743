"""What a rule-based translator is given, and what is made of its answer."""

import pytest

from pipeline.engines.apertium.text_normalization import normalize_source, restore_target


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("i will see you. am i late?", "I will see you. am I late?"),
        ("Don’t stop!", "Don't stop!"),
        ("what's that?", "what is that?"),
        ("i've seen John's hat", "I have seen John's hat."),
        ("LOOK OUT! HE IS HERE!", "Look out! He is here!"),
        ("A", "A."),
        ("NASA", "NASA."),
    ],
)
def test_english_is_made_regular(text: str, clean: str) -> None:
    assert normalize_source(text, "en") == clean


@pytest.mark.parametrize(
    ("answer", "original", "result"),
    [
        ("Hola, cómo estás?", "Hello, how are you?", "Hola, ¿cómo estás?"),
        ("Qué? No!  Puedo no.", "What? No! I can't.", "¿Qué? ¡No! Puedo no."),
        ('Dijo: "Eres allí?"', 'He said: "Are you there?"', 'Dijo: "¿Eres allí?"'),
        ("- Vienes?", "- Are you coming?", "- ¿Vienes?"),
        ("Son 3.5 km?", "Is it 3.5 km?", "¿Son 3.5 km?"),
        ("...?", "...?", "...?"),
        ("Son las 3.5 km.", "They are 3.5 km.", "Son las 3.5 km."),
        ("Cuidado!", "LOOK OUT!", "¡CUIDADO!"),
        ("El *xyz es , aquí .", "The xyz is here.", "El xyz es, aquí."),
        ("hola.", "hello", "hola"),
        ("hola.", "Hello.", "Hola."),
    ],
)
def test_spanish_answers_get_their_marks_and_the_case_of_the_original(answer: str, original: str, result: str) -> None:
    assert restore_target(answer, original, "es") == result


def test_endless_text_is_no_trap() -> None:
    for text in ("x" * 5_000, "a: " * 1_600, "a, " * 1_600 + "?", "? " * 2_500):
        assert restore_target(normalize_source(text, "en"), text, "es").replace("¿", "").startswith(text[:2].strip())


def test_other_languages_get_no_inverted_marks() -> None:
    assert restore_target("Com estàs?", "How are you?", "ca") == "Com estàs?"
