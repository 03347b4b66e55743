"""Speech duration of a text, estimated from its letters alone. Enough to tell speech from babble, not to time a line."""

import unicodedata

# Letters a second at a calm pace, by language. Read speech of 5 to 8 syllables a second, slowed by a quarter for dialogue.
LETTERS = {"en": 12.5, "es": 13.0, "fr": 13.0, "de": 12.5, "it": 13.0, "pt": 12.5, "pl": 12.0, "tr": 12.0, "ru": 11.5}
LETTERS |= {"nl": 12.5, "cs": 12.0, "ar": 9.5, "zh": 4.2, "ja": 6.5, "hu": 12.5, "ko": 5.0, "hi": 8.5}
OTHERWISE = 11.0
DIGIT = 4.0  # letters that the name of a digit takes, more or less
SPELT = frozenset({"zh", "ja", "ko"})  # a digit there is one syllable, one letter
KANJI = 1.8  # kana that a kanji takes
BREATH = 0.15  # seconds for a stop inside the text


def estimate_seconds(text: str, language: str) -> float:
    """Seconds for the text at a calm pace; never 0.0. `language`: the plain tag, such as `pt`."""
    letters = sum(_weight(letter, language) for letter in text)
    stops = sum(letter in ",.!?;:。、！？،؟।" for letter in text.strip()[:-1])
    return max(letters, 1.0) / LETTERS.get(language, OTHERWISE) + BREATH * stops


def _weight(letter: str, language: str) -> float:
    if letter.isdigit():
        return 1.0 if language in SPELT else DIGIT
    if letter in "%$£€&@°":
        return 2.0 if language in SPELT else 6.0
    if language == "ja" and "\u4e00" <= letter <= "\u9fff":
        return KANJI
    return 1.0 if unicodedata.category(letter)[0] == "L" else 0.0
