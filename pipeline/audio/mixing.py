"""What is done to samples: levels, ducking, loudness, limiting. Streams go by in blocks, so that memory stays constant.

Waves are float32, nominally -1..1: `(samples,)` mono or `(samples, channels)`. Levels are in dB, loudness in LUFS.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.values.timeline import Span, merge_spans

Wave = NDArray[np.float32]

SILENCE = -70.0  # LUFS: the absolute gate of ITU-R BS.1770, under which nothing counts
FRAME = 0.03  # s, over which a level is taken
QUIETEST = 25.0  # dB under the loudest frame: what lies lower is pause, not speech


def gain(decibels: float) -> float:
    """The factor of a gain in dB."""
    return float(10.0 ** (decibels / 20.0))


def level(wave: Wave, rate: int) -> float:
    """The level of speech in a mono wave, K-weighted, in dB; pauses do not count. -inf where there is silence."""
    from scipy.signal import sosfilt

    frame = max(1, round(FRAME * rate))
    if len(wave) < frame:
        return -np.inf
    weighted = sosfilt(k_weighting(rate), wave.astype(np.float64))
    power = np.square(weighted[: len(weighted) // frame * frame]).reshape(-1, frame).mean(axis=1)  # (frames,)
    loudest = power.max()
    if loudest < 1e-10:  # -100 dB: nothing there
        return -np.inf
    return float(10.0 * np.log10(power[power > loudest * 10 ** (-QUIETEST / 10)].mean()))


def k_weighting(rate: int) -> NDArray[np.float64]:
    """The filter of ITU-R BS.1770 at any rate, as second-order sections `(2, 6)`: a high shelf, then a high pass.

    The standard gives coefficients at 48 kHz only; these analogue parameters yield them, and their like at other rates.
    """
    shelf = _shelf(rate, frequency=1681.974450955533, decibels=3.999843853973347, q=0.7071752369554196)
    high_pass = _high_pass(rate, frequency=38.13547087602444, q=0.5003270373238773)
    return np.array([shelf, high_pass])


def _shelf(rate: int, *, frequency: float, decibels: float, q: float) -> list[float]:
    k = np.tan(np.pi * frequency / rate)
    high = 10.0 ** (decibels / 20.0)
    band = high**0.4996667741545416
    norm = 1.0 + k / q + k * k
    b = [(high + band * k / q + k * k) / norm, 2.0 * (k * k - high) / norm, (high - band * k / q + k * k) / norm]
    return [*b, 1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm]


def _high_pass(rate: int, *, frequency: float, q: float) -> list[float]:
    k = np.tan(np.pi * frequency / rate)
    norm = 1.0 + k / q + k * k
    return [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm]


class LoudnessMeter:
    """Integrated loudness of a stream of blocks, by ITU-R BS.1770 with both gates. Keeps 10 numbers a second."""

    def __init__(self, weights: Sequence[float], rate: int) -> None:
        """`weights`: one per channel: 1, for surrounds 1.41, for the LFE 0."""
        self._heard = [channel for channel, weight in enumerate(weights) if weight > 0.0]
        self._weights = np.array([weights[channel] for channel in self._heard])
        self._sections = k_weighting(rate)
        self._state = np.zeros((2, 2, len(self._heard)))  # (sections, order, channels)
        self._hop = rate // 10
        self._rest = np.zeros(0)  # power of samples that do not fill a hop yet
        self._power: list[NDArray[np.float64]] = []  # mean power of each hop of 100 ms, summed over channels

    def add(self, block: Wave) -> None:
        """Hear the next block `(samples, channels)`."""
        from scipy.signal import sosfilt

        weighted, self._state = sosfilt(self._sections, block[:, self._heard], axis=0, zi=self._state)
        power = np.concatenate([self._rest, np.square(weighted) @ self._weights])  # (samples,)
        whole = len(power) // self._hop * self._hop
        self._rest = power[whole:]
        self._power.append(power[:whole].reshape(-1, self._hop).mean(axis=1))

    def integrated(self) -> float:
        """LUFS so far; SILENCE where nothing passed the absolute gate."""
        hops = np.concatenate([np.zeros(0), *self._power])
        if len(hops) < 4:
            return SILENCE
        blocks = np.lib.stride_tricks.sliding_window_view(hops, 4).mean(axis=1)  # 400 ms, overlapping by 75 %
        blocks = blocks[blocks > _power_at(SILENCE)]
        if not len(blocks):
            return SILENCE
        gated = blocks[blocks > blocks.mean() * 0.1]  # the relative gate lies 10 LU lower
        return float(-0.691 + 10.0 * np.log10(gated.mean()))


def _power_at(lufs: float) -> float:
    return float(10.0 ** ((lufs + 0.691) / 10.0))


class Ducking:
    """The gain of the original under speech: `depth` dB down within the spans, ramps of `attack` and `release` s around."""

    def __init__(self, spans: Iterable[Span], *, depth: float = -15.0, attack: float = 0.12, release: float = 0.4) -> None:
        """Pauses too short for both ramps are ducked through: no pumping between two sentences."""
        times, levels = [0.0], [0.0]
        for span in merge_spans(tuple(spans), gap=attack + release):
            times += [span.start - attack, span.start, span.end, span.end + release]
            levels += [0.0, depth, depth, 0.0]
        if len(times) > 1 and times[1] < 0.0:  # speech from the very start: the ramp began before the film
            del times[0], levels[0]
        self._times, self._levels = np.array(times), np.array(levels)

    def gains(self, start: int, length: int, rate: int) -> Wave:
        """Factors `(length,)` for the samples from `start` on."""
        seconds = (start + np.arange(length)) / rate
        decibels = np.interp(seconds, self._times, self._levels)
        factors: Wave = np.power(10.0, decibels / 20.0).astype(np.float32)
        return factors


OFFSETS = np.array([0.5, 1.5, 2.5, 3.5])  # samples from a midpoint to its neighbours, on either side
HALFWAY = np.sinc(OFFSETS) * np.square(np.cos(np.pi * OFFSETS / 8.0))  # a windowed sinc
HALFWAY = (HALFWAY / HALFWAY.sum() / 2.0).astype(np.float32)


class Limiter:
    """A lookahead limiter against true peaks over `ceiling` (a factor), for a stream of blocks `(samples, channels)`.

    The gain is a running minimum smoothed by a running mean: it is down before a peak comes, and bends no wave.
    What goes in comes out `delay` samples later.
    """

    def __init__(self, ceiling: float, rate: int, channels: int, *, lookahead: float = 0.005, hold: float = 0.05) -> None:
        """`lookahead`, `hold`: seconds that the gain falls before a peak, and stays down after it."""
        self._ceiling = ceiling
        self._ahead = 2 * round(lookahead * rate / 2.0)
        self._hold = 2 * round(hold * rate / 2.0)
        self._past = self._ahead + self._hold
        self.delay = self._ahead + len(HALFWAY)  # samples held back until `rest`
        self._held: Wave = np.zeros((self._past, channels), np.float32)

    def add(self, block: Wave) -> Wave:
        """The samples that are ready now: as many as came in, less `delay` over the first blocks."""
        self._held = np.concatenate([self._held, block])
        ready = len(self._held) - self._past - self.delay
        if ready <= 0:
            return block[:0]
        limited = self._held[self._past : self._past + ready] * self._gains(ready)[:, None]
        self._held = self._held[ready:]
        return limited.astype(np.float32, copy=False)

    def rest(self) -> Wave:
        """The last `delay` samples."""
        return self.add(np.zeros((self.delay, self._held.shape[1]), np.float32))

    def _gains(self, ready: int) -> Wave:
        """Gain at t: the mean over [t - ahead, t] of the minimum over [t - hold, t + ahead] of what each peak wants."""
        from scipy.ndimage import minimum_filter1d, uniform_filter1d

        peaks = true_peaks(self._held, above=self._ceiling / 2.0)  # (past + ready + delay,)
        if peaks.max() <= self._ceiling:
            return np.ones(ready, np.float32)
        wanted = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        smooth = uniform_filter1d(minimum_filter1d(wanted, self._hold + self._ahead + 1), self._ahead + 1)
        first = self._past - self._hold // 2  # scipy centres its windows; ours lie half a hold later
        gains: Wave = smooth[first : first + ready].astype(np.float32)
        return gains


def true_peaks(wave: Wave, *, above: float) -> Wave:
    """For each sample, the highest peak at it and halfway to its neighbours, over all channels `(samples,)`.

    Twice the rate misses half a dB at worst. Nothing is looked at between samples where none exceeds `above`.
    """
    peaks: Wave = np.abs(wave).max(axis=1)  # (samples,)
    reach = len(HALFWAY)
    if len(wave) < 2 * reach or peaks.max() <= above:
        return peaks
    count = len(wave) - 2 * reach + 1
    between = np.zeros((count, wave.shape[1]), np.float32)  # the midpoint after each sample, from `reach - 1` on
    for tap, weight in enumerate(HALFWAY):
        before, after = reach - 1 - tap, reach + tap
        between += weight * (wave[before : before + count] + wave[after : after + count])
    halfway = np.abs(between).max(axis=1)
    for side in (reach - 1, reach):
        np.maximum(peaks[side : side + count], halfway, out=peaks[side : side + count])
    return peaks
