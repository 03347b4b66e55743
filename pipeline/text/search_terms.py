"""Search terms: the words of a search, which may occur in any order; "words in quotes" belong together."""

import re

MAX_TERMS = 20  # of one search; the rest is one term, so that nothing of it is ignored
TERM = re.compile(r'"([^"]+)"|(\S+)')


def split_search(search: str) -> tuple[str, ...]:
    """Terms of a search: each must occur. () for an empty one."""
    found = [quoted.strip() or word for quoted, word in TERM.findall(search)]
    terms = [term for term in found if term]
    return tuple(terms[:MAX_TERMS]) + ((" ".join(terms[MAX_TERMS:]),) if len(terms) > MAX_TERMS else ())


def matches_search(text: str, search: str) -> bool:
    """True if a text contains every term of a search, in any case."""
    folded = text.casefold()
    return all(term.casefold() in folded for term in split_search(search))
