"""separate: the dialogue for the recognisers, and the background where a separator takes it apart."""

from pathlib import Path

from pipeline import ffmpeg
from pipeline.codecs import layout_of
from pipeline.engines.protocols import Separator
from pipeline.media import Film, Source, Stems
from pipeline.runner import stage


@stage(version=1)
def separate(source: Source, film: Film, separator: Separator | None, *, workdir: Path) -> Stems:
    """Speech is the dialogue track as 16 kHz mono on the film's axis; without a separator there is no background."""
    centre = layout_of(film.track(film.dialogue)).has_centre
    destination = workdir / "speech.wav"
    speech = ffmpeg.speech(source.path, film.dialogue, centre=centre, seconds=film.duration, destination=destination)
    return Stems(speech) if separator is None else separator.separate(speech, workdir=str(workdir))
