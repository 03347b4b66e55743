"""Terms with a given pronunciation in the round trip: a recogniser that spells a name as it sounds makes no error."""

from collections.abc import Sequence

from pipeline.text.pronunciation.lexicon import Fragment, Lexicon
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.word_errors import divide_heard_words, split_spellings
from pipeline.values.pronunciation import Pronunciation

MIN_LENGTH, MAX_LENGTH = 0.5, 2.0  # of a term as it is heard, in letters of the term as it is written or respelled


def spell_terms_as_heard(spoken: str, heard: str, pronunciations: Sequence[Pronunciation], language: str) -> str:
    """The spoken text, its terms in the spelling in which they were heard, where that is about as long.

    A term that is missing, or has a sentence in its place, stays as it is, and counts as an error.
    """
    fragments = Lexicon(pronunciations).split(spoken) if pronunciations else ()
    if not any(each.pronunciation for each in fragments):
        return spoken
    said = [split_spellings(_get_sound(each)) for each in fragments]
    parts = divide_heard_words(said, split_spellings(verbalize(heard, language)))
    return "".join(
        " ".join(part) if each.pronunciation and _is_alike_long(words, part) else each.text
        for each, words, part in zip(fragments, said, parts, strict=True)
    )


def _get_sound(fragment: Fragment) -> str:
    """The text that is nearest to the sound of a fragment."""
    return (fragment.pronunciation and fragment.pronunciation.respelling) or fragment.text


def _is_alike_long(words: Sequence[str], heard: Sequence[str]) -> bool:
    said = len("".join(words))
    return MIN_LENGTH * said <= len("".join(heard)) <= MAX_LENGTH * said
