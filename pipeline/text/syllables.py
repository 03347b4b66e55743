"""Syllable counter by spelling: vowel groups by the rules of a language's script, good to about a tenth over a dialogue."""

import re
import unicodedata
from collections.abc import Mapping

from pipeline.text.languages import base_language

WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0963\u0981-\u09e3])+")  # with Indic vowel signs, which Unicode does not call letters
LATIN_VOWELS = "aeiouyæøœıəɨ"
VOWELS = f"[{LATIN_VOWELS}аеёиоуыэюяєіїѣαεηιουω]"
VOWEL_GROUP = re.compile(f"{VOWELS}+")
# Romance: two of a, e and o are two syllables; i and u join their neighbour, except where an accent divides them.
ROMANCE = frozenset({"es", "ca", "gl", "pt", "it", "ro", "oc", "ast"})
ROMANCE_GROUP = re.compile("[aeiouyàáâãäèéêëìíîïòóôõöùúûüăâîý]+")
STRONG = frozenset("aeoàáâãäèéêëòóôõöă")
DIVIDING = frozenset("íìúùïü")
NASAL_DIPHTHONG = re.compile("ão|ãe|õe")
SILENT_U = re.compile("(?<=[gq])u(?=[eiéèêíì])")
# Each Cyrillic and Greek vowel is a syllable; Greek writes some with two letters.
CYRILLIC_VOWEL = re.compile("[аеёиоуыэюяєіїѣў]")
GREEK_DIGRAPH = re.compile("αι|ει|οι|υι|ου|αυ|ευ|ηυ")
# A sign of these scripts is a syllable, or nearly; a Chinese character is one in Chinese and about two in Japanese.
HANGUL, KANA, HAN = re.compile("[가-힣]"), re.compile("[ぁぃぅぇぉあ-わをんァ-ヴー]"), re.compile("[\u3400-\u9fff]")
SMALL_KANA = re.compile("[ゃゅょャュョ]")
KANJI_SYLLABLES = 1.9  # mean length of a character's reading in running Japanese text
INDIC_VOWEL_OR_CONSONANT, VIRAMA = re.compile("[\u0905-\u0939\u0985-\u09b9]"), re.compile("[\u094d\u09cd]")
SILENT_E: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeioutdy])ed$|(?<=[^aeiouyszxhgc])es$"),
    "fr": re.compile(r"(?<=[^aeiouyéèêà])(e|es|ent)$|(?<=[iué])e(s|nt)?$"),
}


def count_syllables(text: str, language: str) -> int | None:
    """Syllables of a text; None where its spelling does not show them (Arabic, Hebrew, Thai …)."""
    base = base_language(language)
    words = WORD.findall(unicodedata.normalize("NFC", text.lower()))
    counts = [_count_word(word, base) for word in words]
    if not words or any(count is None for count in counts):
        return None if words else 0
    return round(sum(count for count in counts if count is not None))


def _count_word(word: str, language: str) -> float | None:
    if signs := _count_signs(word, language):
        return signs
    if CYRILLIC_VOWEL.search(word):
        return len(CYRILLIC_VOWEL.findall(word))
    if language in ROMANCE:
        return max(1, sum(map(_count_romance_group, ROMANCE_GROUP.findall(SILENT_U.sub("", word)))))
    bare = _strip_accents(word)
    if "α" <= bare[0] <= "ω":
        return max(1, len(re.findall(VOWELS, GREEK_DIGRAPH.sub("α", bare))))
    if not bare.isascii() and not VOWEL_GROUP.search(bare):
        return None
    spoken = SILENT_E[language].sub("", word) if language in SILENT_E else word
    return max(1, len(VOWEL_GROUP.findall(_strip_accents(spoken))))


def _count_signs(word: str, language: str) -> float:
    """Syllables of a word in a syllabic or logographic script; 0.0 for other scripts."""
    han = len(HAN.findall(word)) * (KANJI_SYLLABLES if language == "ja" else 1.0)
    signs = len(HANGUL.findall(word)) + len(KANA.findall(SMALL_KANA.sub("", word)))
    indic = len(INDIC_VOWEL_OR_CONSONANT.findall(word)) - len(VIRAMA.findall(word))
    return han + signs + max(0, indic)


def _count_romance_group(group: str) -> int:
    """Syllables of a group of vowels."""
    joined = NASAL_DIPHTHONG.sub("a", group)
    strong = sum(letter in STRONG for letter in joined)
    divided = sum(letter in DIVIDING for letter in joined) if len(joined) > 1 else 0
    return max(1, strong + divided)


def _strip_accents(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
