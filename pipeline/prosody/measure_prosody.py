"""measure_prosody: pauses and pitch (F0) of each line's speech in the original."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.audio.pitch import HOP_S, measure_pitches
from pipeline.engines.protocols import SpeechDetector
from pipeline.engines.speakers import audio_input
from pipeline.runner import stage
from pipeline.timing.phrase_pauses import SourcePause, find_pauses
from pipeline.values.inflection import SEMITONES_PER_OCTAVE
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span

MAX_MEASURED_S = 15.0  # s of a line whose pitch is measured: lines of subtitles may last minutes
MAX_SEMITONES = 12.0  # from a line's median F0: farther off it is an octave error


@dataclass(frozen=True, slots=True)
class PitchContour:
    """F0 of one line: its median in Hz, its standard deviation in semitones, and the seconds that are voiced."""

    median: float
    deviation: float
    voiced_s: float


@dataclass(frozen=True, slots=True)
class SourceProsody:
    """Prosody of one line in the original: `speech_s`, seconds of speech without its pauses; no `pitch` where none is voiced."""

    speech_s: float
    pauses: tuple[SourcePause, ...] = ()
    pitch: PitchContour | None = None


@stage(version=1)
def measure_prosody(spans: tuple[Span, ...], speech: Artifact, detector: SpeechDetector) -> tuple[SourceProsody, ...]:
    """Prosody of the lines of these spans, in order. `speech`: 16 kHz mono. The detector finds the pauses."""
    pauses = find_pauses(spans, detector.detect(speech))
    return tuple(
        SourceProsody(max(0.0, span.duration - sum(pause.seconds for pause in own)), own, _measure_pitch_contour(span, speech))
        for span, own in zip(spans, pauses, strict=True)
    )


def _measure_pitch_contour(span: Span, speech: Artifact) -> PitchContour | None:
    measured = Span(span.start, min(span.end, span.start + MAX_MEASURED_S))
    return describe_pitches(measure_pitches(audio_input.read_excerpt(speech.path, measured), SPEECH_RATE_HZ))


def describe_pitches(pitches: Iterable[float]) -> PitchContour | None:
    """The contour of a line by the F0 of its voiced frames, in Hz; None without any."""
    found = np.asarray(list(pitches))
    if not found.size:
        return None
    median = float(np.median(found))
    semitones = SEMITONES_PER_OCTAVE * np.log2(found / median)
    kept = semitones[np.abs(semitones) < MAX_SEMITONES]
    return PitchContour(median, float(np.std(kept)), len(found) * HOP_S)
