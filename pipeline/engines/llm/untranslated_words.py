"""Detection of untranslated words: words of the source language left in a translation ("¿Hay alguien home?").

Small models leave them. A word counts only if it cannot be a name, a term or a word of both languages: it is in lower case, the
same in the original, and either one of the commonest words of English or part of a run of several. A false alarm costs one more
question; a missed word is heard by the viewer.
"""

import re
from collections.abc import Collection

from pipeline.engines.llm.english_words import COMMON_WORDS, LOANWORDS
from pipeline.text import languages

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
RUN_WORDS = 4  # words in a row that a translation must share with its original to count as untranslated
MIN_RUN_LETTERS = 14  # in lower case, of such a run
# Related languages share whole phrases: between them, runs are not compared.
LANGUAGE_FAMILIES = (frozenset({"es", "pt", "gl", "ca", "it", "fr", "oc", "ro"}), frozenset({"da", "nb", "nn", "no", "sv"}))


def find_untranslated_words(text: str, original: str, *, source: str, target: str, kept: Collection[str] = ()) -> tuple[str, ...]:
    """Untranslated words of `original` in its translation `text`, in the text's order; empty if there are none.

    `kept`: settled terms, whose words may stay.
    """
    if languages.is_same_language(source, target):
        return ()
    allowed = {word for term in kept for word in _split_words(term.casefold())}
    mine, theirs = _split_words(text), _split_words(original)
    if languages.is_same_language(source, "en"):
        base = target.partition("-")[0].casefold()
        common = COMMON_WORDS - LOANWORDS.get(base, frozenset()) - allowed
        spoken = {word for word in theirs if word.islower()}
        if found := tuple(word for word in mine if word in common and word in spoken):
            return found
    return () if _are_related(source, target) else _find_common_run(mine, theirs, allowed)


def _find_common_run(mine: list[str], theirs: list[str], allowed: Collection[str]) -> tuple[str, ...]:
    """The first run of RUN_WORDS words that both texts have, all but one in lower case; empty if there is none."""
    runs = {tuple(theirs[n : n + RUN_WORDS]) for n in range(len(theirs) - RUN_WORDS + 1)}
    for n in range(len(mine) - RUN_WORDS + 1):
        run = tuple(mine[n : n + RUN_WORDS])
        lower = [word for word in run if word.islower() and word.casefold() not in allowed]
        if run in runs and len(lower) >= RUN_WORDS - 1 and sum(map(len, lower)) >= MIN_RUN_LETTERS:
            return run
    return ()


def _are_related(source: str, target: str) -> bool:
    pair = {source.partition("-")[0].casefold(), target.partition("-")[0].casefold()}
    return any(pair <= family for family in LANGUAGE_FAMILIES)


def _split_words(text: str) -> list[str]:
    return WORD.findall(text.replace("’", "'"))
