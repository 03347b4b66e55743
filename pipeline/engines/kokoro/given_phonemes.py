"""Phonemes that people give in IPA, spelt as espeak-ng spells those of its own, from which Kokoro's symbols are made.

espeak-ng ties diphthongs and affricates, and has the mark of stress before the vowel; people write `ˈtʃaɪ`.
"""

import re

from pipeline.text.pronunciation.ipa import TIE

VOWELS = "aeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯɵʊʌᵻ"
STRESS_BEFORE_ONSET = re.compile(f"([ˈˌ])([^{VOWELS}ˈˌ ]+)(?=[{VOWELS}])")
DIPHTHONG = re.compile("(?<!\\^)(?:a[ɪʊ]|eɪ|oʊ|əʊ|ɔɪ)(?!\\^)")
AFFRICATE = re.compile("tʃ|dʒ")
ACCENTS_WITHOUT_DIPHTHONGS = frozenset({"it", "fr-fr"})  # which espeak-ng gives as two vowels
SINGLE_E = re.compile(r"(?<!\^)e(?!\^)")  # in an English word: that of `bed`
SIBILANTS, VOICELESS = "szʃʒʧʤ", "ptkfθ"


def to_given_symbols(ipa: str, accent: str) -> str:
    """IPA (normalized) as espeak-ng would give it in this accent."""
    ipa = STRESS_BEFORE_ONSET.sub(r"\2\1", ipa.replace(TIE, "^"))
    ipa = AFFRICATE.sub(_tie_letters, ipa)
    if accent not in ACCENTS_WITHOUT_DIPHTHONGS:
        ipa = DIPHTHONG.sub(_tie_letters, ipa)
    return SINGLE_E.sub("ɛ", ipa) if accent.startswith("en") else ipa


def to_possessive(symbols: str) -> str:
    """The English possessive of a word in Kokoro's symbols: Max's, Kate's, Siobhan's."""
    if symbols.endswith(tuple(SIBILANTS)):
        return f"{symbols}ᵻz"
    return symbols + ("s" if symbols.endswith(tuple(VOICELESS)) else "z")


def _tie_letters(found: re.Match[str]) -> str:
    return "^".join(found[0])
