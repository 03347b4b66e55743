"""Sound descriptions of subtitles for the deaf, and lyrics: removed, unless brackets hold a part of a sentence.

Counter-example that stays: "He said (and I agree) that…" is spoken as a whole.
"""

import re
from collections.abc import Sequence

from pipeline.text.cleaning.timed_text import Removals, TimedText

SOUND_REASON = "sound descriptions"
LYRICS_REASON = "lyrics"
SQUARE = re.compile(r"\[[^\[\]]{0,300}\]|【[^【】]{0,300}】|（[^（）]{0,300}）")
ROUND = re.compile(r"\([^()]{0,300}\)")
LABEL_COLON = re.compile(r"^([^\S\n]*(?:-[^\S\n]*)?(?:\[[^\[\]\n]{1,60}\]|\([^()\n]{1,60}\))):", re.MULTILINE)  # `[BOTH]: Go!`
MIN_SENTENCE_WORDS = 5  # in brackets, with its mark and small letters, for a sentence that somebody says
NOTE = "♩♪♫♬"
LYRICS = re.compile(rf"[{NOTE}][^{NOTE}]{{0,500}}[{NOTE}]|[{NOTE}].*$|^[^\S\n]*#\s.*#[^\S\n]*$", re.MULTILINE)
LYRICS_TO_NOTE = re.compile(rf"^[^{NOTE}\n]{{0,200}}[{NOTE}]+[^\S\n]*$", re.MULTILINE)  # a row that only ends with a note
LONE_PUNCTUATION = re.compile(r"^[\W_]+$")


def remove_sounds(texts: Sequence[TimedText], removals: Removals) -> list[TimedText]:
    """The texts without sound descriptions and lyrics; those with nothing else are left out."""
    kept: list[TimedText] = []
    for text in texts:
        sung = LYRICS_TO_NOTE.sub(" ", LYRICS.sub(" ", text.text))
        removals.add(LYRICS_REASON, int(sung != text.text))
        spoken = ROUND.sub(_replace_round, SQUARE.sub(" ", LABEL_COLON.sub(r"\1", sung)))
        removals.add(SOUND_REASON, int(spoken != sung))
        rows = (" ".join(row.split()) for row in spoken.split("\n"))
        rows_kept = [row for row in rows if row and not LONE_PUNCTUATION.match(row)]
        if rows_kept:
            kept.append(text.with_text("\n".join(rows_kept)))
    return kept


def _replace_round(match: re.Match[str]) -> str:
    """A space for a sound in round brackets; the bracket itself where a sentence goes on around it."""
    inside = match[0][1:-1].strip()
    if inside.endswith((".", "?", "!")) and len(inside.split()) >= MIN_SENTENCE_WORDS and inside != inside.upper():
        return match[0]
    before = match.string[: match.start()].rstrip(" \t")
    after = match.string[match.end() :].lstrip(" \t")
    is_in_sentence = before[-1:].isalnum() and (after[:1].islower() or after[:1] in {",", ";", "."}) and "\n" not in before[-1:]
    return match[0] if is_in_sentence else " "
