"""Pronunciations by espeak-ng: homophones of a language are equal, minimal pairs are not."""

import shutil

import pytest

from pipeline.verification.pronunciations import pronounce_words

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


@needs_espeak
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "voy", "boy"),
        ("es", "okoro", "ocoro"),
        ("es", "tergiversar", "terjiversar"),
        ("es-MX", "hola", "ola"),
        ("pt", "seção", "sessão"),
        ("pt", "consertando", "concertando"),
        ("pt-BR", "horas", "oras"),
        ("fr", "verre", "vert"),
    ],
)
def test_homophones_have_one_pronunciation(language, one, other):
    known = pronounce_words([one, other], language)
    assert known[one] == known[other]


@needs_espeak
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("es", "perro", "pero"), ("es", "casa", "caza"), ("es", "señal", "señales"), ("pt", "avô", "avó"), ("pt", "senão", "sinal")],
)
def test_words_that_differ_in_a_phoneme_differ(language, one, other):
    known = pronounce_words([one, other], language)
    assert known[one] != known[other]


@needs_espeak
def test_many_words_get_their_own_pronunciation_and_commands_get_none():
    words = [f"palabra{n}" for n in range(600)]
    known = pronounce_words(["_", "hola", *words], "es")
    assert "_" not in known
    assert len({known[word] for word in words}) == 600
    assert known["hola"] == "ola"


def test_a_language_that_espeak_does_not_know_has_no_pronunciations():
    assert pronounce_words(["xx"], "tlh") == {}


def test_nothing_is_run_for_no_words():
    assert pronounce_words([], "es") == {}
