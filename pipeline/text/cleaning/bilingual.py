"""Bilingual subtitles: of cues with one row each in two languages, the rows in the subtitle's own language are kept."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from pipeline.text.cleaning.timed_text import Removals, TimedText

REASON = "rows in another language"
MIN_SHARE = 0.6  # of the cues that have both languages
MIN_SCRIPT_SHARE = 0.3  # likewise, where the two have different scripts
MIN_CUES = 4
EVENT_KINDS: tuple[Callable[[TimedText], str | None], ...] = (lambda text: text.style, lambda text: _find_script(text.text))
Guess = Callable[[str], str | None]  # text → BCP 47, None where uncertain


def keep_own_language(texts: Sequence[TimedText], removals: Removals, *, language: str | None, guess: Guess) -> list[TimedText]:
    """The texts of a bilingual file in `language`; in the language of its first rows where that is None. Others as they are."""
    first, second = _split(texts, by_script=True) or _split(texts, by_script=False) or ([], [])
    if not first:
        return _keep_own_events(texts, removals, language=language, guess=guess)
    languages = [guess(" ".join(filter(None, half))) for half in (first, second)]
    if None in languages or _base(languages[0]) == _base(languages[1]):
        return list(texts)
    own = second if language and _base(languages[1]) == _base(language) else first
    removals.add(REASON, sum(bool(a and b) for a, b in zip(first, second, strict=True)))
    return [text.with_text(row or text.text) for text, row in zip(texts, own, strict=True)]


def _keep_own_events(texts: Sequence[TimedText], removals: Removals, *, language: str | None, guess: Guess) -> list[TimedText]:
    """The texts without those in another language that are shown at the very times of one in the subtitle's own, as an event apart."""
    for get_kind in EVENT_KINDS:
        kinds: dict[tuple[float, float], set[str | None]] = {}
        for text in texts:
            kinds.setdefault((text.start_s, text.end_s), set()).add(get_kind(text))
        pairs = Counter(frozenset(found) for found in kinds.values() if len(found) == 2)
        pair, count = pairs.most_common(1)[0] if pairs else (frozenset[str | None](), 0)
        if None in pair or count < MIN_CUES or count < MIN_SHARE * len(kinds):
            continue
        spoken = {kind: _base(guess("\n".join(text.text for text in texts if get_kind(text) == kind))) for kind in pair}
        own = [kind for kind in pair if spoken[kind] == _base(language)]
        if len(own) != 1 or not all(spoken.values()):  # nothing is left out on a guess of the file's own language
            continue
        kept = [text for text in texts if get_kind(text) == own[0] or kinds[text.start_s, text.end_s] != pair]
        removals.add(REASON, len(texts) - len(kept))
        return kept
    return list(texts)


def _split(texts: Sequence[TimedText], *, by_script: bool) -> tuple[list[str], list[str]] | None:
    """The two halves of each text's rows, "" where a text has one; None where too few texts have two."""
    halves = [_split_by_script(text.rows) if by_script else _split_in_middle(text.rows) for text in texts]
    both = sum(bool(first and second) for first, second in halves)
    if both < MIN_CUES or both < (MIN_SCRIPT_SHARE if by_script else MIN_SHARE) * len(halves):
        return None
    return [first for first, _ in halves], [second for _, second in halves]


def _split_in_middle(rows: Sequence[str]) -> tuple[str, str]:
    middle = len(rows) // 2
    return ("\n".join(rows[:middle]), "\n".join(rows[middle:])) if len(rows) in {2, 4} else ("", "")


def _split_by_script(rows: Sequence[str]) -> tuple[str, str]:
    """Rows of the first row's script, and those of another one."""
    scripts = [_find_script(row) for row in rows]
    if not rows or len(set(scripts) - {None}) != 2:
        return "", ""
    own = next(script for script in scripts if script)
    return (
        "\n".join(row for row, script in zip(rows, scripts, strict=True) if script in {own, None}),
        "\n".join(row for row, script in zip(rows, scripts, strict=True) if script not in {own, None}),
    )


def _find_script(row: str) -> str | None:
    """LATIN, CYRILLIC, CJK … of most letters."""
    scripts = Counter(unicodedata.name(letter, "?").split()[0] for letter in row if letter.isalpha())
    return scripts.most_common(1)[0][0] if scripts else None


def _base(language: str | None) -> str:
    return (language or "").split("-")[0]
