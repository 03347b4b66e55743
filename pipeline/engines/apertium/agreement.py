"""Check of grammatical agreement in Spanish noun phrases, by Apertium's morphological analyser: finds `la lago` and `última tren`.

Small language models choose a wrong gender or number more often than any other form. A phrase is reported only if no readings
of its words agree; a word that is not in the dictionary, or may be a verb or a pronoun too, ends the phrase before it.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from pipeline.engines.apertium.lexical_units import find_tags
from pipeline.engines.apertium.morphology import analyse_texts
from pipeline.errors import ProgramError, ProgramMissing
from pipeline.text import languages

log = logging.getLogger(__name__)

ANALYSERS = {"es": Path("/usr/share/apertium/apertium-eng-spa/spa-eng.automorf.bin")}  # of the packages that set-up installs
GENDERS, NUMBERS = ("m", "f"), ("sg", "pl")
NOMINAL_PARTS = frozenset({"det", "n", "adj"})
MAX_PHRASE_WORDS = 3  # of a phrase: determiner, adjective, noun
# Feminine nouns that begin in a stressed a take these: el agua, un alma.
BEFORE_STRESSED_A = frozenset({"el", "un", "del", "al", "algún", "ningún"})

Form = tuple[str, str]  # gender, number


@dataclass(frozen=True, slots=True)
class Word:
    """An analysed word. `parts`: of speech, a participle being an adjective; `forms`: genders and numbers as a nominal part."""

    text: str
    parts: frozenset[str]
    forms: frozenset[Form]


def find_disagreements(texts: Sequence[str], *, language: str) -> tuple[tuple[str, ...], ...]:
    """For each text, the noun phrases whose words do not agree. Empty without an installed analyser for the language."""
    analyser = ANALYSERS.get(languages.base_language(language))
    if analyser is None or not texts:
        return tuple(() for _ in texts)
    try:
        return tuple(find_disagreeing_phrases(words) for words in _read_words(texts, analyser))
    except (ProgramError, ProgramMissing) as error:
        log.warning("agreement was not checked: %s", error)
        return tuple(() for _ in texts)


def find_disagreeing_phrases(words: Sequence[Word]) -> tuple[str, ...]:
    """Phrases of determiner, perhaps adjective, and noun that have no gender and number in common."""
    found, start = list[str](), 0
    while start < len(words):
        phrase = _find_phrase(words, start) if "det" in words[start].parts else ()
        if phrase and not frozenset.intersection(*(word.forms for word in phrase)) and not _has_stressed_a(phrase):
            found.append(" ".join(word.text for word in phrase))
        start += len(phrase) or 1
    return tuple(found)


def _find_phrase(words: Sequence[Word], start: int) -> tuple[Word, ...]:
    """The words from a determiner to its noun; empty if there is none, or if a word may be something else."""
    end = start + 1
    for place in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words))):
        if not words[place].parts or not words[place].parts <= NOMINAL_PARTS:
            break
        if "n" in words[place].parts:
            end = place + 1
        if "adj" not in words[place].parts:
            break
    return tuple(words[start:end]) if end > start + 1 else ()


def _has_stressed_a(phrase: Sequence[Word]) -> bool:
    determiner, following = phrase[0].text.casefold(), phrase[1].text.casefold()
    return determiner in BEFORE_STRESSED_A and ("f", "sg") in phrase[-1].forms and bool(re.match(r"h?[aá]", following))


def _read_words(texts: Sequence[str], analyser: Path) -> list[list[Word]]:
    return [[_make_word(*analysis) for analysis in words] for words in analyse_texts(texts, analyser)]


def _make_word(surface: str, readings: Sequence[str]) -> Word:
    parts, forms = set[str](), set[Form]()
    for reading in readings:
        if reading.startswith("*"):
            continue
        tags = find_tags(reading) or ("",)
        part = "adj" if "pp" in tags else tags[0]
        parts.add(part)
        if part in NOMINAL_PARTS:
            forms.update(product(_select_values(tags, GENDERS), _select_values(tags, NUMBERS)))
    return Word(surface, frozenset(parts), frozenset(forms))


def _select_values(tags: Sequence[str], values: tuple[str, str]) -> tuple[str, ...]:
    """The values among the tags; both if there is none."""
    return tuple(value for value in values if value in tags) or values
