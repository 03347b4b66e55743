"""Hindi number words."""

import pytest

from pipeline.engines.xtts.hindi_numbers import UNDER_HUNDRED, spell_number


def test_every_number_under_a_hundred_has_a_word_of_its_own() -> None:
    assert len(set(UNDER_HUNDRED)) == len(UNDER_HUNDRED) == 100


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "शून्य"),
        (100, "एक सौ"),
        (1990, "एक हज़ार नौ सौ नब्बे"),
        (12_345_678, "एक करोड़ तेईस लाख पैंतालीस हज़ार छह सौ अठहत्तर"),
    ],
)
def test_larger_ones_are_counted_in_thousands_lakhs_and_crores(number: int, said: str) -> None:
    assert spell_number(number) == said
