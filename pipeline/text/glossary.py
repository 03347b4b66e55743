"""Glossary of fixed translations and pronunciations, written by users, and names of people and places found in a film's subtitles.

A glossary has a term a line, `Winterfell = Invernalia`, for one language alone as `es: Winterfell = Invernalia`; a term
without a translation stays as it is. `es: Siobhan = Siobhan [ʃiˈβon] "Chivón"` says how it is pronounced, in IPA, respelled or both;
without a translation that is all it says. Lines that begin with # are remarks.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.control_characters import CONTROL_CHARACTERS, remove_invisible_characters
from pipeline.errors import GlossaryError, SettingsError
from pipeline.text import languages
from pipeline.text.pronunciation.ipa import find_unknown_symbols, name_symbol, normalize_ipa
from pipeline.text.pronunciation.lexicon import Lexicon
from pipeline.values.film_context import Term
from pipeline.values.pronunciation import Pronunciation

MAX_GLOSSARY_BYTES = 1 << 20  # a glossary is written by people
MAX_TASK_GLOSSARY_BYTES = 64 << 10
MAX_ENTRIES = 10_000
MAX_PART_CHARACTERS = 100  # of a term, a translation, a pronunciation
MAX_TOLD_PROBLEMS = 20
TAGGED_ENTRY = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*):\s+(.*)")
PRONUNCIATION = re.compile(r'(?:\[([^\[\]"]*)\]|"([^"\[\]]*)")$')  # the last one of a line
NAME_CANDIDATE = re.compile(r"(?<=[\w,;] )([^\W\d_][\w’'-]+)")  # a word that begins no sentence
MAX_NAMES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a glossary. `language`: the target it holds for, None for all.

    `is_translation`: False for one that gives nothing but a pronunciation, of which translators and recognisers hear nothing.
    """

    source: str
    target: str
    language: str | None = None
    pronunciation: Pronunciation | None = None
    is_translation: bool = True


class _Malformed(ValueError):
    """Malformed entry, with the way out."""


def read_glossary(path: Path | None) -> tuple[Entry, ...]:
    """Entries of a glossary file; none where `path` is None. SettingsError for a file that cannot be read or is malformed."""
    if path is None:
        return ()
    try:
        return parse_glossary(read_glossary_text(path))
    except GlossaryError as error:
        raise SettingsError("GLOSSARY", str(path), str(error)) from error


def read_glossary_text(path: Path, *, name: str = "GLOSSARY") -> str:
    """Text of a glossary file. SettingsError for one that cannot be read. `name`: of the setting that names it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_GLOSSARY_BYTES + 1)
        if len(content) > MAX_GLOSSARY_BYTES:
            raise SettingsError(name, str(path), f"it is larger than {MAX_GLOSSARY_BYTES >> 20} MiB; give a list of terms")
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(name, str(path), f"it cannot be read ({error}); give a UTF-8 text file") from error


def parse_glossary(text: str) -> tuple[Entry, ...]:
    """Entries of a glossary's text, in order. GlossaryError with the problems of its lines."""
    if len(text.encode("utf-8", "replace")) > MAX_GLOSSARY_BYTES:
        raise GlossaryError((f"it is larger than {MAX_GLOSSARY_BYTES >> 20} MiB; give a list of terms",))
    entries: list[Entry] = []
    problems: list[str] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), 1):
        try:
            if line.strip() and not line.lstrip().startswith("#"):
                entries.append(_parse_entry(line.replace("\t", " ").strip()))
        except _Malformed as malformed:
            problems.append(f"line {number}: {malformed}")
        if len(problems) > MAX_TOLD_PROBLEMS:
            raise GlossaryError((*problems[:MAX_TOLD_PROBLEMS], "and more"))
        if len(entries) > MAX_ENTRIES:
            raise GlossaryError((f"line {number}: there are more than {MAX_ENTRIES} terms; leave some out",))
    if problems:
        raise GlossaryError(tuple(problems))
    return tuple(entries)


def require_task_glossary(text: str) -> str:
    """The text of one task's glossary, if it can be used. GlossaryError."""
    if len(text.encode("utf-8", "replace")) > MAX_TASK_GLOSSARY_BYTES:
        raise GlossaryError(
            (f"it is larger than {MAX_TASK_GLOSSARY_BYTES >> 10} KiB; put its terms into the library's glossary",)
        )
    parse_glossary(text)
    return text


def _parse_entry(line: str) -> Entry:
    if found := CONTROL_CHARACTERS.search(line):
        raise _Malformed(f"it has the control character U+{ord(found[0]):04X}; delete it, or write the line anew")
    line = remove_invisible_characters(line)
    tagged = TAGGED_ENTRY.fullmatch(line)
    language = languages.normalize_tag_or_none(tagged[1]) if tagged else None
    words, ipa, respelling = _split_pronunciation(tagged[2] if tagged and language else line)
    source, equals, target = (part.strip() for part in words.partition("="))
    if not source:
        raise _Malformed("there is no term before the = or the pronunciation; write: term = translation [IPA]")
    if equals and not target and (ipa or respelling):
        raise _Malformed(f"there is no translation behind the =; write: {source} = {source} [IPA], or leave the = out")
    target = target or source
    for part in (source, target, ipa, respelling):
        if len(part) > MAX_PART_CHARACTERS:
            raise _Malformed(f"{part[:20]!r}… has {len(part)} characters, over {MAX_PART_CHARACTERS}; shorten it")
    pronunciation = Pronunciation(target, ipa, respelling) if ipa or respelling else None
    return Entry(source, target, language, pronunciation, bool(equals) or pronunciation is None)


def _split_pronunciation(line: str) -> tuple[str, str, str]:
    """The words of an entry, IPA and respelling, "" where there is none."""
    words, ipa, respelling = line, "", ""
    while found := PRONUNCIATION.search(words):
        words = words[: found.start()].rstrip()
        if found[1] is not None:
            ipa = _check_ipa(found[1], ipa)
        else:
            respelling = _check_respelling(found[2], respelling)
    if '"' in words:
        raise _Malformed(
            'a double quote is not closed, or is not at the end; write a respelling as "…" last, other quotes as “…”'
        )
    if "[" in words or "]" in words:
        raise _Malformed("a square bracket is not closed, or is not at the end; write IPA as […] last")
    return words, ipa, respelling


def _check_ipa(text: str, before: str) -> str:
    ipa = normalize_ipa(text[: 10 * MAX_PART_CHARACTERS])
    if before:
        raise _Malformed("there are two pronunciations in square brackets; leave one out")
    if not any(letter.isalpha() for letter in ipa):
        raise _Malformed("there is no IPA between the square brackets; write a pronunciation, or leave the brackets out")
    if unknown := find_unknown_symbols(ipa):
        names = ", ".join(map(name_symbol, unknown[:3]))
        raise _Malformed(
            f"no voice knows the IPA symbol {names}; write the nearest sound of the language, or a respelling in double quotes"
        )
    return ipa


def _check_respelling(text: str, before: str) -> str:
    if before:
        raise _Malformed("there are two respellings in double quotes; leave one out")
    if not any(letter.isalpha() for letter in text):
        raise _Malformed("there are no letters between the double quotes; write a respelling, or leave the quotes out")
    return " ".join(text.split())


def merge_glossaries(library: Iterable[Entry], task: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of both. For a term and a language that both have, those of the task count.

    A task's pronunciation alone leaves the library's translation as it is.
    """
    own = tuple(task)
    taken = {(entry.source, entry.language): entry for entry in own}

    def find_override(entry: Entry) -> Entry | None:
        return taken.get((entry.source, entry.language)) or taken.get((entry.source, None))

    kept: list[Entry] = []
    for entry in library:
        override = find_override(entry)
        if override is None:
            kept.append(entry)
        elif entry.is_translation and not override.is_translation:
            kept.append(replace(entry, pronunciation=None))
    return (*kept, *own)


def select_terms(entries: Iterable[Entry], target: str) -> tuple[Term, ...]:
    """Terms for one target language."""
    return tuple(Term(entry.source, entry.target) for entry in _select_entries(entries, target) if entry.is_translation)


def select_pronunciations(entries: Iterable[Entry], target: str) -> Lexicon:
    """The pronunciations for one target language; those for it alone count before those for all."""
    found = sorted(_select_entries(entries, target), key=lambda entry: entry.language is not None)
    return Lexicon(entry.pronunciation for entry in found if entry.pronunciation is not None)


def _select_entries(entries: Iterable[Entry], target: str) -> Iterator[Entry]:
    for entry in entries:
        if entry.source and (entry.language is None or languages.is_same_language(entry.language, target)):
            yield entry


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
    words = dict.fromkeys([*(entry.source for entry in entries if entry.source and entry.is_translation), *known])
    return ", ".join(words)
