"""Log tail: the last lines of the log as HTML, and the difference between two tails of one log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.views.formatting import escape_text

# As pipeline.logs writes it: date, time, level, logger, words.
LINE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d)[,.]\d+ (?P<level>[A-Z]+) +(?P<logger>\S+) (?P<words>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class LogChange:
    """Difference between two log tails: lines to drop at the beginning, lines to append."""

    drop: int
    added: tuple[str, ...]


def format_log_line(line: str) -> Markup:
    """HTML of one line; a line in a foreign format is escaped as it is."""
    line = escape_text(line)
    if found := LINE.fullmatch(line):
        time, level, logger, words = found.group("time", "level", "logger", "words")
        inner = Markup('<time title="{}">{}</time> <span class="logger">{}</span> {}').format(found["date"], time, logger, words)
        return Markup('<div data-level="{}">{}</div>').format(level, inner)
    return Markup("<div>{}</div>").format(line)


def format_log_lines(lines: Sequence[str]) -> Markup:
    """HTML of several lines."""
    return Markup("").join(format_log_line(line) for line in lines)


def diff_log(before: Sequence[str], after: Sequence[str]) -> LogChange | None:
    """Difference between two tails of one log; None if they are equal."""
    before, after = tuple(before), tuple(after)
    if before == after:
        return None
    kept = next((n for n in range(min(len(before), len(after)), 0, -1) if before[-n:] == after[:n]), 0)
    return LogChange(drop=len(before) - kept, added=after[kept:])
