"""Numbers and dates that a translation copied are written by the target's convention; what it converted is left alone."""

import pytest

from pipeline.text.number_notation import convert_notation, find_decimal_mark, is_month_first


@pytest.mark.parametrize(
    ("source", "translation", "converted"),
    [
        ("It has 1,234,567 people.", "Tiene 1,234,567 habitantes.", "Tiene 1.234.567 habitantes."),
        ("It has 1,234 people.", "Tiene 1,234 habitantes.", "Tiene 1.234 habitantes."),
        ("It has 1,234 people.", "Tiene 1.234 habitantes.", "Tiene 1.234 habitantes."),
        ("It costs $1,234.50.", "Cuesta 1,234.50 dólares.", "Cuesta 1.234,50 dólares."),
        ("Pi is 3.14.", "Pi es 3.14.", "Pi es 3,14."),
        ("Pi is 3.14.", "Pi es 3,14.", "Pi es 3,14."),
        ("On 12/05/2024.", "El 12/05/2024.", "El 05/12/2024."),
        ("On 12/25/2024.", "El 12/25/2024.", "El 25/12/2024."),
        ("Version 1.2.3 of it.", "La versión 1.2.3.", "La versión 1.2.3."),
        ("At 10:30 on channel 4.", "A las 10:30 en el canal 4.", "A las 10:30 en el canal 4."),
    ],
)
def test_english_numbers_in_spanish(source: str, translation: str, converted: str) -> None:
    assert convert_notation(translation, source, source_language="en", target_language="es") == converted


def test_the_way_back() -> None:
    assert (
        convert_notation("1.234,5 on 05/12/2024", "1.234,5 el 05/12/2024", source_language="es", target_language="en")
        == "1,234.5 on 12/05/2024"
    )


def test_languages_of_one_convention_change_nothing() -> None:
    assert (
        convert_notation("1.234,5 le 05/12", "1.234,5 el 05/12", source_language="es", target_language="it") == "1.234,5 le 05/12"
    )


def test_conventions_follow_the_country() -> None:
    assert (find_decimal_mark("es"), find_decimal_mark("es-MX"), find_decimal_mark("xx")) == (",", ".", ".")
    assert (is_month_first("en"), is_month_first("en-GB"), is_month_first("fr")) == (True, False, False)
