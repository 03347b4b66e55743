"""The end of the log, line by line, and what changed in it since it was last shown."""

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
    """How to bring shown lines up to date: drop so many at the beginning, add these at the end."""

    drop: int
    added: tuple[str, ...]


def format_log_line(line: str) -> Markup:
    """One line; a line in another form than ours is shown as it is."""
    line = escape_text(line)
    if found := LINE.fullmatch(line):
        time, level, logger, words = found.group("time", "level", "logger", "words")
        inner = Markup('<time title="{}">{}</time> <span class="logger">{}</span> {}').format(found["date"], time, logger, words)
        return Markup('<div data-level="{}">{}</div>').format(level, inner)
    return Markup("<div>{}</div>").format(line)


def format_log_lines(lines: Sequence[str]) -> Markup:
    """Lines in their order."""
    return Markup("").join(format_log_line(line) for line in lines)


def diff_log(before: Sequence[str], after: Sequence[str]) -> LogChange | None:
    """What changed between two ends of one log; None where nothing did."""
    before, after = tuple(before), tuple(after)
    if before == after:
        return None
    kept = next((n for n in range(min(len(before), len(after)), 0, -1) if before[-n:] == after[:n]), 0)
    return LogChange(drop=len(before) - kept, added=after[kept:])
