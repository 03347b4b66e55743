"""Dispositions of a dubbed film's tracks: the film's own as they were, `dub` on new audio, `original` on the dialogue track."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.settings import DefaultTrack
from pipeline.text.track_kinds import AudioKind, classify_audio
from pipeline.values.media import Film, Track, TrackKind
from pipeline.values.notes import Note, Severity

DEFAULT, DUB, ORIGINAL = "default", "dub", "original"
# Dispositions that ffmpeg 5.1 writes into each container and reads back (tests/pipeline/ffmpeg/track_flags). None: it writes all.
WRITTEN_DISPOSITIONS = {
    "matroska": frozenset(
        {DEFAULT, DUB, ORIGINAL, "comment", "forced", "hearing_impaired", "visual_impaired", "captions", "descriptions"}
        | {"attached_pic"}
    ),
    "webm": frozenset({DEFAULT, "forced", "captions", "descriptions"}),
    "mp4": frozenset(
        {DEFAULT, DUB, "comment", "forced", "hearing_impaired", "captions", "visual_impaired", "descriptions", "attached_pic"}
    ),
    "mov": frozenset({DEFAULT}),
    "mpegts": frozenset({"hearing_impaired", "visual_impaired", "descriptions", "clean_effects"}),
    "avi": frozenset(),
}
# A dialogue track with one of these is not the film's original sound, whatever it is dubbed from.
NOT_ORIGINAL = frozenset({DUB, "comment", "visual_impaired", "descriptions", "clean_effects", "karaoke", "lyrics"})


def set_dispositions(film: Film, default_track: DefaultTrack) -> Film:
    """The film with its tracks' dispositions in its dub. A film that marks an original, or its dialogue as another sound, is
    believed; where the dub is the default, no track of the film's is.
    """
    return replace(
        film, tracks=tuple(replace(track, dispositions=_choose_own(film, track, default_track)) for track in film.tracks)
    )


def _choose_own(film: Film, track: Track, default_track: DefaultTrack) -> tuple[str, ...]:
    if track.kind is not TrackKind.AUDIO:
        return track.dispositions
    chosen = list(track.dispositions)
    if default_track is DefaultTrack.DUB and DEFAULT in chosen:
        chosen.remove(DEFAULT)
    if track.index == film.dialogue and ORIGINAL in WRITTEN_DISPOSITIONS[film.container] and _is_original_unmarked(film, track):
        chosen.append(ORIGINAL)
    return tuple(chosen)


def _is_original_unmarked(film: Film, dialogue: Track) -> bool:
    """True if the film neither marks an original audio track nor says that its dialogue track is another sound."""
    marked = any(ORIGINAL in track.dispositions for track in film.of_kind(TrackKind.AUDIO))
    is_dialogue = classify_audio(dialogue.title, dialogue.dispositions) is AudioKind.DIALOGUE
    return not marked and is_dialogue and NOT_ORIGINAL.isdisjoint(dialogue.dispositions)


def choose_new_dispositions(kind: TrackKind, number: int, default_track: DefaultTrack) -> tuple[str, ...]:
    """Dispositions of a new track, the `number`th of its kind, from 0."""
    if kind is not TrackKind.AUDIO:
        return ()
    return (DEFAULT, DUB) if default_track is DefaultTrack.DUB and number == 0 else (DUB,)


def select_written(container: str, dispositions: tuple[str, ...]) -> frozenset[str]:
    """The dispositions that this container keeps."""
    return WRITTEN_DISPOSITIONS[container].intersection(dispositions)


def describe_dispositions(film: Film, default_track: DefaultTrack) -> tuple[Note, ...]:
    """Notes on flags that the dub's container cannot hold: the default of the dub, and the film's own."""
    return (*_describe_default(film, default_track), *_describe_lost(film))


def _describe_default(film: Film, default_track: DefaultTrack) -> Iterator[Note]:
    if default_track is DefaultTrack.DUB and DEFAULT not in WRITTEN_DISPOSITIONS[film.container]:
        yield Note(
            f"The dub is not the default track: {CONTAINER_NAMES[film.container]} marks none, and players begin with the first",
            Severity.WARNING,
        )


def _describe_lost(film: Film) -> Iterator[Note]:
    for track in film.tracks:
        lost = sorted(set(track.dispositions) - WRITTEN_DISPOSITIONS[film.container])
        if lost and track.kind in {TrackKind.AUDIO, TrackKind.SUBTITLE}:
            yield Note(
                f"The {track.kind} track {track.index} lost the flags {', '.join(lost)}, "
                f"which ffmpeg does not write into {CONTAINER_NAMES[film.container]}",
                Severity.WARNING,
            )


CONTAINER_NAMES = {
    "matroska": "Matroska",
    "webm": "WebM",
    "mp4": "MP4",
    "mov": "QuickTime",
    "mpegts": "MPEG-TS",
    "avi": "AVI",
}  # ffmpeg's muxer → name for users
