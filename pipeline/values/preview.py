"""Preview of a film: the range of time that is dubbed first, as people write and read it."""

import math
import re
from dataclasses import dataclass
from typing import Self

from pipeline.errors import FilmError

MIN_PREVIEW_S = 5.0  # s of the shortest range: less holds no line
MAX_TIME_S = 360_000.0  # s: hundred hours, beyond every film
TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,3})?)", re.ASCII)
TIME_ADVICE = "give seconds (600), MM:SS (10:00) or HH:MM:SS (1:10:00)"


@dataclass(frozen=True, slots=True)
class PreviewRange:
    """The part of a film that is dubbed as a preview: from `start` to `end`, seconds from the start of the film."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.end) and 0.0 <= self.start < self.end <= MAX_TIME_S):
            raise ValueError("a preview ends after its beginning: give from=600 and until=900 for the minutes 10 to 15")
        if self.end - self.start < MIN_PREVIEW_S:
            raise ValueError(
                f"a preview of {self.end - self.start:g} s is too short to hold a line; give at least {MIN_PREVIEW_S:g} s"
            )

    @classmethod
    def parse(cls, start: str, end: str) -> Self:
        """Parse two times as people write them; an empty start is the film's. ValueError, with advice."""
        if not end:
            raise ValueError(f"a preview needs its end: {TIME_ADVICE}")
        return cls(parse_time(start) if start else 0.0, parse_time(end))

    def require_within(self, duration: float, name: str) -> None:
        """Require that the preview begins before its film ends, after `duration` seconds. FilmError."""
        if self.start >= duration:
            raise FilmError(
                f"{name} ends at {format_time(duration)}: there is nothing at {self} to preview; choose earlier times"
            )

    def __str__(self) -> str:
        return f"{format_time(self.start)}–{format_time(self.end)}"


def parse_time(text: str) -> float:
    """Seconds of `600`, `600.5`, `10:00` or `1:10:00`. ValueError, with advice, for any other text."""
    match = TIME.fullmatch(text.strip())
    hours, minutes, seconds = match.groups() if match else (None, None, None)
    found = float((seconds or "0").replace(",", "."))
    if match is None or (minutes and found >= 60.0) or (hours and int(minutes or 0) >= 60):
        raise ValueError(f"{text[:20]!r} is no time; {TIME_ADVICE}")
    return int(hours or 0) * 3600.0 + int(minutes or 0) * 60.0 + found


def format_time(seconds: float) -> str:
    """A time as `10:00` or `1:10:00`, to the second."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
