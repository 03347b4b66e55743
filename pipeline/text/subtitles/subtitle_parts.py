"""Parts of a subtitle held against the film's speech one by one: a subtitle of another cut (advertisements, a missing scene) fits in parts only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipeline.values.timeline import Cue, Span, merge_spans

FRAMES_PER_S = 20  # of the activity signals
MAX_OFFSET_S = 60.0
PART_CUES = 25  # of one part: fewer fit by chance somewhere
MAX_PARTS = 12
MIN_PARTS = 2
NEAR_S = 0.8  # from a part's own best offset, within which it agrees with the whole
MIN_CORRELATION = 0.3
MIN_SIGNIFICANCE = 3.0  # of a correlation of independent cues
MIN_ELSEWHERE_GAIN = 0.2  # of a part's correlation at another offset, over that in its place
MAX_RANDOM_CORRELATION = 0.1  # of a part that fits nowhere
MIN_UNFIT_SHARE, MIN_UNFIT_CUES = 0.25, 40  # of the parts and of the cues, all at the beginning or at the end
MIN_RELATIVE_DEVIATION = 0.1  # of the speech under a part, to that of its cues: less changes too little to be compared
MAX_JUDGED_SHARE = 0.85  # of the time from the first cue to the last that has a cue: more says nothing against a subtitle

Signal = NDArray[np.float32]


class PartFit(StrEnum):
    """Result of holding the parts of a subtitle against the speech at their places."""

    WHOLE = "whole"  # most parts fit best where they are
    OTHER_CUT = "other cut"  # parts of it fit elsewhere, or its end nowhere
    UNKNOWN = "unknown"  # too few parts fit anywhere


@dataclass(frozen=True, slots=True)
class _Part:
    """Correlations of a part with the speech, -1..1: in its place, and the best within the greatest offset, with that offset."""

    here: float
    best: float
    offset_s: float
    cues: int

    @property
    def is_fit(self) -> bool:
        return self.here >= MIN_CORRELATION / 2 and (
            abs(self.offset_s) <= NEAR_S or self.here >= self.best - MIN_ELSEWHERE_GAIN / 3
        )

    @property
    def is_elsewhere(self) -> bool:
        is_certain = self.best >= MIN_CORRELATION and self.best * np.sqrt(self.cues) >= MIN_SIGNIFICANCE
        return bool(is_certain and abs(self.offset_s) > NEAR_S and self.best >= self.here + MIN_ELSEWHERE_GAIN)


def judge_parts(cues: Sequence[Cue], speech: Sequence[Span], duration: float) -> PartFit:
    """Fit of a subtitle at its times in the film, part by part. `speech`: spans in order, seconds; `duration`: of the film, seconds."""
    parts = list(_measure_parts(cues, speech, duration))
    if len(parts) < MIN_PARTS:
        return PartFit.WHOLE
    fits = [part.is_fit for part in parts]
    if any(part.is_elsewhere for part in parts) and any(fits):
        return PartFit.OTHER_CUT
    if _has_unfit_end(parts) or _has_unfit_end(parts[::-1]):
        return PartFit.OTHER_CUT
    return PartFit.WHOLE if sum(fits) > len(parts) / 2 else PartFit.UNKNOWN


def _has_unfit_end(parts: Sequence[_Part]) -> bool:
    """True where the first parts fit no better than chance, and the others well."""
    unfit = next((n for n, part in enumerate(parts) if part.here > MAX_RANDOM_CORRELATION), len(parts))
    others = [part.here for part in parts[unfit:]]
    is_long = unfit >= MIN_UNFIT_SHARE * len(parts) and sum(part.cues for part in parts[:unfit]) >= MIN_UNFIT_CUES
    return bool(is_long and others and np.median(others) >= MIN_CORRELATION)


def _measure_parts(cues: Sequence[Cue], speech: Sequence[Span], duration: float) -> Iterator[_Part]:
    size = max(PART_CUES, -(-len(cues) // MAX_PARTS))
    count = len(cues) // size
    if not count:
        return
    heard = draw_activity(speech, int(duration * FRAMES_PER_S) + 1)
    for chunk in np.array_split(np.arange(len(cues)), count):
        part = [cues[n] for n in chunk]
        if part[0].span.start < duration and (measured := _measure_part(part, heard)):
            yield measured


def _measure_part(part: Sequence[Cue], heard: Signal) -> _Part | None:
    """Normalized correlation of a part with the speech under it, at every offset. None where either never changes."""
    first, reach = int(part[0].span.start * FRAMES_PER_S), int(MAX_OFFSET_S * FRAMES_PER_S)
    last = min(len(heard), int(max(cue.span.end for cue in part) * FRAMES_PER_S) + 1)
    if last - first < FRAMES_PER_S:
        return None
    shown = draw_activity([cue.span for cue in part], last)[first:]
    shown = shown - shown.mean()
    length, padded = len(shown), np.pad(heard, (reach, reach))[first : last + 2 * reach]
    size = 1 << (len(padded) + length).bit_length()
    products = np.fft.irfft(np.fft.rfft(padded, size) * np.conj(np.fft.rfft(shown, size)), size)[: 2 * reach + 1]
    sums = np.concatenate(([0.0], np.cumsum(padded, dtype=np.float64)))
    means = (sums[length:] - sums[:-length])[: 2 * reach + 1] / length
    norms = np.sqrt(means * (1 - means) * length * float((shown**2).sum()))
    least = MIN_RELATIVE_DEVIATION * float((shown**2).sum())
    values = np.where(norms > least, products / np.maximum(norms, 1e-9), 0.0)  # (2 * reach + 1,)
    near = int(NEAR_S * FRAMES_PER_S)
    best = int(values.argmax())
    return _Part(
        float(values[reach - near : reach + near + 1].max()), float(values[best]), (best - reach) / FRAMES_PER_S, len(part)
    )


def is_continuous(cues: Sequence[Cue]) -> bool:
    """True for cues with hardly a pause between them, which voice activity fits anywhere alike."""
    shown = merge_spans([cue.span for cue in cues])
    return sum(span.duration for span in shown) > MAX_JUDGED_SHARE * (shown[-1].end - shown[0].start)


def draw_activity(spans: Sequence[Span], frames: int, ratio: float = 1.0) -> Signal:
    """1.0 in the frames that the spans cover, else 0.0: float32, one a frame."""
    activity = np.zeros(frames, np.float32)
    for span in spans:
        first, last = round(span.start * ratio * FRAMES_PER_S), round(span.end * ratio * FRAMES_PER_S)
        activity[first : min(last, frames)] = 1.0
    return activity
