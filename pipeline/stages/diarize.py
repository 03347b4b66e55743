"""diarize: speaker diarization, who speaks when. A film without speech fails here."""

from pipeline.engines.protocols import Diarizer
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.values.media import Artifact
from pipeline.values.timeline import Diarization


@stage(version=1)
def diarize(speech: Artifact, diarizer: Diarizer, *, speakers: int | None) -> Diarization:
    """The turns and speakers of a 16 kHz mono WAV. StageError where nobody speaks; `speakers`: the count, if known."""
    diarization = diarizer.diarize(speech, speakers=speakers)
    if not diarization.turns:
        raise StageError(
            "diarize",
            f"no speech found in {speech.path.name}; check that the film's dialogue track is the one with the voices, "
            "and that it is not silent",
        )
    return diarization
