"""Casting: who speaks with which voice in this language."""

from pipeline.engines.protocols import Synthesizer
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.timeline import Diarization, Voice


@stage(version=1)
def voice(diarization: Diarization, synthesizer: Synthesizer, *, language: str) -> tuple[Voice, ...]:
    """One voice per speaker, in order of speaking time."""
    voices = synthesizer.cast(diarization.speakers, language=language)
    if [cast.speaker for cast in voices] != [speaker.label for speaker in diarization.speakers]:
        raise StageError("voice", "the synthesizer's cast does not match the film's speakers; try another engine")
    return voices
