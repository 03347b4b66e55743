"""Voice track of a dub: its takes, each from its place on, summed as one mono stream."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.audio.levels import Wave
from pipeline.values.media import Artifact
from pipeline.values.timeline import Placement


@dataclass(frozen=True, slots=True)
class PlacedTake:
    """A take at its level, ready to be mixed: a mono `wave` that begins at sample `start` of the film."""

    start: int
    wave: Wave


class VoiceTrack:
    """The dubbed voices as one mono stream. A take is read when its time comes, and released when it is over."""

    def __init__(self, placements: Sequence[Placement], gains: Sequence[float], rate: int) -> None:
        """`placements`: in order of start; `gains`: a factor for each; `rate`: Hz of the stream."""
        self._rate = rate
        self._upcoming = list(zip(placements, gains, strict=True))[::-1]  # the next one last
        self._active: list[PlacedTake] = []

    def mix_block(self, start: int, length: int) -> Wave:
        """The sum of all takes in the samples `[start, start + length)`. Called in order of time."""
        while self._upcoming and round(self._upcoming[-1][0].start * self._rate) < start + length:
            placement, factor = self._upcoming.pop()
            wave = read_take(placement.audio, self._rate) * np.float32(factor)
            self._active.append(PlacedTake(round(placement.start * self._rate), wave))
        voice = np.zeros(length, np.float32)
        for take in self._active:
            offset = take.start - start
            part = take.wave[max(0, -offset) : max(0, length - offset)]
            voice[max(0, offset) : max(0, offset) + len(part)] += part
        self._active = [take for take in self._active if take.start + len(take.wave) > start + length]
        return voice


def read_take(audio: Artifact, rate: int) -> Wave:
    """The mono wave of a take at `rate` Hz."""
    import soundfile
    import soxr

    wave, own_rate = soundfile.read(audio.path, dtype="float32", always_2d=True)
    mono = wave.mean(axis=1)
    return mono if own_rate == rate else np.asarray(soxr.resample(mono, own_rate, rate), np.float32)
