"""Pronunciations of words by espeak-ng's letter-to-sound rules, to tell another spelling from another word.

Phonemes, not phones: allophones of one phoneme are one symbol, and stress, which recognised accents do not tell reliably, is left out.
"""

import re
from collections.abc import Iterable, Mapping

from pipeline.engines.kokoro.phonemes import LANGUAGE_FLAG
from pipeline.engines.synthesizer_espeak import ESPEAK_TIMEOUT_S, PROGRAM, find_voice_name, strip_commands
from pipeline.engines.synthesizer_kokoro import ESPEAK_ACCENTS
from pipeline.errors import LanguageError, ProgramError
from pipeline.processes.subprocesses import run
from pipeline.text import languages
from pipeline.text.homophones import Pronunciations

WORDS_PER_RUN = 500
NOT_PHONEMES = re.compile("[ˈˌː\\s_‍\u0361-]")  # stress, length that follows from it, ties
# Allophones: fricatives that Spanish and Catalan have for stops between vowels, and semivowels of diphthongs.
SEMIVOWELS = {"ɪ": "i", "ʊ": "u", "j": "i", "w": "u"}
LENITED_STOPS = {"β": "b", "ð": "d", "ɣ": "ɡ"}
ALLOPHONES: Mapping[str, dict[int, str]] = {
    "es": str.maketrans(SEMIVOWELS | LENITED_STOPS),
    "ca": str.maketrans(SEMIVOWELS | LENITED_STOPS),
    "gl": str.maketrans(SEMIVOWELS | LENITED_STOPS),
    "pt": str.maketrans(SEMIVOWELS),
    "it": str.maketrans(SEMIVOWELS),
}


def pronounce_words(words: Iterable[str], language: str) -> Pronunciations:
    """Phonemes of each word; {} where espeak-ng is not installed or does not know the language."""
    known = [word for word in sorted(set(words)) if strip_commands(word) == word]
    base = languages.base_language(language)
    found: dict[str, str] = {}
    try:
        voice = ESPEAK_ACCENTS.get(base) or find_voice_name(language)
        for start in range(0, len(known), WORDS_PER_RUN):
            part = known[start : start + WORDS_PER_RUN]
            lines = _run_espeak(part, voice)
            if len(lines) == len(part):
                found |= zip(part, lines, strict=True)
    except (LanguageError, ProgramError):
        return {}
    allophones = ALLOPHONES.get(base, {})
    return {word: _normalize_phonemes(ipa).translate(allophones) for word, ipa in found.items()}


def _run_espeak(words: list[str], voice: str) -> list[str]:
    """espeak-ng's IPA of each word, a paragraph each."""
    options = ["-q", "-b", "1", "--ipa", "-v", voice, "--stdin"]
    answer = run([PROGRAM, *options], timeout=ESPEAK_TIMEOUT_S, stdin="\n\n".join(words).encode())
    return answer.decode("utf-8", "replace").splitlines()


def _normalize_phonemes(ipa: str) -> str:
    return NOT_PHONEMES.sub("", LANGUAGE_FLAG.sub("", ipa))
