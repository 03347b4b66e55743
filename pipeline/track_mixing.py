"""Mixing of one language: room match, watermark, mix, stereo fold-down, as they are asked for."""

from dataclasses import dataclass, replace

from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.engines.watermark.watermarker import MESSAGE, Watermarker
from pipeline.runner import Runner
from pipeline.settings import RoomMatching
from pipeline.stages.mixing.fold_down import describe_fold_down, fold_down, has_surround_dub
from pipeline.stages.mixing.match_rooms import match_rooms
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mixing.watermark import watermark
from pipeline.values.media import DubTrack, Film, StereoTrack
from pipeline.values.notes import Note
from pipeline.values.timeline import Placement

WATERMARK_NOTE = f"Cloned voices carry an inaudible watermark (AudioSeal, message {MESSAGE})"
SERVER_VOICE_NOTE = "A speech server does not tell which of its voices are clones, so all of them are watermarked"
NO_WATERMARK_NOTE = "Nothing is watermarked: no line has a cloned voice"


@dataclass(frozen=True, slots=True)
class Watermarking:
    """The watermarker of a dub, the numbers of the lines with cloned voices, and of those among them with voices of a speech server."""

    watermarker: Watermarker
    cloned: frozenset[int]
    server_voiced: frozenset[int] = frozenset()


def mix_tracks(
    placements: tuple[Placement, ...],
    analysis: FilmAnalysis,
    spec: DubSpec,
    run: Runner,
    watermarking: Watermarking | None = None,
) -> tuple[DubTrack, StereoTrack | None, tuple[Note, ...]]:
    """The mix of one language, its stereo fold-down where one is asked for, and notes on both."""
    source, film, notes = analysis.source, analysis.film, list[Note]()
    if spec.room_match is RoomMatching.ON:
        matched = run(match_rooms, source, film, placements)
        placements, notes = matched.placements, [*matched.notes]
    if watermarking is not None:
        placements, told = _watermark_takes(placements, watermarking, run)
        notes.extend(told)
    track = run(mix, source, film, analysis.stems, placements, follow_loudness=spec.followed.loudness)
    stereo = run(fold_down, source, film, track) if is_folded(spec, film) else None
    return track, stereo, (*notes, *(describe_fold_down(stereo) if stereo else ()))


def _watermark_takes(
    placements: tuple[Placement, ...], watermarking: Watermarking, run: Runner
) -> tuple[tuple[Placement, ...], tuple[Note, ...]]:
    """The placements with the takes of cloned voices watermarked, and the notes that tell so."""
    cloned = [placement for placement in placements if placement.line.number in watermarking.cloned]
    takes = run.each(watermark, [placement.audio for placement in cloned], watermarking.watermarker)
    marked = {placement.line.number: take for placement, take in zip(cloned, takes, strict=True)}
    if not marked:
        return placements, (Note(NO_WATERMARK_NOTE),)
    notes = [Note(WATERMARK_NOTE, lines=tuple(sorted(marked)))]
    if server_voiced := watermarking.server_voiced.intersection(marked):
        notes.append(Note(SERVER_VOICE_NOTE, lines=tuple(sorted(server_voiced))))
    return tuple(replace(each, audio=marked.get(each.line.number, each.audio)) for each in placements), tuple(notes)


def count_optional_stages(spec: DubSpec, film: Film, watermarker: Watermarker | None) -> int:
    """Stages that the mixing of one language takes beside the mix."""
    return is_folded(spec, film) + (spec.room_match is RoomMatching.ON) + (watermarker is not None)


def is_folded(spec: DubSpec, film: Film) -> bool:
    """True if each dub of the film gets a stereo fold-down."""
    return spec.stereo_dub and has_surround_dub(film)
