"""Texts as figures carry them."""

from pipeline.control_characters import escape_control_characters

FONT = "system-ui, sans-serif"
MAX_LABEL_CHARS = 300  # characters


def truncate_text(text: str, most: int = MAX_LABEL_CHARS) -> str:
    """A text on one line, cut where it is longer than that."""
    flat = escape_control_characters(" ".join(text[: 4 * most].split()))
    return flat if len(flat) <= most else f"{flat[: most - 1].rstrip()}…"


def format_count(number: int, word: str) -> str:
    """`1 line`, `2 lines`, `no lines`."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
