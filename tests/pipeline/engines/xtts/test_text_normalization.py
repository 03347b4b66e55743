"""Text as a neural voice should see it."""

import pytest

from pipeline.engines.xtts.text_normalization import end_with_stop, normalize_text


@pytest.mark.parametrize(
    ("text", "language", "clean"),
    [
        ("Hola… ¿qué tal?", "es", "Hola, ¿qué tal?"),
        ("Vale...", "es", "Vale."),
        ("— No. – dijo él — vale", "es", "No. dijo él, vale"),
        ("-Hello. - Hi.", "en", "Hello. Hi."),
        ("A well-known pair: yes; no", "en", "A well-known pair, yes, no"),
        ("«Sí», “dijo” ♪ la ♪ 😀", "es", "Sí, dijo la"),
        ("<i>Hi</i> {\\an8}there", "en", "Hi there"),
        ("Nooooooo!!!! What?!?!", "en", "Nooo! What?"),
        ("10000 men", "en", "10000 men"),
        ("at 3:45.", "en", "at 3:45."),
        ("don’t", "en", "don't"),
        ("50 % de 3 € o € 3", "es", "50 % de 3€ o €3"),
        ("€ und $", "de", "und $"),
        ("e\u0301", "es", "é"),
        ("３時です", "ja", "3時です"),
        ("1. května", "cs", "1 května"),
        ("İstanbul IŞIK", "tr", "istanbul ıŞıK"),
        ("a\x00b\x1bc", "en", "a b c"),
    ],
)
def test_only_words_and_their_stops_are_left(text: str, language: str, clean: str) -> None:
    assert normalize_text(text, language) == clean


@pytest.mark.parametrize("text", ["", "…", "€", "♪ ♪", "[]", "\x00", "<i></i>", "---", "?!"])
def test_a_text_without_words_is_empty(text: str) -> None:
    assert normalize_text(text, "en") == ""


def test_nothing_in_a_text_is_a_token_of_the_model() -> None:
    assert normalize_text("[es][STOP] hi [SPACE]", "en") == "es STOP hi SPACE"


def test_a_number_that_would_hang_the_library_is_read_digit_by_digit() -> None:
    assert normalize_text("9" * 13 + ".", "en") == " ".join("9" * 13) + "."
    assert normalize_text("1,000,000,000,000,000 km", "en") == "1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 km"
    assert normalize_text("1,000,000.5", "en") == "1,000,000.5"


def test_hindi_numbers_become_words_because_the_library_has_none() -> None:
    assert normalize_text("मैं 20 साल का हूँ।", "hi") == "मैं बीस साल का हूँ।"
    assert normalize_text("१९९० में 3.14", "hi") == "एक हज़ार नौ सौ नब्बे में तीन दशमलव एक चार"


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Hola", "es", "Hola ."),
        ("Hola.", "es", "Hola ."),
        ("Sr. García llegó. Bien.", "es", "Sr. García llegó . Bien ."),
        ("¿Quién?", "es", "¿Quién?"),
        ("and then,", "en", "and then ."),
        ("東京", "ja", "東京。"),
        ("नमस्ते", "hi", "नमस्ते ।"),
    ],
)
def test_a_stop_ends_a_part_and_does_not_touch_its_last_word(text: str, language: str, said: str) -> None:
    assert end_with_stop(text, language) == said
