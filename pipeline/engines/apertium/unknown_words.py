"""Unknown words of rule-based translation: words that a pair's dictionaries lack, which stay in the language that they came in.

Apertium marks them in its stream: `*` before a word without an analysis, `@` before one without a translation. Names are meant to
stay, and many a word is the same in a related language; neither counts as untranslated.
"""

import logging
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.apertium.lexical_units import parse_units, unescape_text
from pipeline.engines.apertium.morphology import analyse_texts, find_analysers
from pipeline.errors import ProgramError, ProgramMissing

log = logging.getLogger(__name__)

UNKNOWN_MARKS = ("*", "@")
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
PART = re.compile(r"[^\W\d_]+")  # of a word with a hyphen or an apostrophe
INSIDE_SENTENCE = re.compile(r"(?<=[\w,;’'] )[^\W\d_]+")
MIN_WORD_CHARS = 2  # a single letter is an initial


@dataclass(frozen=True, slots=True)
class LineTranslation:
    """Translation of one line. `source`: the original; `text`: None where there is none; `unknown`: words that a dictionary lacked."""

    source: str
    text: str | None
    unknown: tuple[str, ...] = ()


def find_unknown_words(stream: str) -> tuple[str, ...]:
    """The words that are marked as unknown in a stream before generation, in order."""
    lemmas = (unit.lemma for unit in parse_units(stream)[0] if unit.lemma.startswith(UNKNOWN_MARKS))
    return tuple(unescape_text(lemma)[1:] for lemma in lemmas)


def find_untranslated_words(
    lines: Sequence[LineTranslation], *, target: str, modes: Path, kept: Iterable[str] = ()
) -> tuple[tuple[str, ...], ...]:
    """The words of each line's text that were not translated: unknown ones, but no names, no words of the target language, and
    none of the `kept` terms.
    """
    texts = [line.source for line in lines]
    kept = (*find_names(texts), *(_fold(word) for term in kept for word in PART.findall(term)))
    left = [_find_left_words(line, set(kept)) for line in lines]
    known = find_known_words({word.lower() for words in left for word in words}, target, modes)
    return tuple(tuple(word for word in words if word.lower() not in known) for words in left)


def _find_left_words(line: LineTranslation, kept: Collection[str]) -> tuple[str, ...]:
    """The unknown words that are in the text, each once, as it spells them first, without the kept ones."""
    unknown = {_fold(word) for word in line.unknown if len(word) >= MIN_WORD_CHARS}
    left: dict[str, str] = {}
    for word in WORD.findall(line.text or "") if unknown else ():
        if _fold(word) in unknown and not all(part in kept for part in _split_folded(word)):
            left.setdefault(_fold(word), word)
    return tuple(left.values())


def find_names(texts: Sequence[str]) -> frozenset[str]:
    """Names in the lines of a passage, folded: words with a capital inside a sentence, or at its beginning and nowhere without one.

    In a line that is shouted nothing shows a name.
    """
    calm = [text for text in texts if not text.isupper()]
    inside = {_fold(word) for text in calm for word in INSIDE_SENTENCE.findall(text) if word[0].isupper()}
    words = [word for text in calm for word in PART.findall(text)]
    ordinary = {_fold(word) for word in words if word[0].islower()}
    return frozenset(inside | ({_fold(word) for word in words if word[0].isupper()} - ordinary))


def find_known_words(words: Collection[str], language: str, modes: Path) -> frozenset[str]:
    """The words that a dictionary of this language has, by the installed pairs; none where no pair translates out of it."""
    known = set[str]()
    for analyser in find_analysers(language, modes):
        missing = sorted(set(words) - known)
        if not missing:
            break
        try:
            analyses = analyse_texts(missing, analyser)
        except (ProgramError, ProgramMissing) as error:
            log.warning("unknown words were not looked up in %s: %s", analyser.name, error)
            continue
        known |= {word for word, units in zip(missing, analyses, strict=False) if units and not _has_unknown(units)}
    return frozenset(known)


def _has_unknown(units: Sequence[tuple[str, tuple[str, ...]]]) -> bool:
    return any(reading.startswith("*") for _, readings in units for reading in readings)


def _split_folded(word: str) -> list[str]:
    return [_fold(part) for part in PART.findall(word)]


def _fold(word: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
