"""Kinds of audio and subtitle tracks by their titles and dispositions: commentary, audio description, effects, signs and songs, forced."""

import re
import unicodedata
from collections.abc import Collection
from enum import IntEnum, StrEnum

from pipeline.text import track_words


class AudioKind(StrEnum):
    """The purpose of an audio track."""

    DIALOGUE = "dialogue"
    DESCRIPTION = "audio description"
    COMMENTARY = "commentary"
    EFFECTS = "music and effects"
    SCORE = "isolated score"
    KARAOKE = "karaoke"


class Origin(IntEnum):
    """The origin of a soundtrack by its marks; the greater is dubbed rather."""

    DUB = 0
    NOT_TOLD = 1
    ORIGINAL = 2


class SubtitleKind(StrEnum):
    """The purpose of a subtitle track."""

    FULL = "full"
    HEARING_IMPAIRED = "for the hearing impaired"
    FORCED = "forced"
    SIGNS = "signs and songs"
    COMMENTARY = "commentary"
    TRIVIA = "trivia"


AUDIO_WORDS = {
    AudioKind.DESCRIPTION: track_words.DESCRIPTION_WORDS,
    AudioKind.COMMENTARY: track_words.COMMENTARY_WORDS,
    AudioKind.EFFECTS: track_words.EFFECTS_WORDS,
    AudioKind.SCORE: track_words.SCORE_WORDS,
    AudioKind.KARAOKE: track_words.KARAOKE_WORDS,
}
SUBTITLE_WORDS = {
    SubtitleKind.COMMENTARY: track_words.COMMENTARY_WORDS,
    SubtitleKind.TRIVIA: track_words.TRIVIA_WORDS,
    SubtitleKind.FORCED: track_words.FORCED_WORDS,
    SubtitleKind.SIGNS: track_words.SIGN_WORDS,
    SubtitleKind.HEARING_IMPAIRED: track_words.IMPAIRED_WORDS,
}
# Letters that words are made of, Latin and Cyrillic; Chinese and Japanese have no gaps between words.
ALPHABETIC = "a-z\u00df-\u024f\u0400-\u04ff\u1e00-\u1eff"
AUDIO_DISPOSITIONS = {
    AudioKind.COMMENTARY: {"comment"},
    AudioKind.DESCRIPTION: {"visual_impaired", "descriptions"},
    AudioKind.EFFECTS: {"clean_effects", "non_diegetic"},
    AudioKind.KARAOKE: {"karaoke"},
}
SUBTITLE_DISPOSITIONS = {
    SubtitleKind.FORCED: {"forced"},
    SubtitleKind.COMMENTARY: {"comment"},
    SubtitleKind.SIGNS: {"lyrics", "karaoke"},
    SubtitleKind.HEARING_IMPAIRED: {"hearing_impaired", "captions"},
}


def classify_audio(title: str, dispositions: Collection[str] = ()) -> AudioKind:
    """The kind of an audio track: by its dispositions, then by the words of its title."""
    for kind, flags in AUDIO_DISPOSITIONS.items():
        if not flags.isdisjoint(dispositions):
            return kind
    return next((kind for kind, words in AUDIO_WORDS.items() if _has_words(words, title)), AudioKind.DIALOGUE)


def classify_origin(title: str, language: str | None, dispositions: Collection[str] = ()) -> Origin:
    """The origin of an audio track: by the words of its title, then by its dispositions. `language`: BCP 47."""
    is_voice_over = (language or "").partition("-")[0] in track_words.VOICE_OVER_LANGUAGES and _has_words("vo", title)
    if is_voice_over or _has_words(track_words.DUB_WORDS, title):
        return Origin.DUB
    if "original" in dispositions or _has_words(track_words.ORIGINAL_WORDS, title):
        return Origin.ORIGINAL
    return Origin.DUB if "dub" in dispositions else Origin.NOT_TOLD


def classify_subtitle(title: str, dispositions: Collection[str] = ()) -> SubtitleKind:
    """The kind of a subtitle track. A title that says "full" outweighs its signs, and a flag that players take for "show at once"."""
    title = re.sub(track_words.NEGATED_FORCED, "", _normalize(title))
    is_full = _has_words(track_words.FULL_WORDS, title)
    for kind, flags in SUBTITLE_DISPOSITIONS.items():
        is_overruled = is_full and kind is SubtitleKind.FORCED and not _has_words(track_words.FORCED_WORDS, title)
        if kind is not SubtitleKind.HEARING_IMPAIRED and not flags.isdisjoint(dispositions) and not is_overruled:
            return kind
    for kind, words in SUBTITLE_WORDS.items():
        if _has_words(words, title) and not (is_full and kind is SubtitleKind.SIGNS):
            return kind
    is_impaired = not SUBTITLE_DISPOSITIONS[SubtitleKind.HEARING_IMPAIRED].isdisjoint(dispositions)
    return SubtitleKind.HEARING_IMPAIRED if is_impaired else SubtitleKind.FULL


def _has_words(words: str, title: str) -> bool:
    return bool(re.search(rf"(?<![{ALPHABETIC}])(?:{words})(?![{ALPHABETIC}])", _normalize(title)))


def _normalize(title: str) -> str:
    """The title in NFC and lower case; a capital dotted I of Turkish leaves its dot behind."""
    return unicodedata.normalize("NFC", title).casefold().replace("\u0307", "").replace("_", " ").strip()
