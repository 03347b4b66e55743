"""Placeholders: names and glossary terms protected from a translation that would change them.

A name is usually copied by a model and left alone by rules, and the sentence is better for its being there. So a sentence
is translated as it is first; only a word that was lost is replaced by a placeholder, a made-up name, and tried again.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.values.film_context import Term

PLACEHOLDERS = ("Zorvan", "Quimbel", "Tarwick", "Beldor", "Vandrel", "Morwyn")  # names that no dictionary has
NAME_INSIDE_SENTENCE = re.compile(r"(?<=[\w,;’'] )([A-ZÀ-ÖØ-Þ][\w’'-]*\w)")  # capitalised words that begin no sentence
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Names:
    """Names in a sentence. `accented`: those with a letter that English lacks, which a neural model of English may lack too (`Zoë`).

    A neural model copies the others, or translates them as it should (`London`, `Monday`).
    """

    every: tuple[str, ...]
    accented: tuple[str, ...] = ()


def find_names(text: str, language: str) -> Names:
    """Capitalised words inside a sentence, none in a shouted one; in English also those with an accent, wherever they stand."""
    inside = () if text.isupper() else NAME_INSIDE_SENTENCE.findall(text)
    words = WORD.findall(text) if language == "en" else ()
    accented = tuple(dict.fromkeys(word for word in words if word[0].isupper() and not word.isascii()))
    return Names(tuple(dict.fromkeys((*inside, *accented))), accented)


def translate_with_terms(text: str, terms: Sequence[Term], through: Translate) -> str:
    """The translation of a sentence with its glossary terms as the glossary has them, where the translator lets it."""
    words = through(text)
    lost = []
    for term in terms:
        if term.source and _has_word(term.source, text) and not _has_word(term.target, words):
            if _has_word(term.source, words):
                words = _replace_word(words, term.source, term.target)
            else:
                lost.append(term)
    if not lost:
        return words
    held = _translate_with_placeholders(text, [(term.source, term.target) for term in lost], through)
    return words if held is None else _replace_terms(held, terms)


def translate_with_names(text: str, held: Iterable[str], through: Translate) -> str:
    """The translation of a text with the `held` words of it unchanged; a difference in accents alone is allowed."""
    words = through(text)
    plain = _strip_accents(words)
    lost = [(name, name) for name in held if _has_word(name, text) and _strip_accents(name) not in plain]
    if not lost:
        return words
    kept = _translate_with_placeholders(text, lost, through)
    return words if kept is None else kept


def _replace_terms(words: str, terms: Sequence[Term]) -> str:
    for term in terms:
        if term.source and not _has_word(term.target, words):
            words = _replace_word(words, term.source, term.target)
    return words


def _translate_with_placeholders(text: str, pairs: Sequence[tuple[str, str]], through: Translate) -> str | None:
    """The translation over placeholders; None if the translation lost one of them."""
    pairs = pairs[: len(PLACEHOLDERS)]
    for placeholder, (source, _) in zip(PLACEHOLDERS, pairs, strict=False):
        text = _replace_word(text, source, placeholder)
    words = through(text)
    for placeholder, (_, target) in zip(PLACEHOLDERS, pairs, strict=False):
        if not _has_word(placeholder, words):
            return None
        words = _replace_word(words, placeholder, target)
    return words


def _has_word(word: str, text: str) -> bool:
    return bool(re.search(_word_pattern(word), text, re.IGNORECASE))


def _replace_word(text: str, word: str, other: str) -> str:
    return re.sub(_word_pattern(word), lambda _: other, text, flags=re.IGNORECASE)


def _word_pattern(word: str) -> str:
    return rf"(?<!\w){re.escape(word)}(?!\w)"


def _strip_accents(text: str) -> str:
    """Lower case without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter))
