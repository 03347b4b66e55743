"""Choice of the dialogue track: which of a film's audio tracks is dubbed, by kind, language, dispositions and channels, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.errors import FilmError, TrackRefused
from pipeline.text import languages
from pipeline.text.track_kinds import AudioKind, Origin, classify_audio, classify_origin
from pipeline.text.track_titles import DUB_MARK
from pipeline.values.media import Film, Track, TrackKind

MAX_CHANNELS, MAX_SAMPLE_RATE_HZ = 24, 384_000  # of a dialogue track: 22.2 sound, DXD
MAX_RANKED_CHANNELS = 6  # 5.1: more channels make a track no better
# Seconds from the film's start to a dialogue track's: one that begins later would be mixed behind hours of silence.
MAX_DIALOGUE_START_S = 600.0
WITHOUT_DIALOGUE = frozenset({AudioKind.COMMENTARY, AudioKind.EFFECTS, AudioKind.SCORE, AudioKind.KARAOKE})


@dataclass(frozen=True, slots=True)
class TrackChoice:
    """The audio track to dub. `is_certain`: False where only tracks without plain dialogue are left."""

    track: Track
    reason: str  # a plain sentence, without its full stop
    is_certain: bool = True


def choose_dialogue_track(name: str, tracks: tuple[Track, ...], language: str | None, *, number: int | None = None) -> Track:
    """The audio track to dub: no commentary, no audio description, in `language` (BCP 47, None for any), original, a film's default,
    with the most channels; the first of equals. `number`: of the audio track that a person chose, from 1.

    FilmError, with `name`, where the tracks hold no picture or no audio track that can be dubbed.
    """
    if not any(track.kind is TrackKind.VIDEO and not track.cover for track in tracks):
        raise FilmError(f"{name} has no picture; give a film rather than a sound file")
    numbered = [track for track in tracks if track.kind is TrackKind.AUDIO]
    audio_tracks = [track for track in numbered if track.channels > 0]
    if not audio_tracks:
        raise FilmError(f"{name} has no audio track; there is nothing to dub")
    if number is not None:
        return _find_numbered_track(name, numbered, number)
    candidates = [track for track in audio_tracks if _is_plausible(track)]
    if not candidates:
        first = audio_tracks[0]
        claim = f"{first.channels} channels at {first.sample_rate} Hz from {first.start:.0f} s on"
        raise FilmError(f"{name} has no audio track that can be dubbed: its first one claims {claim}; remux it")
    return max(candidates, key=lambda track: _rank_track(track, language))


def select_dialogue_track(film: Film, number: int | None, *, name: str) -> Film:
    """The film with the dialogue track that a person chose by its number from 1; unchanged for None. TrackRefused, with `name`."""
    if number is None:
        return film
    return replace(film, dialogue=choose_dialogue_track(name, film.tracks, None, number=number).index)


def _find_numbered_track(name: str, audio_tracks: list[Track], number: int) -> Track:
    if not 1 <= number <= len(audio_tracks):
        raise TrackRefused(f"{name} has no audio track {number}; choose one of: {list_numbered_tracks(audio_tracks)}")
    track = audio_tracks[number - 1]
    if not track.channels or not _is_plausible(track):
        claim = f"{track.channels} channels at {track.sample_rate} Hz from {track.start:.0f} s on"
        raise TrackRefused(
            f"audio track {number} of {name} cannot be dubbed: it claims {claim}; choose another, or remux the film"
        )
    return track


def list_numbered_tracks(tracks: Sequence[Track]) -> str:
    """`1 "Stereo", English, 2 channels; 2 French, 6 channels` for people, as they choose by number."""
    return "; ".join(f"{number} {describe_track(track)}" for number, track in enumerate(tracks, 1))


def explain_dialogue_track(
    tracks: tuple[Track, ...], chosen: Track, language: str | None, *, is_by_person: bool = False
) -> TrackChoice:
    """The reason for a choice among several audio tracks, in words. `is_by_person`: it was chosen by its number."""
    if is_by_person:
        kind = classify_audio(chosen.title, chosen.dispositions)
        named = "" if kind is AudioKind.DIALOGUE else f", which is named {kind}"
        return TrackChoice(chosen, f"Dubbed from the chosen audio track {describe_track(chosen)}{named}")
    others = [
        track
        for track in tracks
        if track.kind is TrackKind.AUDIO and track.index != chosen.index and not track.title.startswith(DUB_MARK)
    ]
    kind = classify_audio(chosen.title, chosen.dispositions)
    is_certain = kind is AudioKind.DIALOGUE
    if not is_certain:
        return TrackChoice(
            chosen,
            f"Dubbed from the audio track {describe_track(chosen)}, which is named {kind}: the film has no plain dialogue track",
            is_certain=False,
        )
    passed = [
        f"{describe_track(track)} ({other})"
        for track in others
        if (other := classify_audio(track.title, track.dispositions)) is not kind
    ]
    reasons = [f"not {', '.join(passed)}"] if passed else []
    own = find_track_language(chosen)
    origin = classify_origin(chosen.title, own, chosen.dispositions)
    if language and own and languages.is_same_language(own, language):
        reasons.insert(0, f"it is in {languages.get_english_name(own)}")
    elif origin is Origin.ORIGINAL:
        reasons.insert(0, "it is marked as the original")
    elif any(classify_origin(each.title, find_track_language(each), each.dispositions) < origin for each in others):
        reasons.insert(0, "the others are marked as dubs")
    elif "default" in chosen.dispositions and others:
        reasons.insert(0, "it is the film's default")
    return TrackChoice(
        chosen, f"Dubbed from the audio track {describe_track(chosen)}" + (f": {'; '.join(reasons)}" if reasons else "")
    )


def describe_track(track: Track) -> str:
    """`"English (Full)", English, 6 channels` for people."""
    parts = [
        f'"{track.title}"' if track.title else "",
        languages.get_english_name(track.language) if track.language else "language not told",
    ]
    parts.append(f"{track.channels} channel{'s' if track.channels != 1 else ''}" if track.kind is TrackKind.AUDIO else "")
    return ", ".join(filter(None, parts))


def _rank_track(track: Track, language: str | None) -> tuple[bool, bool, int, bool, int, Origin, bool, int]:
    """Sort key of a candidate: the greatest is dubbed."""
    kind, own = classify_audio(track.title, track.dispositions), find_track_language(track)
    return (
        not track.title.startswith(DUB_MARK),
        kind not in WITHOUT_DIALOGUE,
        _rank_language(own, language),
        kind is AudioKind.DIALOGUE,
        -languages.measure_regional_distance(language, own) if language and own else 0,
        classify_origin(track.title, own, track.dispositions),
        "default" in track.dispositions,
        min(track.channels, MAX_RANKED_CHANNELS),
    )


def _rank_language(own: str | None, language: str | None) -> int:
    """2 for a track in the language, 1 for one whose language is not told, 0 for another; 0 where none is asked for."""
    if not language:
        return 0
    return 1 if own is None else 2 * languages.is_same_language(own, language)


def find_track_language(track: Track) -> str | None:
    """BCP 47 of an audio track: its tag, with the region or the variety that its title tells; the title's where it has no tag."""
    told = languages.find_tag_in_title(track.title)
    if track.language is None:
        return told
    is_variety = told == "yue" and languages.base_language(track.language) == "zh"  # Cantonese is mostly tagged as Chinese
    is_closer = is_variety or (told and "-" not in track.language and languages.is_same_language(told, track.language))
    return told if is_closer else track.language


def _is_plausible(track: Track) -> bool:
    """True if a track claims what a film's sound can be: more would only make us decode nonsense."""
    return track.channels <= MAX_CHANNELS and track.sample_rate <= MAX_SAMPLE_RATE_HZ and track.start <= MAX_DIALOGUE_START_S
