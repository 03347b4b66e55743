"""Cleaning of subtitle text to dialogue: markup, sound descriptions, lyrics, speaker names and credits are removed."""

import html
import re

from pipeline.control_characters import remove_invisible_characters

MARKUP = re.compile(r"<[^<>]{0,200}>|\{[^{}]{0,2000}\}")
SOUND_DESCRIPTIONS = re.compile(r"\[[^\[\]]{0,300}\]|\([^()]{0,300}\)|（[^（）]{0,300}）|【[^【】]{0,300}】")
LYRICS = re.compile(r"[♩♪♫♬][^♩♪♫♬]{0,500}[♩♪♫♬]|[♩♪♫♬].*$|^[^\S\n]*#\s.*#[^\S\n]*$", re.MULTILINE)
SPEAKER_CHANGE_MARK = re.compile(r"^[^\S\n]*>{2,3}[^\S\n]*", re.MULTILINE)  # ">>" marks a new speaker in live captions
SPEAKER_NAME = re.compile(
    r"^([^\S\n]*(?:[-–—‐][^\S\n]*)?)(?:Mc|Mac|O')?([^\W\d_a-zß-öø-ÿ][\w .'’&/#-]{0,30}):(?=\s|$)", re.MULTILINE
)
LONE_PUNCTUATION = re.compile(r"^[\W_]+$")
CREDIT = re.compile(
    r"https?://|\bwww\.|\b(?:opensubtitles|addic7ed|subscene|podnapisi)\b|\b(?:subtitles?|subs|captions?|captioned|captioning|transcript)\s+(?:made\s+|created\s+)?by\b"
    r"|\b(?:sync(?:ed|hronized)?|corrected)\b.{0,30}\bby\b|\bsubt[ií]tulos\s+(?:de|por)\b|\bsous-titres?\s+par\b",
    re.IGNORECASE,
)


def clean_cue_text(text: str) -> str:
    """Dialogue in a cue's text, line by line; "" where it has none.

    Leading dialogue dashes stay: they separate two speakers.
    """
    text = remove_invisible_characters(html.unescape(MARKUP.sub("", text)))
    text = MARKUP.sub("", text)  # once more: entities may have spelt tags
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    if CREDIT.search(text):
        return ""
    for pattern, replacement in ((SOUND_DESCRIPTIONS, " "), (LYRICS, " "), (SPEAKER_CHANGE_MARK, "- ")):
        text = pattern.sub(replacement, text)
    text = SPEAKER_NAME.sub(_remove_name, text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line and not LONE_PUNCTUATION.match(line))


def _remove_name(match: "re.Match[str]") -> str:
    """Replacement for a match of SPEAKER_NAME. Names are in capitals (`MR. SMITH:`); `Remember: …` is speech."""
    return match[1] if match[2] == match[2].upper() else match[0]
