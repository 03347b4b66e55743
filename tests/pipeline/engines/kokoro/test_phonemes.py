"""Kokoro's symbols: what stands between the words stays, and every sound is one that the model knows."""

import shutil

import pytest

from pipeline.engines.kokoro.phonemes import split_at_marks, to_phonemes, to_symbols
from pipeline.errors import EngineError

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def pieces(text: str) -> list[str]:
    return [piece.text for piece in split_at_marks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hola, amigo.", ["Hola", ", ", "amigo", "."]),
        ("Es 1.234,5 o 10:30?", ["Es 1.234,5 o 10:30", "?"]),
        ("Mr. Smith left... Why?", ["Mr Smith left", "… ", "Why", "?"]),
        ("No - dijo - nunca", ["No", " — ", "dijo", " — ", "nunca"]),
        ("el día-a-día", ["el día-a-día"]),
        (", ... ya", ["ya"]),
        ("“Sí”, dijo.", ["“", "Sí", "”", ", ", "dijo", "."]),
    ],
)
def test_a_text_is_cut_at_its_marks_and_nowhere_else(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(
    ("ipa", "accent", "expected"),
    [
        ("mˈu^ɪ", "es", "mˈuɪ"),
        ("t^ʃˈe^ɪ", "es", "ʧˈA"),
        ("(^e^n)jˈɛs(^f^r)", "fr-fr", "jˈɛs"),
        ("(en)jˈɛs(fr) nɔ̃", "fr-fr", "jˈɛs nɔ̃"),
        ("nˈo^ʊ", "en-us", "nˈO"),
        ("nˈə^ʊ", "en-gb", "nˈQ"),
        ("wˈɜːɹd", "en-us", "wˈɜɹd"),
        ("fˈe^ə", "en-gb", "fˈɛː"),
        ("lˈɪɾə^l", "en-us", "lˈɪTᵊl"),
    ],
)
def test_sounds_get_the_symbols_that_the_model_was_trained_on(ipa: str, accent: str, expected: str) -> None:
    assert to_symbols(ipa, accent) == expected


@needs_espeak
def test_marks_stay_where_they_stand_and_spanish_opening_ones_go() -> None:
    assert to_phonemes("¿Qué? ¡Sí, «claro»!", "es") == "kˈe? sˈi, “klˈaɾo”!"


@needs_espeak
@pytest.mark.parametrize("text", ["Hola [[h@l'o]] amigo", "-w /tmp/x hola", "Hola \x01600S amigo"])
def test_nothing_in_a_text_is_a_command(text: str) -> None:
    assert 3 < len(to_phonemes(text, "es")) < 60


@needs_espeak
def test_many_pieces_in_one_run_sound_like_each_alone() -> None:
    words = ["uno", "dos, tres", "una casa grande"]
    together = to_phonemes(". ".join(words), "es")
    assert together == ". ".join(to_phonemes(word, "es") for word in words)


@pytest.mark.parametrize("text", ["", "…", "♪ ♪", "[]"])
def test_a_text_without_words_is_an_engine_error(text: str) -> None:
    with pytest.raises(EngineError, match="can be spoken"):
        to_phonemes(text, "es")
