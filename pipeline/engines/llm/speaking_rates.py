"""How many characters of a language an actor speaks in a second: what a translation has room for.

Languages carry nearly the same information per second (about 39 bits, Coupé et al., Science Advances 2019), so a text and
its translation take about the same time, and a language's rate goes with the length of its texts. English dialogue runs at
15 characters a second, spaces included: 160 words a minute of 5.6 characters. The others are 15 times the usual length of a
translation out of English. They are estimates for planning, within about 15 %; the spoken take is what decides.
"""

from collections.abc import Mapping

from pipeline.text import languages

RATES: Mapping[str, float] = {
    # Germanic: compounds and inflection lengthen; the Scandinavian ones are as short as English
    "en": 15.0, "de": 16.5, "nl": 16.0, "af": 15.5, "sv": 15.0, "da": 15.0, "no": 15.0, "nb": 15.0, "nn": 15.0, "is": 15.0,
    # Romance: articles, endings, and silent letters in French
    "es": 16.5, "ca": 16.0, "gl": 16.5, "pt": 16.0, "it": 16.5, "fr": 17.0, "ro": 16.5,
    # Slavic and Baltic: no articles; Polish spells with digraphs
    "ru": 15.0, "uk": 14.5, "be": 15.0, "bg": 15.5, "mk": 15.5, "sr": 14.5, "hr": 14.5, "bs": 14.5, "sl": 14.5,
    "cs": 14.0, "sk": 14.5, "pl": 15.5, "lt": 15.0, "lv": 15.0,
    # long words, few of them
    "fi": 16.0, "et": 15.0, "hu": 15.5, "tr": 15.5, "az": 15.5, "eu": 16.5,
    "el": 16.5, "sq": 16.0, "ga": 16.5, "cy": 15.5, "eo": 15.5,
    # vowels unwritten
    "ar": 12.5, "he": 11.5, "fa": 13.5, "ur": 14.5,
    # vowel signs count as characters of their own
    "hi": 14.5, "bn": 14.0, "mr": 14.5, "ta": 16.5, "te": 15.5, "th": 13.0,
    # a character is a syllable, or a whole word
    "zh": 4.8, "yue": 4.8, "ja": 7.5, "ko": 7.0,
    "vi": 15.0, "id": 17.0, "ms": 17.0, "tl": 17.0, "sw": 16.0, "ka": 15.5, "hy": 15.5, "kk": 15.5,
}  # fmt: skip
ALPHABETIC = 15.0
BY_SCRIPT: Mapping[str, float] = {"Hans": 4.8, "Hant": 4.8, "Jpan": 7.5, "Kore": 7.0, "Arab": 13.0, "Hebr": 11.5, "Ethi": 9.0}


def characters_per_second(language: str) -> float:
    """Characters, spaces included, that dialogue in this language takes a second for. LanguageError for what is no language.

    A language that is not in the table has the rate of its script.
    """
    tag = languages.required(language)
    known = RATES.get(languages.base(tag))
    if known is not None and not any(part.isalpha() and len(part) == 4 for part in tag.split("-")[1:]):
        return known
    script = find_script(tag)
    return BY_SCRIPT.get(script, known or ALPHABETIC)


def find_script(language: str) -> str:
    """The script that a language is written in, ISO 15924: likely where the tag does not say; "" where nothing is known."""
    from langcodes import Language

    return Language.get(languages.required(language)).maximize().script or ""
