"""Watermark signal of a take: computed at the model's rate in overlapping segments, bounded in level, added at the take's own rate."""

from collections.abc import Callable

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.separation.overlap_add import Chunks, Overlap, overlap_add
from pipeline.errors import EngineError

ENGINE = "watermark"
MODEL_RATE_HZ = 16_000
SEGMENT = Overlap(20 * MODEL_RATE_HZ, 18 * MODEL_RATE_HZ)  # what the network gets at once; two of them cross-fade over 2 s
MAX_LEVEL_DB = (
    -20.0
)  # dB under the take: AudioSeal's own watermark is about 26 dB under speech, that of wrong weights may be audible

GenerateWatermark = Callable[[Wave], Wave]  # mono speech at MODEL_RATE_HZ → its watermark, as long


def add_watermark(wave: Wave, rate: int, generate: GenerateWatermark, segment: Overlap = SEGMENT) -> Wave:
    """Add the watermark to a mono take at `rate` Hz. Only the band that the model's rate has (below 8 kHz) changes.

    EngineError where the generator's answer is no sound.
    """
    if not len(wave):
        return wave
    mark = _fit_length(
        _resample(_generate(_resample(wave, rate, MODEL_RATE_HZ), generate, segment), MODEL_RATE_HZ, rate), len(wave)
    )
    if not np.isfinite(mark).all():
        raise EngineError(ENGINE, "the model answered numbers that are no sound; its weights are damaged: fetch them again")
    return np.asarray(wave + compute_level_factor(wave, mark) * mark, np.float32)


def compute_level_factor(wave: Wave, mark: Wave) -> np.float32:
    """The factor, at most 1, that keeps a watermark `MAX_LEVEL_DB` under its take."""
    limit = 10.0 ** (MAX_LEVEL_DB / 20.0) * np.sqrt(np.mean(np.square(wave, dtype=np.float64)))
    level = np.sqrt(np.mean(np.square(mark, dtype=np.float64)))
    return np.float32(min(1.0, limit / level) if level > 0.0 else 1.0)


def _generate(speech: Wave, generate: GenerateWatermark, segment: Overlap) -> Wave:
    """The watermark of speech at the model's rate; longer than a segment, segment by segment."""
    if len(speech) <= segment.segment:
        return generate(speech)

    def network(chunks: Chunks) -> Chunks:
        return np.stack([generate(chunk[0])[None] for chunk in chunks])  # (chunks, 1, segment)

    return np.concatenate([*overlap_add([speech[None]], network, segment)], axis=1)[0]


def _resample(wave: Wave, rate: int, to_rate: int) -> Wave:
    import soxr

    return wave if rate == to_rate else np.asarray(soxr.resample(wave, rate, to_rate), np.float32)


def _fit_length(wave: Wave, length: int) -> Wave:
    """The wave cut, or with silence at its end: resampled twice it may differ by a sample or two."""
    return np.pad(wave[:length], (0, max(0, length - len(wave))))
