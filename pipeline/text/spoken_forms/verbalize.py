"""Text normalization: the text of a line as a voice says it, in the forms of its language; other languages keep their digits."""

import re

from pipeline.text.spoken_forms import abbreviations, addresses, calendar, measures, numbers, roman
from pipeline.text.spoken_forms.agreement import agree_with_neighbours
from pipeline.text.spoken_forms.languages import find_forms

RUN_OF_SPACES = re.compile(r"\s{2,}")
MAX_PASSES = 4  # a sign that was taken out may have stood between two words that belong together

# Most specific first: each rule leaves words, in which no later one finds a number.
RULES = (
    addresses.remove_emoji,
    addresses.spell_addresses,
    numbers.spell_long_numbers,
    numbers.name_numbers,
    calendar.spell_dates,
    calendar.spell_times,
    numbers.spell_decades,
    measures.spell_measured_ranges,
    measures.spell_money,
    measures.spell_percent,
    measures.spell_units,
    numbers.spell_telephones,
    numbers.spell_ordinals,
    numbers.spell_fractions,
    numbers.spell_ranges,
    roman.spell_roman,
    numbers.spell_numbers,
    abbreviations.expand_abbreviations,
    abbreviations.spell_initials,
    addresses.spell_symbols,
)


def verbalize(text: str, language: str) -> str:
    """The words of a line. `language`: BCP 47; one without spoken forms gets its text back, less emoji.

    A text with nothing to put in words comes back as it is, its spaces included.
    """
    forms = find_forms(language)
    if forms is None:
        return addresses.remove_emoji(text)
    for _ in range(MAX_PASSES):
        before = text
        text = forms.prepare(RUN_OF_SPACES.sub(" ", text))
        for rule in RULES:
            text = rule(text, forms)
        if text.split() == before.split():
            return before
        text = agree_with_neighbours(before, text, forms.tidy)
    return text
