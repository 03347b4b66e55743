"""Phonemes that are given: in the place of their terms, with the stress where the model expects it, and nothing else changed."""

import shutil

import pytest

from pipeline.engines.kokoro.given_phonemes import to_given_symbols, to_possessive
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.values.pronunciation import Pronunciation

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
TERMS = (Pronunciation("Siobhan", "ʃiˈβon"), Pronunciation("Xhosa", respelling="Josa"), Pronunciation("Max", "ˈmæks"))


@pytest.mark.parametrize(
    ("ipa", "accent", "expected"),
    [
        ("ʃiˈβon", "es", "ʃiβˈon"),
        ("ˈstɹiːt ˌbɔɪ", "en-us", "stɹˈiːt bˌɔ^ɪ"),
        ("ˈaɪ", "it", "ˈaɪ"),
        ("t\u0361ʃaʊ", "de", "t^ʃa^ʊ"),
        ("ˈtʃe", "es", "t^ʃˈe"),
        ("bed", "en-gb", "bɛd"),
        ("feɪs", "en-gb", "fe^ɪs"),
    ],
)
def test_they_are_spelt_as_espeak_spells_its_own(ipa: str, accent: str, expected: str) -> None:
    assert to_given_symbols(ipa, accent) == expected


def test_the_possessive_sounds_as_the_words_end() -> None:
    assert [to_possessive(symbols) for symbols in ("mˈæks", "kˈAt", "ʃɪvˈɔn")] == ["mˈæksᵻz", "kˈAts", "ʃɪvˈɔnz"]


@needs_espeak
@pytest.mark.parametrize(
    ("text", "accent", "expected"),
    [
        ("¿Has visto a Siobhan, hoy? Xhosa. SIOBHAN!", "es", "ˈas βˈisto a ʃiβˈon, ˈoɪ? xˈosa. ʃiβˈon!"),
        ("Siobhan.", "es", "ʃiβˈon."),
        ("«Siobhan», dijo. Sr. Siobhan", "es", "“ʃiβˈon”, dˈixo. seɲˈoɾ ʃiβˈon"),
        ("La tata, la tata Siobhan", "es", "la tˈata, la tˈata ʃiβˈon"),
        ("Siobhan's dog, Max’s cat", "en-us", "ʃiβˈɔnz dˈɑɡ, mˈæksᵻz kˈæt"),
        ("Nada", "es", "nˈaða"),
    ],
)
def test_they_stand_in_the_place_of_their_terms(text: str, accent: str, expected: str) -> None:
    assert to_phonemes(text, accent, TERMS) == expected


@needs_espeak
def test_private_characters_of_a_text_are_no_terms() -> None:
    assert to_phonemes("\ue000 Hola \ue001", "es", TERMS) == to_phonemes("Hola", "es")
