"""Grammatical agreement in Spanish noun phrases, by Apertium's morphological analyser: `la lago` and `última tren` are found.

Small language models choose a wrong gender or number more often than any other form. A phrase is judged only where no reading
of its words agrees; what the dictionary does not know, or knows as a verb or a pronoun too, is never judged.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from pipeline.engines.apertium.pipelines import escape_text
from pipeline.errors import ProgramError, ProgramMissing
from pipeline.processes import subprocesses
from pipeline.text import languages

log = logging.getLogger(__name__)

ANALYSERS = {"es": Path("/usr/share/apertium/apertium-eng-spa/spa-eng.automorf.bin")}  # of the packages that set-up installs
TIMEOUT_S = 30.0  # for one batch; the dictionary loads in 0.1
UNIT = re.compile(r"\^((?:\\.|[^/\\^$])*)/((?:\\.|[^\\^$])*)\$")
GENDERS, NUMBERS = ("m", "f"), ("sg", "pl")
NOMINAL = frozenset({"det", "n", "adj"})
LONGEST = 3  # words of a phrase: determiner, adjective, noun
# Feminine nouns that begin in a stressed a take these: el agua, un alma.
BEFORE_STRESSED_A = frozenset({"el", "un", "del", "al", "algún", "ningún"})

Form = tuple[str, str]  # gender, number


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the analyser reads it. `parts`: of speech, a participle being an adjective; `forms`: genders and numbers of these."""

    text: str
    parts: frozenset[str]
    forms: frozenset[Form]


def find_disagreements(texts: Sequence[str], *, language: str) -> tuple[tuple[str, ...], ...]:
    """For each text the noun phrases whose words do not agree. Empty for languages without an analyser, and where it is not installed."""
    analyser = ANALYSERS.get(languages.base(language))
    if analyser is None or not texts:
        return tuple(() for _ in texts)
    try:
        return tuple(disagreeing_phrases(words) for words in _analysed(texts, analyser))
    except (ProgramError, ProgramMissing) as error:
        log.warning("agreement was not checked: %s", error)
        return tuple(() for _ in texts)


def disagreeing_phrases(words: Sequence[Word]) -> tuple[str, ...]:
    """Phrases of determiner, perhaps adjective, and noun that share no gender and number."""
    found, start = list[str](), 0
    while start < len(words):
        phrase = _phrase(words, start) if "det" in words[start].parts else ()
        if phrase and not frozenset.intersection(*(word.forms for word in phrase)) and not _has_stressed_a(phrase):
            found.append(" ".join(word.text for word in phrase))
        start += len(phrase) or 1
    return tuple(found)


def _phrase(words: Sequence[Word], start: int) -> tuple[Word, ...]:
    """The words from a determiner to its noun; empty where there is none, or where a word may be something else."""
    end = start + 1
    for place in range(start + 1, min(start + LONGEST, len(words))):
        if not words[place].parts or not words[place].parts <= NOMINAL:
            break
        if "n" in words[place].parts:
            end = place + 1
        if "adj" not in words[place].parts:
            break
    return tuple(words[start:end]) if end > start + 1 else ()


def _has_stressed_a(phrase: Sequence[Word]) -> bool:
    determiner, following = phrase[0].text.casefold(), phrase[1].text.casefold()
    return determiner in BEFORE_STRESSED_A and ("f", "sg") in phrase[-1].forms and bool(re.match(r"h?[aá]", following))


def _analysed(texts: Sequence[str], analyser: Path) -> list[list[Word]]:
    lines = "\n".join(escape_text(" ".join(text.split())) for text in texts) + "\n"
    answer = subprocesses.run(["lt-proc", "-w", str(analyser)], stdin=lines.encode(), timeout=TIMEOUT_S).decode(
        "utf-8", "replace"
    )
    return [[_word(*match.groups()) for match in UNIT.finditer(line)] for line in answer.split("\n")[: len(texts)]]


def _word(surface: str, analysis: str) -> Word:
    readings = [reading for reading in analysis.split("/") if not reading.startswith("*")]
    parts, forms = set[str](), set[Form]()
    for reading in readings:
        tags = re.findall(r"<([^>]+)>", reading) or [""]
        part = "adj" if "pp" in tags else tags[0]
        parts.add(part)
        if part in NOMINAL:
            forms.update(product(_possible(tags, GENDERS), _possible(tags, NUMBERS)))
    return Word(surface, frozenset(parts), frozenset(forms))


def _possible(tags: Sequence[str], values: tuple[str, str]) -> tuple[str, ...]:
    """The values among the tags; both where none is told."""
    return tuple(value for value in values if value in tags) or values
