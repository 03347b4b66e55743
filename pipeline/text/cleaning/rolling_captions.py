"""Rolling captions of web video: each row is shown again above the next one, or grows word by word; every phrase is taken once, when
it is first shown.

Counter-example that stays: a line that somebody repeats ("No. No.") in a file whose cues do not roll.
"""

from collections.abc import Sequence
from itertools import pairwise

from pipeline.text.cleaning.timed_text import Removals, TimedText

REASON = "repetitions of rolling captions"
MIN_ROLLING_SHARE = 0.3  # of neighbouring cues of which the second puts a new row under the last one of the first
MIN_PAIRS = 3
MIN_GROWING_SHARE = 0.3  # of neighbouring cues of which the second begins with all of the first
MAX_GROWING_GAP_S = 1.0
MAX_GAP_S = 10.0  # between a cue and the one that repeats it: after a silence the last row comes back above the next


def unroll_captions(texts: Sequence[TimedText], removals: Removals) -> list[TimedText]:
    """Each row of rolling captions as a text of its own; other files as they are."""
    texts = merge_growing(texts, removals)
    if not is_rolling(texts):
        return texts
    rows: list[TimedText] = []
    shown: tuple[str, ...] = ()
    last_end = float("-inf")
    for text in texts:
        is_late = text.start_s - last_end > MAX_GAP_S
        if is_late and not _is_rolled(shown, text.rows):
            shown = ()
        for row in text.rows:
            if row in shown:
                removals.add(REASON)
                if not is_late:
                    _extend(rows, row, text.end_s)
            else:
                rows.append(TimedText(text.start_s, text.end_s, row, text.style))
        shown, last_end = text.rows, text.end_s
    return _end_at_next(rows)


def merge_growing(texts: Sequence[TimedText], removals: Removals) -> list[TimedText]:
    """The texts of a file whose cues grow word by word ("I", "I know", "I know that"), each once; other files as they are."""
    growing = sum(_grows(first, second) for first, second in pairwise(texts))
    if growing < max(MIN_PAIRS, MIN_GROWING_SHARE * (len(texts) - 1)):
        return list(texts)
    merged: list[TimedText] = []
    for text in texts:
        if merged and _grows(merged[-1], text):
            removals.add(REASON)
            merged[-1] = TimedText(merged[-1].start_s, text.end_s, text.text, text.style)
        else:
            merged.append(text)
    return merged


def _grows(first: TimedText, second: TimedText) -> bool:
    """True where the second text is the first with more in its last row, and follows at once."""
    is_near = second.start_s - first.end_s <= MAX_GROWING_GAP_S and first.start_s < second.start_s
    before, after = first.rows, second.rows
    return is_near and before[:-1] == after[:-1] and after[-1].startswith(f"{before[-1]} ")


def is_rolling(texts: Sequence[TimedText]) -> bool:
    """True where cue after cue begins with the last rows of the one before it, and puts another under them."""
    pairs = [(first, second) for first, second in pairwise(texts) if second.start_s - first.end_s <= MAX_GAP_S]
    rolling = sum(_is_rolled(first.rows, second.rows) for first, second in pairs)
    return len(pairs) >= MIN_PAIRS and rolling >= MIN_ROLLING_SHARE * len(pairs)


def _is_rolled(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """True where the second cue shows the last rows of the first, one to all of them, and new ones under them."""
    return any(first[-shared:] == second[:shared] for shared in range(1, min(len(first), len(second) - 1) + 1))


def _extend(rows: list[TimedText], row: str, end_s: float) -> None:
    """Let the last occurrence of a row stay on until `end_s`."""
    for at in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
        if rows[at].text == row:
            rows[at] = TimedText(rows[at].start_s, max(rows[at].end_s, end_s), row, rows[at].style)
            return


def _end_at_next(rows: Sequence[TimedText]) -> list[TimedText]:
    """Rows that end where the next begins: the next one is said then."""
    ended = [
        TimedText(
            row.start_s, min(row.end_s, following.start_s) if following.start_s > row.start_s else row.end_s, row.text, row.style
        )
        for row, following in pairwise(rows)
    ]
    return [*ended, *rows[-1:]]
