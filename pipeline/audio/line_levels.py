"""Level matching: the gain of each take that gives it the level of its source line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.levels import compute_gain_factor, measure_speech_level
from pipeline.audio.voice_track import read_take
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Placement, Span

if TYPE_CHECKING:
    import soundfile

MIN_LINE_LEVEL_DB, MAX_LINE_LEVEL_DB = -12.0, 6.0  # dB a line may lie from the film's median line: a whisper, a shout
MAX_LEVEL_WINDOW_S = 60.0  # s of a line over which its level is measured
DEFAULT_LEVEL_DB = -27.0  # dB of a voice where the level of no source line can be measured


def compute_line_gains(
    placements: Sequence[Placement], speech: Artifact, *, shift: float = 0.0, follow: bool = True
) -> tuple[float, ...]:
    """Factors that give every take the level of its source line, kept near the film's median line; without `follow` its level.

    `speech`: the film's speech, mono. `shift`: dB that the film's voices are louder in its channels than in `speech`.
    """
    import soundfile

    with soundfile.SoundFile(speech.path) as file:
        found = [_measure_span_level(file, placement.line.span) for placement in placements]
    measured = [decibels for decibels in found if np.isfinite(decibels)]
    median = float(np.median(measured)) if measured else DEFAULT_LEVEL_DB
    factors = []
    for placement, decibels in zip(placements, found, strict=True):
        wanted = median
        if follow and np.isfinite(decibels):
            wanted = float(np.clip(decibels, median + MIN_LINE_LEVEL_DB, median + MAX_LINE_LEVEL_DB))
        own = measure_speech_level(read_take(placement.audio, SPEECH_RATE_HZ), SPEECH_RATE_HZ)
        factors.append(compute_gain_factor(wanted + shift - own) if np.isfinite(own) else 0.0)
    return tuple(factors)


def _measure_span_level(speech: "soundfile.SoundFile", span: Span) -> float:
    rate = speech.samplerate
    speech.seek(min(round(span.start * rate), speech.frames))
    wave = speech.read(round(min(span.duration, MAX_LEVEL_WINDOW_S) * rate), dtype="float32", always_2d=True)[:, 0]
    return measure_speech_level(wave, rate)
