"""Table of a dub's lines for studies: properties of each line beside the errors of its round trip."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.metrics import WordErrors, normalize_text
from pipeline.values.tasks import LineRow


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A dubbed line. `confidence`: geometric mean over its recognised words, 0..1, None without any; `seconds`: of the source line;
    `characters_per_second`: of the translation in the source's time; `rate`: pace over the voice's natural one; `error_rate`: round trip.
    """

    task: int
    number: int
    speaker: str
    text_source: str
    confidence: float | None
    seconds: float
    words: int
    characters_per_second: float
    rate: float
    stretch: float
    onset_error: float
    error_rate: float


def build_line_table(
    task: int, rows: Sequence[LineRow], errors: Sequence[WordErrors], words: Iterable[Mapping[str, Any]] = ()
) -> tuple[LineFacts, ...]:
    """The lines that are spoken and have words. `errors`: of each row; `words`: of the film, as `Client.words` gives them."""
    known = [(word["start_s"], word["end_s"], word["confidence"]) for word in words]
    return tuple(
        _describe(task, row, each, known)
        for row, each in zip(rows, errors, strict=True)
        if row.dub_seconds > 0.0 and each.words > 0
    )


def _describe(task: int, row: LineRow, errors: WordErrors, words: Sequence[tuple[float, float, float | None]]) -> LineFacts:
    seconds = row.end - row.start
    return LineFacts(
        task=task,
        number=row.number,
        speaker=row.speaker or "",
        text_source=row.text_source,
        confidence=compute_confidence([each for start, end, each in words if row.start <= (start + end) / 2 < row.end]),
        seconds=seconds,
        words=len(normalize_text(row.text).split()),
        characters_per_second=len(row.text) / seconds,
        rate=row.rate,
        stretch=row.stretch,
        onset_error=abs(row.dub_start - row.start),
        error_rate=errors.rate,
    )


def compute_confidence(confidences: Sequence[float | None]) -> float | None:
    """Geometric mean of the confidences that are known, 0..1; None where none is."""
    known = [each for each in confidences if each is not None]
    if not known:
        return None
    return math.exp(sum(math.log(max(each, 1e-6)) for each in known) / len(known))
