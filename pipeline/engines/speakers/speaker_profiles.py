"""Speaker profiles of a diarization: labels by speaking time, pitch, formants and embedding."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.formants import measure_formant_spacing
from pipeline.audio.pitch import measure_median_pitch
from pipeline.engines.speakers import audio_input
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Diarization, Span, Speaker, Turn

MEASURED_SPEECH_S = 40.0  # per speaker, on which pitch and formants are measured

Embeddings = Mapping[int, NDArray[np.floating]]  # owner → the voice in the diarizer's own space


def describe_speakers(stretches: Sequence[tuple[Span, int]], speech: Artifact, voices: Embeddings | None = None) -> Diarization:
    """Build turns and speakers, labelled S1, S2, … in order of speaking time. `stretches`: (span, owner)."""
    spans: dict[int, list[Span]] = {}
    for span, owner in stretches:
        spans.setdefault(owner, []).append(span)
    order = sorted(spans, key=lambda owner: (-sum(span.duration for span in spans[owner]), spans[owner][0]))
    labels = {owner: f"S{rank}" for rank, owner in enumerate(order, 1)}
    turns = tuple(Turn(span, labels[owner]) for span, owner in sorted(stretches))
    voices = voices or {}
    return Diarization(turns, tuple(_describe_speaker(labels[owner], spans[owner], speech, voices.get(owner)) for owner in order))


def _describe_speaker(label: str, spans: Sequence[Span], speech: Artifact, voice: NDArray[np.floating] | None) -> Speaker:
    """A speaker, measured on the longest turns."""
    heard, seconds = [], 0.0
    for span in sorted(spans, key=lambda span: -span.duration):
        heard.append(audio_input.read_excerpt(speech.path, span))
        seconds += span.duration
        if seconds >= MEASURED_SPEECH_S:
            break
    wave = np.concatenate(heard)
    return Speaker(
        label,
        seconds=sum(span.duration for span in spans),
        pitch=measure_median_pitch(wave, SPEECH_RATE_HZ),
        formants=measure_formant_spacing(wave, SPEECH_RATE_HZ),
        embedding=() if voice is None else normalize_vector(voice),
    )


def normalize_vector(vector: NDArray[np.floating]) -> tuple[float, ...]:
    """Normalize a vector to length 1, rounded to five digits; empty for zero or infinite length."""
    length = float(np.linalg.norm(vector))
    return tuple(round(float(part) / length, 5) for part in vector) if np.isfinite(length) and length > 0.0 else ()
