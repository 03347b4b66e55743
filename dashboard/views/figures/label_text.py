"""Label text of figures: truncation and counts."""

from pipeline.control_characters import escape_control_characters

FONT = "system-ui, sans-serif"
MAX_LABEL_CHARS = 300


def truncate_text(text: str, most: int = MAX_LABEL_CHARS) -> str:
    """Text on one line, truncated with an ellipsis to `most` characters."""
    flat = escape_control_characters(" ".join(text[: 4 * most].split()))
    return flat if len(flat) <= most else f"{flat[: most - 1].rstrip()}…"


def format_count(number: int, word: str) -> str:
    """Count with its noun: `1 line`, `2 lines`, `no lines`."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
