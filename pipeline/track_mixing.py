"""Mixing of one language: room match, mix, stereo fold-down, as they are asked for."""

from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.runner import Runner
from pipeline.settings import RoomMatching
from pipeline.stages.mixing.fold_down import describe_fold_down, fold_down, has_surround_dub
from pipeline.stages.mixing.match_rooms import match_rooms
from pipeline.stages.mixing.mix import mix
from pipeline.values.media import DubTrack, Film, StereoTrack
from pipeline.values.notes import Note
from pipeline.values.timeline import Placement


def mix_tracks(
    placements: tuple[Placement, ...], analysis: FilmAnalysis, spec: DubSpec, run: Runner
) -> tuple[DubTrack, StereoTrack | None, tuple[Note, ...]]:
    """The mix of one language, its stereo fold-down where one is asked for, and notes on both."""
    source, film, notes = analysis.source, analysis.film, list[Note]()
    if spec.room_match is RoomMatching.ON:
        matched = run(match_rooms, source, film, placements)
        placements, notes = matched.placements, [*matched.notes]
    track = run(mix, source, film, analysis.stems, placements, follow_loudness=spec.followed.loudness)
    stereo = run(fold_down, source, film, track) if is_folded(spec, film) else None
    return track, stereo, (*notes, *(describe_fold_down(stereo) if stereo else ()))


def is_folded(spec: DubSpec, film: Film) -> bool:
    """True if each dub of the film gets a stereo fold-down."""
    return spec.stereo_dub and has_surround_dub(film)
