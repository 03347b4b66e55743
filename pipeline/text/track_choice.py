"""Choice of the dialogue track: which of a film's audio tracks is dubbed, by language, title, dispositions and channels."""

from pipeline.errors import FilmError
from pipeline.text import languages
from pipeline.text.track_titles import DUB_MARK
from pipeline.values.media import Track, TrackKind

MAX_CHANNELS, MAX_SAMPLE_RATE_HZ = 24, 384_000  # of a dialogue track: 22.2 sound, DXD
MAX_RANKED_CHANNELS = 6  # 5.1: more channels make a track no better
# Seconds from the film's start to a dialogue track's: one that begins later would be mixed behind hours of silence.
MAX_DIALOGUE_START_S = 600.0
SECONDARY_DISPOSITIONS = frozenset({"comment", "visual_impaired", "descriptions", "karaoke", "clean_effects"})
SECONDARY_TITLE_WORDS = ("commentary", "comentario", "kommentar", "audio description", "descriptive", "audiodescripci")


def choose_dialogue_track(name: str, tracks: tuple[Track, ...], language: str | None) -> Track:
    """The audio track to dub: in `language` (BCP 47, None for any), no commentary, a film's default, with the most channels;
    the first of equals.

    FilmError, with `name`, where the tracks hold no picture or no audio track that can be dubbed.
    """
    if not any(track.kind is TrackKind.VIDEO and not track.cover for track in tracks):
        raise FilmError(f"{name} has no picture; give a film rather than a sound file")
    audio_tracks = [track for track in tracks if track.kind is TrackKind.AUDIO and track.channels > 0]
    if not audio_tracks:
        raise FilmError(f"{name} has no audio track; there is nothing to dub")
    candidates = [track for track in audio_tracks if _is_plausible(track)]
    if not candidates:
        first = audio_tracks[0]
        claim = f"{first.channels} channels at {first.sample_rate} Hz from {first.start:.0f} s on"
        raise FilmError(f"{name} has no audio track that can be dubbed: its first one claims {claim}; remux it")
    return max(candidates, key=lambda track: _rank_track(track, language))


def _rank_track(track: Track, language: str | None) -> tuple[bool, bool, bool, bool, int]:
    """Sort key of a candidate: the greatest is dubbed."""
    return (
        not track.title.startswith(DUB_MARK),
        bool(language and track.language and languages.is_same_language(track.language, language)),
        not _is_secondary(track),
        "default" in track.dispositions,
        min(track.channels, MAX_RANKED_CHANNELS),
    )


def _is_plausible(track: Track) -> bool:
    """True if a track claims what a film's sound can be: more would only make us decode nonsense."""
    return track.channels <= MAX_CHANNELS and track.sample_rate <= MAX_SAMPLE_RATE_HZ and track.start <= MAX_DIALOGUE_START_S


def _is_secondary(track: Track) -> bool:
    """True for a commentary, an audio description, karaoke or effects alone."""
    title = track.title.casefold()
    return not SECONDARY_DISPOSITIONS.isdisjoint(track.dispositions) or any(word in title for word in SECONDARY_TITLE_WORDS)
