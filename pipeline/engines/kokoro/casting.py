"""Casting of Kokoro's voices: the speaker's register always, near its pitch, unlike the voices of the others."""

import math
from collections.abc import Sequence

from pipeline.engines.kokoro.voice_table import MeasuredVoice
from pipeline.values.timeline import Register, Speaker

APART = 0.8  # cosine of two embeddings from which they may be taken for one person


def cast_voices(speakers: Sequence[Speaker], voices: Sequence[MeasuredVoice]) -> tuple[MeasuredVoice, ...]:
    """A voice per speaker, in order; the first speakers choose first. Deterministic.

    Voices of the right register are used up before one speaks twice. A speaker of unknown pitch gets a low voice: most of them
    are bit parts, and most films' bit parts are men's.
    """
    chosen: list[MeasuredVoice] = []
    for speaker in speakers:
        register = speaker.register or Register.LOW
        offered = [voice for voice in voices if voice.register is register] or list(voices)
        chosen.append(min(offered, key=lambda voice: _rank(voice, speaker, chosen, voices)))
    return tuple(chosen)


def _rank(
    voice: MeasuredVoice, speaker: Speaker, taken: Sequence[MeasuredVoice], voices: Sequence[MeasuredVoice]
) -> tuple[float, ...]:
    """Smaller is better: free, unlike whoever is cast, near the speaker's pitch, the better voice."""
    uses = sum(voice.name == other.name for other in taken)
    alike = max((voice.likeness(other) for other in taken if other.name != voice.name), default=0.0)
    away = 0.0 if speaker.pitch is None else abs(math.log(voice.pitch / speaker.pitch))
    return uses, max(0.0, alike - APART), away, voices.index(voice)
