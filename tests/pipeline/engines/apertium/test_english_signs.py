import pytest

from pipeline.engines.apertium.english_signs import write_out_signs


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("I need ½ cup of flour.", "I need half a cup of flour."),
        ("I need 2½ cups, or 1 ¾.", "I need 2 and a half cups, or 1 and three quarters."),
        ("Wait ½ an hour.", "Wait half an hour."),
        ("¼ cup, and ½.", "a quarter of a cup, and a half."),
        ("It costs $5.50, not 3 €.", "It costs $5.50, not 3 euros."),
        ("€1, £1,000 or ¥20.", "1 euro, 1,000 pounds or 20 yen."),
        ("The € is up 3%.", "The € is up 3%."),
    ],
)
def test_signs_that_the_models_lose_are_words(text, written):
    assert write_out_signs(text) == written
