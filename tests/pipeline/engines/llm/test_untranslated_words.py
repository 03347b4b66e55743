"""Words of the original that a translation left standing."""

import pytest

from pipeline.engines.llm.untranslated_words import find_untranslated_words


@pytest.mark.parametrize(
    ("text", "original", "found"),
    [
        ("¿Hay alguien home?", "Anyone home?", ("home",)),
        ("Get down!", "Get down!", ("down",)),
        ("Él won't venir", "He won’t come", ("won't",)),
        ("Dijo: nothing importante.", "He said nothing important.", ("nothing",)),
    ],
)
def test_english_that_stayed_is_found(text: str, original: str, found: tuple[str, ...]) -> None:
    assert find_untranslated_words(text, original, source="en", target="es") == found


@pytest.mark.parametrize(
    ("text", "original", "target"),
    [
        ("Mr. White vive en Baker Street.", "Mr. White lives on Baker Street.", "es"),  # names
        ("El piano es normal.", "The piano is normal.", "es"),  # words of both
        ("Él come a las seis.", "Come at six.", "es"),  # capitals in the original
        ("El gato come pan.", "They come to eat bread.", "es"),  # Spanish in its own right
        ("Die Hand!", "The hand will die!", "de"),
        ("Leyó The Times.", "He read The Times.", "es"),
        ("¡Bájate!", "Get down!", "es"),
    ],
)
def test_names_and_words_of_both_languages_are_no_leftovers(text: str, original: str, target: str) -> None:
    assert find_untranslated_words(text, original, source="en", target=target) == ()


def test_a_settled_term_may_stay() -> None:
    assert find_untranslated_words("Pide room service.", "Order room service.", source="en", target="es") == ("room",)
    assert (
        find_untranslated_words("Pide room service.", "Order room service.", source="en", target="es", kept=("room service",))
        == ()
    )


def test_a_long_run_of_any_language_is_found_and_close_languages_are_left_alone() -> None:
    said = "Ich weiß nicht, was soll es bedeuten."
    assert find_untranslated_words("Bueno: weiß nicht, was soll es.", said, source="de", target="es")
    assert find_untranslated_words("No lo sé.", said, source="de", target="es") == ()
    assert (
        find_untranslated_words("não quero falar contigo agora", "no quero falar contigo agora", source="es", target="pt") == ()
    )
    assert find_untranslated_words("Get down!", "Get down!", source="en", target="en-GB") == ()
