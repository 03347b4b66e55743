"""voice: casting, a synthesizer's voice for every speaker of the film, in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.engines.protocols import Synthesizer
from pipeline.engines.speakers.voice_choice import cast_choice
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.values.timeline import Clip, Diarization, Voice


@stage(version=2, name="voice")
def cast_voices(
    diarization: Diarization,
    clips: tuple[Clip, ...],
    synthesizer: Synthesizer,
    *,
    language: str,
    choice: tuple[str, ...] = (),
) -> tuple[Voice, ...]:
    """One voice per speaker, in order of speaking time. `clips`: reference clips, for a synthesizer that clones.

    `choice`: names of the voices to cast from, which are not cloned then; empty: all.
    """
    voices = cast_choice(synthesizer, diarization.speakers, language=language, voices=choice)
    if [cast.speaker for cast in voices] != [speaker.label for speaker in diarization.speakers]:
        raise StageError("voice", "the synthesizer's cast does not match the film's speakers; try another engine")
    if not synthesizer.clones or any(cast.name in choice for cast in voices):
        return voices
    references = assign_reference_clips(diarization, clips)
    return tuple(
        replace(cast, reference=found.audio, transcript=found.transcript) if (found := references.get(cast.speaker)) else cast
        for cast in voices
    )


def assign_reference_clips(diarization: Diarization, clips: Sequence[Clip]) -> Mapping[str, Clip]:
    """A clip for every speaker: their own, else that of the speaker of the same register who says most, else of any."""
    own = {clip.speaker: clip for clip in clips}
    registers = {speaker.label: speaker.register for speaker in diarization.speakers}
    talkative = [speaker.label for speaker in diarization.speakers if speaker.label in own]
    found = dict(own)
    for label in registers.keys() - own.keys():
        alike = [other for other in talkative if registers[other] == registers[label]]
        if alike or talkative:
            found[label] = own[(alike or talkative)[0]]
    return found
