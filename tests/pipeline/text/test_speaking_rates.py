"""What an actor has time for."""

import pytest

from pipeline.errors import LanguageError
from pipeline.text.speaking_rates import CHARACTERS_PER_SECOND, characters_per_second, find_script


def test_a_country_speaks_at_the_pace_of_its_language() -> None:
    assert characters_per_second("pt-BR") == characters_per_second("por") == CHARACTERS_PER_SECOND["pt"]


def test_characters_that_are_syllables_take_longer_to_say() -> None:
    assert (
        characters_per_second("zh-Hant-TW")
        == characters_per_second("cmn")
        < characters_per_second("ko")
        < 8
        < characters_per_second("ru")
    )


def test_an_unlisted_language_has_the_pace_of_its_script() -> None:
    assert characters_per_second("am") == 9.0  # Ethiopic: a character is a syllable
    assert characters_per_second("lb") == 15.0
    assert find_script("am") == "Ethi"


def test_nonsense_is_no_language() -> None:
    with pytest.raises(LanguageError, match="BCP 47"):
        characters_per_second("no such thing")


def test_english_recordings_are_read_at_about_the_rate_of_the_table() -> None:
    characters, seconds = 149 + 123 + 91 + 138 + 114, 9.66 + 9.67 + 5.14 + 8.11 + 8.39  # LJ001-0001, 3, 4, 5 and 7
    assert characters / seconds == pytest.approx(CHARACTERS_PER_SECOND["en"], rel=0.15)
