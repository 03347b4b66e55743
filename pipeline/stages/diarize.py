"""diarize: speaker diarization, who speaks when. A film without speech fails here."""

from pipeline.engines.protocols import Diarizer
from pipeline.errors import NoSpeechFound
from pipeline.runner import stage
from pipeline.values.media import Artifact
from pipeline.values.timeline import Diarization


@stage(version=1)
def diarize(speech: Artifact, diarizer: Diarizer, *, speakers: int | None) -> Diarization:
    """The turns and speakers of a 16 kHz mono WAV. NoSpeechFound where nobody speaks; `speakers`: the count, if known."""
    diarization = diarizer.diarize(speech, speakers=speakers)
    if not diarization.turns:
        raise NoSpeechFound
    return diarization
