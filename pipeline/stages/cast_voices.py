"""voice: casting, a synthesizer's voice for every speaker of the film, in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.engines.protocols import Synthesizer
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.values.media import Artifact
from pipeline.values.timeline import Clip, Diarization, Voice


@stage(version=2, name="voice")
def cast_voices(
    diarization: Diarization, clips: tuple[Clip, ...], synthesizer: Synthesizer, *, language: str
) -> tuple[Voice, ...]:
    """One voice per speaker, in order of speaking time. `clips`: reference clips, for a synthesizer that clones."""
    voices = synthesizer.cast(diarization.speakers, language=language)
    if [cast.speaker for cast in voices] != [speaker.label for speaker in diarization.speakers]:
        raise StageError("voice", "the synthesizer's cast does not match the film's speakers; try another engine")
    if not synthesizer.clones:
        return voices
    references = assign_reference_clips(diarization, clips)
    return tuple(replace(cast, reference=references.get(cast.speaker)) for cast in voices)


def assign_reference_clips(diarization: Diarization, clips: Sequence[Clip]) -> Mapping[str, Artifact]:
    """A clip for every speaker: their own, else that of the speaker of the same register who says most, else of any."""
    own = {clip.speaker: clip.audio for clip in clips}
    registers = {speaker.label: speaker.register for speaker in diarization.speakers}
    talkative = [speaker.label for speaker in diarization.speakers if speaker.label in own]
    found = dict(own)
    for label in registers.keys() - own.keys():
        alike = [other for other in talkative if registers[other] == registers[label]]
        if alike or talkative:
            found[label] = own[(alike or talkative)[0]]
    return found
