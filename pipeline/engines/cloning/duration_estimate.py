"""Duration estimate of a text from its letters alone: enough to detect babble, not to time a line."""

import unicodedata

# Letters a second at a calm pace, by language. Read speech of 5 to 8 syllables a second, slowed by a quarter for dialogue.
LETTERS_PER_S = {"en": 12.5, "es": 13.0, "fr": 13.0, "de": 12.5, "it": 13.0, "pt": 12.5, "pl": 12.0, "tr": 12.0, "ru": 11.5}
LETTERS_PER_S |= {"nl": 12.5, "cs": 12.0, "ar": 9.5, "zh": 4.2, "ja": 6.5, "hu": 12.5, "ko": 5.0, "hi": 8.5}
DEFAULT_LETTERS_PER_S = 11.0
LETTERS_PER_DIGIT = 4.0  # mean length of a digit's name
SYLLABIC_SCRIPTS = frozenset({"zh", "ja", "ko"})  # a digit there is one syllable, one letter
KANA_PER_KANJI = 1.8
STOP_PAUSE_S = 0.15  # for a stop inside the text


def estimate_seconds(text: str, language: str) -> float:
    """Estimate the duration of a text at a calm pace, in seconds, never 0.0. `language`: the plain tag, such as `pt`."""
    letters = sum(_count_letters(letter, language) for letter in text)
    stops = sum(letter in ",.!?;:。、！？،؟।" for letter in text.strip()[:-1])
    return max(letters, 1.0) / LETTERS_PER_S.get(language, DEFAULT_LETTERS_PER_S) + STOP_PAUSE_S * stops


def _count_letters(letter: str, language: str) -> float:
    if letter.isdigit():
        return 1.0 if language in SYLLABIC_SCRIPTS else LETTERS_PER_DIGIT
    if letter in "%$£€&@°":
        return 2.0 if language in SYLLABIC_SCRIPTS else 6.0
    if language == "ja" and "\u4e00" <= letter <= "\u9fff":
        return KANA_PER_KANJI
    return 1.0 if unicodedata.category(letter)[0] == "L" else 0.0
