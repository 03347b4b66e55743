"""Judgement of takes by recognised texts as Whisper base gave them for Kokoro's voices, good ones and ones made bad."""

import pytest

from pipeline.values.take_checks import Intelligibility
from pipeline.verification.judgement import combine_judgements, judge_take

GOOD = [
    ("Un hombre subió a bordo, y no volvió a bajar.", "un hombre subió a bordo y no volvió a baja", "es"),
    ("Um homem subiu a bordo ontem à noite e nunca mais desceu.", "um homem subiu a bordo ontem a noite e nunca mais de", "pt"),
    ("Sí.", "", "es"),
    ("No.", "¿Qué", "es"),
    ("¿Dónde está?", "donde esta", "es"),
    ("Tengo veintitrés años y dos hijos.", "Tengo 23 años y dos hijos.", "es"),
    ("El señor Holloway llega mañana a las ocho.", "El señor Uruguay llega mañana a las ocho.", "es"),
    ("Anoche soñé que caminábamos juntos.", "A noche soñé que caminábamos juntos.", "es"),
    ("O trem sai daqui a meia hora.", "O trend sai daqui à meia hora.", "pt"),
    ("Mia nonna ieri mi ha dato un vasetto di miele.", "Mianonna Ieri mi ha dato un vasetto di miele.", "it"),
    ("Nel millenovecentottantaquattro abitavamo a Perugia.", "Nel 1984 abitavamo a Perugia.", "it"),
]
BAD = [
    ("¿Oliste algo? ¿Tabaco, perfume, aceite?", "oliste algo tabaco perfumias", "es"),
    ("Buenas noches.", "", "es"),
    ("Mi abuela me dio ayer un tarro de miel.", "Mi abuela me dio ayer", "es"),
    ("Mi abuela me dio ayer un tarro de miel.", "Mi abuela me dio ayer un tarro", "es"),
    ("Mi abuela me dio ayer un tarro de miel.", "Mi abuela abuela me dio ayer un tarro de miel.", "es"),
    ("Mi abuela me dio ayer un tarro de miel.", "¿Y el que no se ha dado por aquí?", "es"),
]


@pytest.mark.parametrize(("spoken", "heard", "language"), GOOD)
def test_a_good_take_is_not_suspected_for_the_recognisers_own_errors(spoken, heard, language):
    assert judge_take(spoken, heard, language).verdict is Intelligibility.GOOD


@pytest.mark.parametrize(("spoken", "heard", "language"), BAD)
def test_silence_a_cut_end_a_doubled_word_and_babble_are_suspect(spoken, heard, language):
    assert judge_take(spoken, heard, language).is_suspect


def test_a_take_of_which_nothing_is_understood_is_bad_rather_than_doubtful():
    assert judge_take("Nunca pensé que volverías.", "", "es").verdict is Intelligibility.BAD


def test_another_language_that_is_left_out_among_others_is_not_saved_by_its_translation():
    spoken, translated = "Tengo veintitrés años y dos hijos.", "23 años old y 2 niños."
    assert combine_judgements(judge_take(spoken, "", "es"), judge_take(spoken, translated, "es")).is_suspect
    assert not combine_judgements(judge_take(spoken, "", "es"), judge_take(spoken, "Tengo 23 años y 2 hijos.", "es")).is_suspect


def test_a_sound_that_breaks_off_is_suspect_though_its_words_are_understood():
    assert judge_take("¿Era?", "era", "es", end_level=-7.6).is_suspect
    assert not judge_take("¿Era?", "era", "es", end_level=-11.0).is_suspect


def test_homophones_are_counted_apart_from_other_spellings():
    judgement = judge_take("Voy contigo.", "boy contigo", "es", pronunciations={"voy": "boi", "boy": "boi", "contigo": "kontigo"})
    assert (judgement.errors.word_errors, judgement.homophone_errors) == (1, 0)
    assert judge_take("Voy contigo.", "boy contigo", "es").homophone_errors is None
