import pytest

from dashboard.views.film_page.voice_names import format_voice


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("es+Denis:p50", "Denis (male), pitch 50"),
        ("pt-BR+f3:p61", "Female 3, pitch 61"),
        ("es+m3:p45", "Male 3, pitch 45"),
        ("ca:p50", "Default, pitch 50"),
        ("es+klatt:p50", "Klatt, pitch 50"),
        ("ef_dora", "Dora (female)"),
        ("m3", "m3"),
        ("<img src=x>", "<img src=x>"),
    ],
)
def test_voices_of_known_engines_are_named_in_words(name: str, label: str) -> None:
    assert format_voice(name) == label
