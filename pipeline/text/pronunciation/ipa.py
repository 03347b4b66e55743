"""IPA (International Phonetic Alphabet) as people write it: normalized, and held against the symbols that voices know.

The symbols are those of Kokoro's vocabulary that belong to the IPA; its signs for diphthongs (`A`, `I`, `O` …) do not.
"""

import re
import unicodedata

LETTERS = frozenset("abcdefhijklmnopqrstuvwxyzæçðøŋœβθχɐɑɒɔɕɖəɚɛɜɟɡɣɤɥɨɪɯɰɲɳɴɸɹɻɽɾʁʂʃʈʊʋʌʎʒʔʝʣʤʥʦʧʨᵻ")
TIE = "\u0361"  # over two letters that are one sound: t͡ʃ
NASAL, SYLLABIC = "\u0303", "\u0329"
KNOWN_SYMBOLS = LETTERS | set("ˈˌːʰʲ ") | {TIE, NASAL, SYLLABIC}
EQUIVALENTS = str.maketrans({"g": "ɡ", "'": "ˈ", "’": "ˈ", ":": "ː", "ɝ": "ɜɹ", "\u035c": TIE, "\u00a0": " "})
# Syllable breaks, linking, and details that no voice makes: half-long, non-syllabic, dental, lowered, raised, advanced, retracted,
# apical, laminal, unreleased, centralized.
LEFT_OUT = re.compile("[.‿ˑ\u032f\u032a\u031e\u031d\u031f\u0320\u033a\u033b\u031a\u0308]")


def normalize_ipa(text: str) -> str:
    """The IPA in one spelling: NFC but for marks of nasal vowels, ties above, without syllable breaks and narrow details."""
    letters = LEFT_OUT.sub("", unicodedata.normalize("NFD", text)).translate(EQUIVALENTS)
    composed = unicodedata.normalize("NFC", letters)
    known = (one if one in KNOWN_SYMBOLS else unicodedata.normalize("NFD", one) for one in composed)
    return " ".join("".join(known).split())


def find_unknown_symbols(ipa: str) -> tuple[str, ...]:
    """Symbols of a normalized IPA that no voice knows, each once, in order."""
    return tuple(dict.fromkeys(symbol for symbol in ipa if symbol not in KNOWN_SYMBOLS))


def name_symbol(symbol: str) -> str:
    """A symbol with its Unicode name, for people: `ʘ (LATIN LETTER BILABIAL CLICK)`."""
    shown = f"◌{symbol}" if unicodedata.combining(symbol) else symbol
    return f"{shown} ({unicodedata.name(symbol, f'U+{ord(symbol):04X}')})"
