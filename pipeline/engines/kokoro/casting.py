"""Voice casting for Kokoro: a voice of the speaker's register, near its pitch, unlike the other speakers' voices."""

import math
from collections.abc import Sequence

from pipeline.engines.kokoro.voice_table import MeasuredVoice
from pipeline.values.timeline import Register, Speaker

MAX_DISTINCT_COSINE = 0.8  # of two speaker embeddings; above it two voices may be taken for one person


def cast_voices(speakers: Sequence[Speaker], voices: Sequence[MeasuredVoice]) -> tuple[MeasuredVoice, ...]:
    """Cast one voice per speaker, in order; earlier speakers have the first choice. Deterministic.

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
    """Sort key, smaller is better: unused, unlike the voices already cast, near the speaker's pitch, the better voice."""
    uses = sum(voice.name == other.name for other in taken)
    alike = max((voice.cosine_similarity(other) for other in taken if other.name != voice.name), default=0.0)
    away = 0.0 if speaker.pitch is None else abs(math.log(voice.pitch / speaker.pitch))
    return uses, max(0.0, alike - MAX_DISTINCT_COSINE), away, voices.index(voice)
