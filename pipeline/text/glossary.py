"""Glossary of fixed translations, written by users, and names of people and places found in a film's subtitles.

A glossary has a term a line, `Winterfell = Invernalia`, for one language alone as `es: Winterfell = Invernalia`; a term
without a translation stays as it is. Lines that begin with # are remarks.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.text import languages
from pipeline.values.film_context import Term

MAX_GLOSSARY_BYTES = 1 << 20  # a glossary is written by people
TAGGED_ENTRY = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*):\s+(.*)")
NAME_CANDIDATE = re.compile(r"(?<=[\w,;] )([^\W\d_][\w’'-]+)")  # a word that begins no sentence
MAX_NAMES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a glossary. `language`: the target it holds for, None for all."""

    source: str
    target: str
    language: str | None = None


def read_glossary(path: Path | None) -> tuple[Entry, ...]:
    """Entries of a glossary file; none where `path` is None. SettingsError for a file that cannot be read."""
    if path is None:
        return ()
    try:
        if path.stat().st_size > MAX_GLOSSARY_BYTES:
            raise SettingsError("GLOSSARY", str(path), f"it is larger than {MAX_GLOSSARY_BYTES >> 20} MiB; give a list of terms")
        return parse_glossary(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("GLOSSARY", str(path), f"it cannot be read ({error}); give a UTF-8 text file") from error


def parse_glossary(text: str) -> tuple[Entry, ...]:
    """Entries of a glossary's text, in order."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(_parse_entry(line) for line in lines if line and not line.startswith("#"))


def _parse_entry(line: str) -> Entry:
    tagged = TAGGED_ENTRY.fullmatch(line)
    language = languages.normalize_tag_or_none(tagged[1]) if tagged else None
    source, _, target = (tagged[2] if tagged and language else line).partition("=")
    return Entry(source.strip(), target.strip() or source.strip(), language)


def select_terms(entries: Iterable[Entry], target: str) -> tuple[Term, ...]:
    """Terms for one target language."""
    return tuple(
        Term(entry.source, entry.target)
        for entry in entries
        if entry.source and (entry.language is None or languages.is_same_language(entry.language, target))
    )


def find_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Names that subtitles mention, most frequent first: capitalised inside a sentence, twice at least.

    Names are spelt alike in most languages of one script, so that they help to recognise a film in another language.
    """
    counted: Counter[str] = Counter()
    for text in texts:
        for line in text.splitlines():
            counted.update(word for word in NAME_CANDIDATE.findall(line) if word[0].isupper() and not word.isupper())
    return tuple(name for name, count in counted.most_common(MAX_NAMES) if count >= 2)


def build_prompt(entries: Iterable[Entry], known: Iterable[str]) -> str:
    """Prompt of a speech recogniser (initial prompt, hotwords): the glossary's terms, then `known` names, separated by commas."""
    words = dict.fromkeys([*(entry.source for entry in entries if entry.source), *known])
    return ", ".join(words)
