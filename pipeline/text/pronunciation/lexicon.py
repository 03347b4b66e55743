"""Term index: finds terms in the text of a line, as whole words, the longest first; and the pronunciation lexicon over it.

The cost of a line does not grow with the number of terms: from each word on, one look-up for each length that terms with
its first letter have.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.text.word_errors import APOSTROPHES, UNSPACED_LETTER
from pipeline.values.pronunciation import Pronunciation

T = TypeVar("T")


class TermIndex(Generic[T]):
    """Values by the terms that stand for them in a text. `forms`: folded term → value; the texts are folded as these are."""

    def __init__(self, forms: Mapping[str, T]) -> None:
        self._forms = forms
        lengths: dict[str, set[int]] = {}
        for form in forms:
            lengths.setdefault(form[0], set()).add(len(form))
        self._lengths = {letter: sorted(each, reverse=True) for letter, each in lengths.items()}

    def __bool__(self) -> bool:
        return bool(self._forms)

    def find(self, folded: str) -> Iterator[tuple[int, int, T]]:
        """Start, end and value of each term, in order."""
        start = 0
        while start < len(folded):
            lengths = self._lengths.get(folded[start], ())
            for length in lengths if lengths and _is_boundary(folded, start) else ():
                found = self._forms.get(folded[start : start + length])
                if found is not None and _is_boundary(folded, start + length):
                    yield start, start + length, found
                    start += length
                    break
            else:
                start += 1


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a text: one term with its pronunciation, or what stands before, between or after terms."""

    text: str
    pronunciation: Pronunciation | None = None


class Lexicon:
    """Pronunciations of one language. Of two for one term the later counts.

    A term is found as it is written, with a capital at its beginning, and in capitals: `mark` also in `Mark` and `MARK`, but
    `Polish` not in `polish`.
    """

    def __init__(self, pronunciations: Iterable[Pronunciation] = ()) -> None:
        given = {fold_term(each.term): each for each in pronunciations}
        forms: dict[str, Pronunciation] = {}
        for term, each in given.items():
            forms.setdefault(term[:1].upper() + term[1:], each)
            forms.setdefault(term.upper(), each)
        self._index = TermIndex(forms | given)

    def __bool__(self) -> bool:
        return bool(self._index)

    def split(self, text: str) -> tuple[Fragment, ...]:
        """The fragments of a text, which together are the text in Unicode's composed form (NFC)."""
        text = unicodedata.normalize("NFC", text)
        fragments: list[Fragment] = []
        end = 0
        for start, stop, pronunciation in self._index.find(fold_term(text)):
            if start > end:
                fragments.append(Fragment(text[end:start]))
            fragments.append(Fragment(text[start:stop], pronunciation))
            end = stop
        return (*fragments, Fragment(text[end:])) if end < len(text) else tuple(fragments)

    def list_used(self, text: str) -> tuple[Pronunciation, ...]:
        """The pronunciations of terms that are in a text, each once, in order."""
        if not self._index:
            return ()
        return tuple(dict.fromkeys(each.pronunciation for each in self.split(text) if each.pronunciation is not None))


def respell(text: str, pronunciations: Iterable[Pronunciation]) -> str:
    """The text with the respellings of its terms; terms without one stay as they are. Without pronunciations: the text itself."""
    lexicon = Lexicon(pronunciations)
    if not lexicon:
        return text
    return "".join((each.pronunciation and each.pronunciation.respelling) or each.text for each in lexicon.split(text))


def fold_term(text: str) -> str:
    """The text, letter by letter, with one kind of apostrophe."""
    return unicodedata.normalize("NFC", text).translate(APOSTROPHES)


def _is_boundary(text: str, at: int) -> bool:
    """True between two words, and beside a letter of a script that is written without spaces."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():  # most of a script: the rest is slow
        return not ((before.isalnum() or before == "_") and (after.isalnum() or after == "_"))
    if unicodedata.combining(after) or unicodedata.category(after) == "Mc":
        return False  # a vowel sign or an accent belongs to the letter before it
    if UNSPACED_LETTER.match(before) or UNSPACED_LETTER.match(after):
        return True
    return not (_is_word_character(before) and _is_word_character(after))


def _is_word_character(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")
