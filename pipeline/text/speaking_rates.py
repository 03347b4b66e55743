"""Speaking rates of languages, in characters a second: they give the length that a translation may have.

Languages carry nearly the same information per second (about 39 bits, Coupé et al., Science Advances 2019), so a text and
its translation take about the same time, and a language's rate goes with the length of its texts. English dialogue runs at
15 characters a second, spaces included: 160 words a minute of 5.6 characters. The others are 15 times the usual length of a
translation out of English. They are estimates for planning, within about 15 %; the length of a
line's audio is measured once it is synthesized.
"""

from collections.abc import Mapping

from pipeline.text import languages

CHARACTERS_PER_SECOND: Mapping[str, float] = {
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
ALPHABETIC_RATE = 15.0
SCRIPT_RATES: Mapping[str, float] = {"Hans": 4.8, "Hant": 4.8, "Jpan": 7.5, "Kore": 7.0, "Arab": 13.0, "Hebr": 11.5, "Ethi": 9.0}


def characters_per_second(language: str) -> float:
    """Speaking rate of dialogue in a language, in characters a second, spaces included. LanguageError for an unknown tag.

    A language that is not in the table has the rate of its script.
    """
    tag = languages.require_tag(language)
    known = CHARACTERS_PER_SECOND.get(languages.base_language(tag))
    if known is not None and not any(part.isalpha() and len(part) == 4 for part in tag.split("-")[1:]):
        return known
    script = find_script(tag)
    return SCRIPT_RATES.get(script, known or ALPHABETIC_RATE)


def find_script(language: str) -> str:
    """Script of a language, ISO 15924: the likely one if the tag has none; "" if none is known."""
    from langcodes import Language

    return Language.get(languages.require_tag(language)).maximize().script or ""
