"""Sentence splitting of dialogue: a student model translates one sentence at a time, without the marks around it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.engines.apertium.text_normalization import is_shouted

OPENING_MARKS = r"""[\s\-–—―•*#♪♫"“”«»„‚‘'’(\[{<¿¡.…]*"""  # dialogue dashes, notes, quotes, an ellipsis that goes on
CLOSING_MARKS = r"""[\s"“”«»‘’')\]}>♪♫*#\-–—]*"""
ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sgt",
        "lt",
        "col",
        "gen",
        "capt",
        "cmdr",
        "rev",
        "hon",
        "jr",
        "sr",
        "no",
        "vs",
        "etc",
        "mt",
        "ft",
        "sra",
        "srta",
        "dra",
        "d",
        "dña",
        "ud",
        "uds",
        "av",
        "núm",
        "pág",
        "vd",
        "exmo",
    ]
)
SENTENCE_BOUNDARY = re.compile(r"""(?P<word>[^\s.!?…]*)(?P<stop>[.!?…]+["”»’')\]]*)\s+(?=[\s"“«„‘'(\[¿¡♪\-–—]*[A-ZÀ-ÖØ-Þ0-9])""")
FILLER_SOUND = re.compile(
    r"(?:h+m+|m+(?:-?h+m+)?|u+[hm]+(?:[- ]?h+u*[hm]+)?|s+h+|psst|u+gh+|a+h+|e+h+|ha+(?:[- ,]+ha+)*)", re.IGNORECASE
)
MAX_WORD_CHARS = 60  # longer ones are no words, and each takes the model a second


@dataclass(frozen=True, slots=True)
class Sentence:
    """`before + core + after` is the sentence as it stood; the core begins and ends with what is translated.

    `is_shouted`: it is in capitals, by itself or in a line that is, whose short sentences (`NO.`) do not show it.
    """

    before: str
    core: str
    after: str
    is_shouted: bool = False

    @property
    def is_speech(self) -> bool:
        """True if there is something to translate: a letter, more than a sound such as `Hmm`, no word over the length limit."""
        if FILLER_SOUND.fullmatch(self.core.rstrip(".!?…,")):
            return False
        return any(letter.isalpha() for letter in self.core) and all(len(word) <= MAX_WORD_CHARS for word in self.core.split())

    def wrap(self, words: str) -> str:
        """The translated words between the sentence's marks, without an opening quote whose end the translation lost."""
        before = self.before
        for opening, closing in (("“", "”"), ('"', '"'), ("«", "»")):
            if opening in before and closing in self.core and closing not in words + self.after:
                before = before.replace(opening, "")
        return before + words + self.after


def strip_controls(text: str) -> str:
    """One line without control and format characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a line, in order; joined by spaces they give it again."""
    shouted = is_shouted(text)
    return tuple(_parse_sentence(piece, is_shouted=shouted or is_shouted(piece)) for piece in _find_pieces(text))


def join_sentences(sentences: Iterable[str]) -> str:
    """Translated sentences as one line."""
    return " ".join(sentence.strip() for sentence in sentences if sentence.strip())


def halve_sentence(text: str) -> tuple[str, str]:
    """A sentence that is too long as two parts, at the mark or the space nearest to its middle."""
    middle = len(text) // 2
    marks = [match.end() for match in re.finditer(r"[,;:]\s", text)] or [match.end() for match in re.finditer(r"\s", text)]
    place = min(marks, key=lambda position: abs(position - middle), default=middle)
    return text[:place].strip(), text[place:].strip()


def _find_pieces(text: str) -> Iterator[str]:
    start = 0
    for match in SENTENCE_BOUNDARY.finditer(text):
        if not _is_abbreviated(match["word"], match["stop"]):
            yield text[start : match.end()].strip()
            start = match.end()
    if rest := text[start:].strip():
        yield rest


def _is_abbreviated(word: str, stop: str) -> bool:
    word = word.lstrip("""-–—"“«„‘'([¿¡""")
    is_initial = len(word) == 1 and word.isalpha() and word.isupper() and word != "I"
    return stop == "." and (is_initial or word.lower() in ABBREVIATIONS)


def _parse_sentence(piece: str, *, is_shouted: bool) -> Sentence:
    opening = re.match(OPENING_MARKS, piece)
    before = opening[0] if opening else ""
    core = piece[len(before) :]
    closing = re.search(CLOSING_MARKS + r"$", core)
    after = closing[0] if closing else ""
    core = core[: len(core) - len(after)]
    if after and core.count("'") % 2 == 0 and after[:1] in "'’" and core[-1:] in "sn":  # the runnin' dogs'
        core, after = core + after[0], after[1:]
    return Sentence(before, core, after, is_shouted)
