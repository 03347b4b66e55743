import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.spoken_forms.verbalize import verbalize

LANGUAGES = ("en", "es", "es-MX", "fr", "it", "pt", "pt-PT", "ca")
# Parts of which numbers, dates, money, names and addresses are made, in any order.
PARTS = (
    *"0123456789", *".,:;-–—/%º°ª'’+#@&=€$£½¾²×xXIVLCM()", " ", "\u00a0", "\u202f", "\n", "12", "2024", "1.000", "1,000.50", "007", "km", "km/h", "h",
    "min", "am", "p.m.", "R$", "1/2", "3/4", " de ", "May", "mayo", "d'", "Dr.", "etc.", "J.", "U.S.A.", "Luis", "siglo", "XIV", "www.", ".com", "a@b.es",
    "'80s", "1st", "3.º", "mil", "millones", "million", "😀", "la ", "Guerra", "99999999999999999999", "no", "El", "٣",
)  # fmt: skip
REPEATED = ("1", "1.", "1,", "1 ", "1-", "1/", "1:", "1\u00a0", "1'", "A.", "A. ", "a", "I", "IV ", "Dr. ", "etc. ", ".", "-", " ", "$", "$1 ", "#1", "@a", "a.", "a.a@", "h", "+1", "(1)",
            "9:30 ", "½", "Luis X", "12/12/", "111.", "111 ", "www.", "'", "😀", "%")  # fmt: skip
SHORT, LONG = 10_000, 40_000  # characters
MAX_GROWTH = 8  # of the time when the text is four times as long; quadratic time grows sixteenfold
TRIALS = 3  # a busy machine may disturb one


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.one_of(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), st.text(max_size=60)))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_text_is_said_without_digits_and_its_words_stay_as_they_are(language, text):
    spoken = verbalize(text, language)
    assert not re.search(r"[0-9]", spoken)
    assert verbalize(spoken, language) == spoken


@pytest.mark.parametrize(("part", "language"), [(part, LANGUAGES[n % len(LANGUAGES)]) for n, part in enumerate(REPEATED)])
def test_the_time_is_proportional_to_the_length_of_the_text(part, language):
    verbalize("1 kg, 2 km", language)  # builds the forms
    assert any(_measure(part, LONG, language) < MAX_GROWTH * max(_measure(part, SHORT, language), 0.01) for _ in range(TRIALS))


def _measure(part: str, length: int, language: str) -> float:
    """Seconds of processor time that a repeated part takes."""
    text = part * (length // len(part))
    start = time.process_time()
    verbalize(text, language)
    return time.process_time() - start
