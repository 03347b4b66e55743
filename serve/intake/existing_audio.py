"""Audio languages of a film at admission: those that it can be heard in, and its original one as Sonarr and Radarr tell it."""

from collections.abc import Sequence

from pipeline.text import languages
from pipeline.text.track_kinds import AudioKind, classify_audio
from pipeline.values.media import Film, Track, TrackKind


def list_dialogue_languages(film: Film) -> tuple[str, ...]:
    """List the languages of a film's audio tracks with dialogue: no commentary, no audio description. () where there is one track."""
    tracks = film.of_kind(TrackKind.AUDIO)
    return tuple(track.language for track in tracks if track.language and _has_dialogue(track)) if len(tracks) > 1 else ()


def drop_heard_languages(targets: Sequence[str], heard: Sequence[str]) -> tuple[str, ...]:
    """Return the targets that the film cannot be heard in yet."""
    return tuple(tag for tag in targets if not any(languages.is_same_language(tag, each) for each in heard))


def choose_original_language(film: Film, original: str | None) -> str | None:
    """Return the film's original language where it can be heard in this file: a track names it, or none names any.

    None where every track is in another language: the file is a dub, and its own tags count.
    """
    tags = [track.language for track in film.of_kind(TrackKind.AUDIO) if _has_dialogue(track)]
    if original is None or not any(tag is None or languages.is_same_language(tag, original) for tag in tags):
        return None
    return original if any(tag and languages.is_same_language(tag, original) for tag in tags) or not any(tags) else None


def _has_dialogue(track: Track) -> bool:
    return classify_audio(track.title, track.dispositions) is AudioKind.DIALOGUE
