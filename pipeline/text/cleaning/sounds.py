"""Sound descriptions of subtitles for the deaf, and lyrics: removed, unless brackets hold a part of a sentence.

Counter-example that stays: "He said (and I agree) that…" is spoken as a whole.
"""

import re
from collections.abc import Sequence

from pipeline.text.cleaning.timed_text import Removals, TimedText

SOUND_REASON = "sound descriptions"
LYRICS_REASON = "lyrics"
SQUARE = re.compile(r"\[[^\[\]]{0,300}\]|【[^【】]{0,300}】|（[^（）]{0,300}）")
ROUND = re.compile(r"\([^()]{0,300}\)|\*[^*\n]{1,60}\*|‹[^‹›\n]{1,60}›|<\s[^<>\d]{1,60}\s>")
UNCLOSED = re.compile(r"[^\S\n]*\[[^\[\]\n]{1,40}\Z")
LABEL_COLON = re.compile(r"^([^\S\n]*(?:-[^\S\n]*)?(?:\[[^\[\]\n]{1,60}\]|\([^()\n]{1,60}\))):", re.MULTILINE)  # `[BOTH]: Go!`
MIN_SENTENCE_WORDS = 5  # in brackets, with its mark and small letters, for a sentence that somebody says
MIN_SOUNDS = 3  # of a file, in brackets of their own, before a word in brackets inside a sentence counts as one
# Subject pronouns of the first two persons: who describes a sound does not say "I".
PRONOUNS = frozenset({"i", "i'm", "i've", "i'd", "i'll", "we", "we're", "you", "you're", "yo", "tú", "usted", "nosotros", "je", "j'ai", "tu", "vous", "nous", "ich", "wir", "io", "noi", "eu", "você", "nós", "jo", "nosaltres"})  # fmt: skip
NOTE = "♩♪♫♬"
LYRICS = re.compile(rf"[{NOTE}][^{NOTE}]{{0,500}}[{NOTE}]|[{NOTE}].*$|^[^\S\n]*#\s+[^\W\d].*$", re.MULTILINE)
LYRICS_TO_NOTE = re.compile(rf"^[^{NOTE}\n]{{0,200}}[{NOTE}]+[^\S\n]*$", re.MULTILINE)  # a row that only ends with a note
LONE_PUNCTUATION = re.compile(r"^[\W_]+$")


def remove_sounds(texts: Sequence[TimedText], removals: Removals) -> list[TimedText]:
    """The texts without sound descriptions and lyrics; those with nothing else are left out."""
    kept: list[TimedText] = []
    describes_sounds = count_sounds(texts) >= MIN_SOUNDS
    for text in texts:
        sung = LYRICS_TO_NOTE.sub(" ", LYRICS.sub(" ", text.text))
        removals.add(LYRICS_REASON, int(sung != text.text))
        spoken = LABEL_COLON.sub(r"\1", sung)
        for brackets in (SQUARE, ROUND):
            spoken = brackets.sub(lambda match: " " if is_sound(match, describes_sounds=describes_sounds) else match[0], spoken)
        spoken = UNCLOSED.sub(" ", spoken)
        removals.add(SOUND_REASON, int(spoken != sung))
        rows = (" ".join(row.split()) for row in spoken.split("\n"))
        rows_kept = [row for row in rows if row and not LONE_PUNCTUATION.match(row)]
        if rows_kept:
            kept.append(text.with_text("\n".join(rows_kept)))
    return kept


def count_sounds(texts: Sequence[TimedText]) -> int:
    """Number of brackets that stand at the edge of what is said: the mark of subtitles for the deaf."""
    matches = (match for text in texts for brackets in (SQUARE, ROUND) for match in brackets.finditer(text.text))
    return sum(is_sound(match, describes_sounds=False) for match in matches)


def is_sound(match: re.Match[str], *, describes_sounds: bool) -> bool:
    """True for a bracket that describes a sound; False for a part of what is said: a sentence, or words of one that goes on around it.

    `describes_sounds`: the file is one for the deaf, in which a sentence may be broken by "(gasps)" or "[door slams]".
    """
    inside = match[0].strip("[]()*‹›<>【】（） \n")
    if not any(letter.isalpha() for letter in inside) and match[0][:1] in "(<":
        return False
    words, is_closed = inside.split(), inside.endswith((".", "?", "!"))
    is_small = inside != inside.upper() or inside == inside.lower()
    if match[0][:1] in "(*" and is_small and is_closed and len(words) >= (MIN_SENTENCE_WORDS if match[0][0] == "(" else 1):
        return False
    if match[0][:1] == "(" and not PRONOUNS.isdisjoint(word.casefold().replace("’", "'") for word in words) and is_small:
        return False
    if not _is_in_sentence(match):
        return True
    return describes_sounds and (match[0][:1] == "[" or len(words) == 1)


def _is_in_sentence(match: re.Match[str]) -> bool:
    """True where a sentence goes on around a bracket; one with an emphasis in asterisks may begin with it (`*Really* bad.`)."""
    before = match.string[: match.start()].rstrip(" \t")
    after = match.string[match.end() :].lstrip(" \t")
    goes_on = after[:1].islower() or after[:1] in {",", ";", "."}
    if match[0][:1] == "*":
        return goes_on or before[-1:].isalnum()
    return before[-1:].isalnum() and goes_on
