"""Times in script files: seconds, or hours, minutes and seconds, with a point or a comma."""

import re

TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6})(?:[.,](\d{1,9}))?", re.ASCII)


def parse_time(text: str) -> float | None:
    """Seconds of `75.5`, `1:15,5` or `00:01:15.500`; None for any other text."""
    found = TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, fraction = found.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def format_time(seconds: float, point: str) -> str:
    """`00:01:15.500`, or with another decimal point, as subtitle files have it."""
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
