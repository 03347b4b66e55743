"""Speaker turns as RTTM (NIST Rich Transcription Time Marked), read and written.

A line per turn: `SPEAKER file channel start duration <NA> <NA> speaker <NA> <NA>`, times in seconds.
"""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.values.timeline import Span, Turn

MAX_RTTM_BYTES = 4_000_000  # bytes of a file: a day of turns has less
MAX_LISTED_CHARACTERS = 80  # of a broken line that an error lists


def read_rttm(path: Path) -> tuple[Turn, ...]:
    """The turns of an RTTM file, in order of time. FilmError names the line that is none."""
    if path.stat().st_size > MAX_RTTM_BYTES:
        raise FilmError(f"{path.name} is larger than {MAX_RTTM_BYTES // 1_000_000} MB; turns are not")
    return tuple(sorted(_parse_turns(path.read_text("utf-8", "replace"), path.name), key=lambda turn: turn.span))


def format_rttm(turns: Sequence[Turn], *, name: str) -> str:
    """The turns as RTTM, in order of time, to the millisecond. `name`: of the recording.

    Blanks in a name or a label become underscores, because blanks separate the fields.
    """
    lines = (
        f"SPEAKER {_join_words(name)} 1 {turn.span.start:.3f} {turn.span.duration:.3f} <NA> <NA> {_join_words(turn.speaker)} <NA> <NA>\n"
        for turn in sorted(turns, key=lambda turn: (turn.span, turn.speaker))
    )
    return "".join(lines)


def _parse_turns(text: str, name: str) -> Iterator[Turn]:
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue  # other types of line say nothing of turns
        try:
            start, seconds, speaker = float(fields[3]), float(fields[4]), fields[7]
            if not math.isfinite(start + seconds):
                raise ValueError("no finite time")
            yield Turn(Span(start, start + seconds), speaker)
        except (ValueError, IndexError) as error:
            listed = line[:MAX_LISTED_CHARACTERS]
            raise FilmError(f"line {number} of {name} is no turn ({listed!r}); mend it, or remove the file") from error


def _join_words(text: str) -> str:
    """One field of a line."""
    return re.sub(r"\s+", "_", text.strip()) or "_"
