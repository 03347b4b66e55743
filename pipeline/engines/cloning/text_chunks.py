"""Text chunking: parts that a model can read at once, split between sentences if possible, else clauses, words, letters."""

import re
from collections.abc import Callable
from itertools import pairwise

# Kinds of boundaries, and their largest distance from the middle as a share of the length. A short part is read badly.
BOUNDARIES = (
    (re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？])"), 0.38),
    (re.compile(r"(?<=[,;:،])\s+|(?<=[、，；])"), 0.3),
    (re.compile(r"\s+"), 0.5),
    (re.compile(r"(?<=.)(?=.)"), 0.5),  # scripts without spaces, and hostile words
)


def split_text(text: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
    """Split a text into parts that fit, about equally long; only spaces between them are lost.

    A single letter that does not fit is a part all the same.
    """
    text = text.strip()
    if not text:
        return ()
    if len(text) == 1 or fits(text):
        return (text,)
    start, end = _find_cut(text)
    return split_text(text[:start], fits) + split_text(text[end:], fits)


def _find_cut(text: str) -> tuple[int, int]:
    """The boundary nearest the middle, of the best kind available."""
    middle = len(text) / 2
    for places, reach in BOUNDARIES:
        found = [match.span() for match in places.finditer(text) if match.start() > 0 and match.end() < len(text)]
        found = [span for span in found if abs(span[0] - middle) <= reach * len(text)]
        if found:
            return min(found, key=lambda span: abs(span[0] - middle))
    return len(text) // 2, len(text) // 2


def plan_pauses(parts: tuple[str, ...], *, sentence: float, clause: float) -> tuple[float, ...]:
    """Plan the pauses between parts, in seconds: `sentence` after a sentence, `clause` after a clause, else none."""
    return tuple(
        sentence if one[-1:] in ".!?؟।。！？" else clause if one[-1:] in ",;:،、，；" else 0.0 for one, _ in pairwise(parts)
    )
