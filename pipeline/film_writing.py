"""Writing of a finished dub: the film with its new tracks, compared with the film; or audio files beside the film, which stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.dub_values import Dub, DubSpec, FilmAnalysis
from pipeline.ffmpeg.muxer import describe_left_out_streams
from pipeline.ffmpeg.track_flags.dispositions import describe_dispositions
from pipeline.outputs.sidecar_dubs import SidecarPaths
from pipeline.runner import Runner
from pipeline.stages.assess import Comparison, compare
from pipeline.stages.mux import mux
from pipeline.stages.sidecars.write_sidecars import write_sidecars
from pipeline.values.media import Source
from pipeline.values.notes import Note


@dataclass(frozen=True, slots=True)
class WrittenFilm:
    """A dub on disk. `output`: the film, or the audio file of the first language; `notes`: shown with each dub."""

    output: Source
    comparison: Comparison
    notes: tuple[Note, ...] = ()


def write_film(dubs: Sequence[Dub], analysis: FilmAnalysis, spec: DubSpec, run: Runner) -> WrittenFilm:
    """Write the dubs of all languages as the specification has it."""
    return (_write_sidecars if spec.is_sidecar else _write_dubbed_film)(dubs, analysis, spec, run)


def _write_dubbed_film(dubs: Sequence[Dub], analysis: FilmAnalysis, spec: DubSpec, run: Runner) -> WrittenFilm:
    tracks = tuple(track for each in dubs for track in each.tracks)
    placements = tuple(each.placements for each in dubs)
    default = {"default_track": spec.default_track}
    made = run(mux, analysis.source, analysis.film, tracks, placements, destination=spec.destination, **default)
    output = replace(made, path=Path(spec.destination))  # whatever path a stored answer names
    left_out = describe_left_out_streams(analysis.film, Path(spec.destination).suffix)
    notes = (*left_out, *describe_dispositions(analysis.film, spec.default_track))
    return WrittenFilm(output, run(compare, analysis.source, analysis.film, output, **default), notes)


def _write_sidecars(dubs: Sequence[Dub], analysis: FilmAnalysis, spec: DubSpec, run: Runner) -> WrittenFilm:
    """The film loses nothing, as nothing is written to it: that is no result of a comparison."""
    tracks, placements = tuple(each.tracks for each in dubs), tuple(each.placements for each in dubs)
    default = {"default_track": spec.default_track}
    made = run(write_sidecars, analysis.source, analysis.film, tracks, placements, destination=spec.destination, **default)
    first = SidecarPaths.of(Path(spec.destination), spec.target_langs[0]).audio
    return WrittenFilm(replace(made.audio[0], path=first), Comparison((), made.duration_difference))
