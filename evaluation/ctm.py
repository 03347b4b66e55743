"""Words with times as CTM (NIST conversation time mark): a line a word, `recording channel start duration word [confidence]`, seconds."""

import math
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.values.timeline import Span, Word

MAX_CTM_BYTES = 20_000_000  # of a file: a day of words has less
MAX_LISTED_CHARACTERS = 80  # of a broken line that an error lists


def read_ctm(path: Path) -> tuple[Word, ...]:
    """The words of a CTM file, in order of time. FilmError names the line that is none."""
    if path.stat().st_size > MAX_CTM_BYTES:
        raise FilmError(f"{path.name} is larger than {MAX_CTM_BYTES // 1_000_000} MB; words of one recording are not")
    return tuple(sorted(_parse_words(path.read_text("utf-8", "replace"), path.name), key=lambda word: word.span))


def _parse_words(text: str, name: str) -> Iterator[Word]:
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0].startswith(";;"):
            continue
        try:
            start, duration = float(fields[2]), float(fields[3])
            if not math.isfinite(start + duration):
                raise ValueError
            confidence = float(fields[5]) if len(fields) > 5 else None
            yield Word(Span(start, start + duration), fields[4], confidence)
        except (ValueError, IndexError):
            raise FilmError(
                f"{name}, line {number}: {line[:MAX_LISTED_CHARACTERS]!r} is no word; write: recording channel start duration word"
            ) from None
