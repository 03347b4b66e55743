"""Repair of SubRip and WebVTT texts: cue numbers, times and blank lines in every notation found in files, brought to the standard one.

A cue begins at its time line and ends before the number of the next. Times may lack hours or milliseconds, use points, and
have coordinates or settings after them; numbers may have marks, dots or signs; rows may be blank.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

CLOCK = r"(?:(\d{1,3})\s?[:：]\s?)?(\d{1,2})\s?[:：]\s?(\d{1,2})(?:\s?[.,:;'，]\s?(\d{1,3})\d{0,6})?"
ARROW = r"(?:[-–—−=]{1,3}\s?>{1,2}|>{1,3}|[-–—−=]{1,3}&gt;|→|⟶)"
TIME_LINE = re.compile(rf"^\W{{0,4}}{CLOCK}\s{{0,4}}{ARROW}\s{{0,4}}{CLOCK}(?:\s.{{0,200}})?$")
FULL_CLOCK = r"(\d{1,2}):(\d{2}):(\d{2})[.,](\d{1,3})"
DASHED_TIME_LINE = re.compile(rf"^{FULL_CLOCK}\s{{0,4}}[-–—]\s{{0,4}}{FULL_CLOCK}$")  # "10:30 - 11:30" is speech
ENDLESS_TIME_LINE = re.compile(rf"^{CLOCK}\s{{0,4}}{ARROW}$")
NUMBER_LINE = re.compile(r"^[\W_]{0,4}\d{1,6}[\W_]{0,3}$")
POINT_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})\.(\d{2})\.(\d{2})(?=[.,]\d|\s|-)"
)  # `00.01.20,500`, unlike the fraction in `0:01.5`
LINE_BREAK = re.compile(r"<br\s{0,3}/?>", re.IGNORECASE)
MAX_TIME_CHARACTERS = 300  # of a time line
MIN_CLOCK_COLONS = 4  # of two clocks with a dash between them
MIN_NUMBERED_SHARE = 0.6  # of time lines with a number before them, for a file with numbers
INLINE_TIME = re.compile(r"<\d[\d:.]{0,12}>")  # of a word in WebVTT: pysubs2 takes two in a row for a cue's times
UNREADABLE_TIME = "cues whose times cannot be read"


@dataclass(slots=True)
class RepairedText:
    """A text in the standard notation, and the count of time lines that could not be read."""

    lines: list[str] = field(default_factory=list)
    unreadable: int = 0


def is_time_line(line: str) -> bool:
    """True for the line of a cue's times, in any notation, and for one that was meant to be one."""
    is_candidate = any(sign in line for sign in (">", "&gt;", "→", "⟶")) or line.count(":") >= MIN_CLOCK_COLONS
    return "-->" in line or (is_candidate and len(line) <= MAX_TIME_CHARACTERS and _read_times(line) is not None)


def _read_times(line: str) -> str | None:
    """The times in the standard notation; one without an end ends when it begins. None for a line that cannot be read."""
    text = POINT_CLOCK.sub(r"\1:\2:\3", line.strip())
    match = TIME_LINE.match(text) or DASHED_TIME_LINE.match(text) or ENDLESS_TIME_LINE.match(text)
    if match is None:
        return None
    clocks = match.groups()
    return f"{_format_clock(clocks[:4])} --> {_format_clock(clocks[4:8] or clocks[:4])}"


def repair_srt(lines: list[str]) -> RepairedText:
    """The lines of an SRT file with numbers from 1 on, times `hh:mm:ss,mmm`, no blank lines inside cues."""
    repaired = RepairedText()
    heads = [at for at, line in enumerate(lines) if is_time_line(line)]
    is_numbered = _is_numbered(lines, heads)
    number = 0
    for head, following in pairwise([*heads, len(lines)]):
        times = _read_times(lines[head])
        if times is None:
            repaired.unreadable += 1
            continue
        rows = [LINE_BREAK.sub("\n", row.strip()) for row in lines[head + 1 : following] if row.strip()]
        if is_numbered and following < len(lines) and rows and NUMBER_LINE.match(rows[-1]):
            rows = rows[:-1]
        if not rows:
            continue
        number += 1
        repaired.lines += [str(number), times, *rows, ""]
    return repaired


def repair_vtt(lines: list[str]) -> RepairedText:
    """The cues of a WebVTT file as SRT: without its header, notes, styles and identifiers. A cue ends at an empty line."""
    repaired = RepairedText()
    number = 0
    for head in (at for at, line in enumerate(lines) if "-->" in line):
        times = _read_times(lines[head])
        if times is None:
            repaired.unreadable += 1
            continue
        end = next((at for at in range(head + 1, len(lines)) if lines[at] == "" or "-->" in lines[at]), len(lines))
        rows = [text for row in lines[head + 1 : end] if (text := INLINE_TIME.sub("", row).strip())]
        if not rows:
            continue
        number += 1
        repaired.lines += [str(number), times, *rows, ""]
    return repaired


def _is_numbered(lines: list[str], heads: list[int]) -> bool:
    """True where most cues have a number on the line before their times, blank lines aside."""
    numbered = 0
    for head in heads:
        before = next((line for line in reversed(lines[max(0, head - 3) : head]) if line.strip()), "")
        numbered += bool(NUMBER_LINE.match(before.strip()))
    return bool(heads) and numbered >= MIN_NUMBERED_SHARE * len(heads)


def _format_clock(parts: tuple[str | None, ...]) -> str:
    hours, minutes, seconds, fraction = parts
    milliseconds = int((fraction or "0").ljust(3, "0"))
    return f"{int(hours or 0):02}:{int(minutes or 0):02}:{int(seconds or 0):02},{milliseconds:03}"
