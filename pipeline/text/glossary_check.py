"""Check of a script against a glossary: the terms that a line's source has, and the ones whose translation its text lacks."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.text.glossary import Entry, merge_glossaries, parse_glossary, select_terms
from pipeline.text.pronunciation.lexicon import TermIndex, fold_term
from pipeline.values.film_context import Term


@dataclass(frozen=True, slots=True)
class TermHit:
    """A term of the glossary that a line's source has. `is_kept`: its translation is in the line's text."""

    source: str
    target: str
    is_kept: bool


class GlossaryCheck:
    """Terms of a glossary for one target language. Of two for one term, that for this language alone counts, then the later."""

    def __init__(self, entries: Iterable[Entry], target: str) -> None:
        own = sorted(entries, key=lambda entry: entry.language is not None)
        self._index = TermIndex({_fold(term.source): term for term in select_terms(own, target)})

    def check_line(self, source: str, text: str) -> tuple[TermHit, ...]:
        """Terms that are in the source in any case, each once, in order."""
        if not self._index:
            return ()
        found = dict.fromkeys(term for _, _, term in self._index.find(_fold(source)))
        return tuple(TermHit(term.source, term.target, has_translation(text, term)) for term in found)


def make_glossary_check(library: str, task: str, target: str) -> GlossaryCheck:
    """Check against the texts of both glossaries. GlossaryError for a malformed one."""
    return GlossaryCheck(merge_glossaries(parse_glossary(library), parse_glossary(task)), target)


def has_translation(text: str, term: Term) -> bool:
    """True if a text has the translation of a term, with another ending at most."""
    wanted = term.target.casefold()
    return wanted[: max(4, len(wanted) - 2)] in text.casefold()


def _fold(text: str) -> str:
    return fold_term(text).casefold()
