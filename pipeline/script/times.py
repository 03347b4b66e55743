"""Times in script files: seconds, or hours, minutes and seconds, with a point or a comma."""

import re
from dataclasses import dataclass

MAX_DECIMALS = 3  # times of scripts are to the millisecond
TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6})(?:[.,](\d{1,9}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileTime:
    """Time as a script file writes it. `seconds`: of the film, None where the text is no time; `decimals`: its digits after the point."""

    text: str
    seconds: float | None
    decimals: int = MAX_DECIMALS


def read_time(text: str) -> FileTime:
    """The time of a cell, with its precision."""
    text = text.strip()
    found = TIME.fullmatch(text)
    return FileTime(text, parse_time(text), min(len(found[4] or ""), MAX_DECIMALS) if found else MAX_DECIMALS)


def parse_time(text: str) -> float | None:
    """Seconds of `75.5`, `1:15,5` or `00:01:15.500`; None for any other text."""
    found = TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, fraction = found.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def format_time(seconds: float, point: str) -> str:
    """`00:01:15.500`, or with another decimal point, as subtitle files have it."""
    milliseconds = round(round(seconds, 3) * 1000)  # as in the other formats, also of half a millisecond
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def format_clock(seconds: float) -> str:
    """`1:02.300`, or with hours, as messages have it."""
    return format_time(seconds, ".").removeprefix("00:").removeprefix("0")
