import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.vocalizations import is_vocalization


@pytest.mark.parametrize(
    "text",
    [
        "Mm-hm.", "Mm-hmm", "Hmm…", "Mmm!", "Mhm.", "Ah!", "Aah!", "Oh…", "Ooh!", "Uh-huh.", "Uh…", "Um, uh…", "Haha!", "Ha ha ha!",
        "Ha-ha-ha.", "HAHAHA", "Hehehe.", "Jajaja.", "Argh!", "Ugh.", "Phew!", "Shhh!", "Psst!", "Kkkk", "Oh, oh, oh!", "– Hm?",
    ],
)  # fmt: skip
def test_sounds_without_words_are_vocalizations(text):
    assert is_vocalization(text)


@pytest.mark.parametrize(
    "text",
    ["Oh no.", "Ah, there you are!", "Wow!", "Hey!", "Huh?", "Eh?", "Yeah.", "No.", "He", "He he said?", "I", "Ja!", "Ja, ja.", "", "…", "♪", "42",
     "Hum.", "Her.", "Ho Chi Minh", "Hi!", "Hi, hi.", "Mother", "Em", "Ah " * 40, "Hm? Who is it?", "Je", "A", "O"],
)  # fmt: skip
def test_words_are_none(text):
    assert not is_vocalization(text)


@given(st.text(alphabet="ahomueh- .!", max_size=80))
def test_long_texts_of_sounds_are_decided_at_once(text):
    assert is_vocalization(text) in {True, False}
