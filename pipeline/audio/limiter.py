"""Lookahead limiter against true peaks, for a stream of samples in blocks."""

import numpy as np

from pipeline.audio.levels import Wave

MIDPOINT_OFFSETS = np.array([0.5, 1.5, 2.5, 3.5])  # samples from a midpoint to its neighbours, on either side
MIDPOINT_TAPS = np.sinc(MIDPOINT_OFFSETS) * np.square(np.cos(np.pi * MIDPOINT_OFFSETS / 8.0))  # a windowed sinc
MIDPOINT_TAPS = (MIDPOINT_TAPS / MIDPOINT_TAPS.sum() / 2.0).astype(np.float32)


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
        self.delay = self._ahead + len(MIDPOINT_TAPS)  # samples held back until `flush`
        self._held: Wave = np.zeros((self._past, channels), np.float32)

    def add(self, block: Wave) -> Wave:
        """The samples that are ready now: as many as came in, less `delay` over the first blocks."""
        self._held = np.concatenate([self._held, block])
        ready = len(self._held) - self._past - self.delay
        if ready <= 0:
            return block[:0]
        limited = self._held[self._past : self._past + ready] * self._compute_gains(ready)[:, None]
        self._held = self._held[ready:]
        return limited.astype(np.float32, copy=False)

    def flush(self) -> Wave:
        """The last `delay` samples of the stream."""
        return self.add(np.zeros((self.delay, self._held.shape[1]), np.float32))

    def _compute_gains(self, ready: int) -> Wave:
        """Gain at t: the mean over [t - ahead, t] of the minimum over [t - hold, t + ahead] of what each peak wants."""
        from scipy.ndimage import minimum_filter1d, uniform_filter1d

        peaks = measure_true_peaks(self._held, above=self._ceiling / 2.0)  # (past + ready + delay,)
        if peaks.max() <= self._ceiling:
            return np.ones(ready, np.float32)
        wanted = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        smooth = uniform_filter1d(minimum_filter1d(wanted, self._hold + self._ahead + 1), self._ahead + 1)
        first = self._past - self._hold // 2  # scipy centres its windows; ours lie half a hold later
        gains: Wave = smooth[first : first + ready].astype(np.float32)
        return gains


def measure_true_peaks(wave: Wave, *, above: float) -> Wave:
    """For each sample, the highest peak at it and halfway to its neighbours, over all channels `(samples,)`.

    Twice the rate misses half a dB at worst. Nothing is looked at between samples where none exceeds `above`.
    """
    peaks: Wave = np.abs(wave).max(axis=1)  # (samples,)
    reach = len(MIDPOINT_TAPS)
    if len(wave) < 2 * reach or peaks.max() <= above:
        return peaks
    count = len(wave) - 2 * reach + 1
    between = np.zeros((count, wave.shape[1]), np.float32)  # the midpoint after each sample, from `reach - 1` on
    for tap, weight in enumerate(MIDPOINT_TAPS):
        before, after = reach - 1 - tap, reach + tap
        between += weight * (wave[before : before + count] + wave[after : after + count])
    halfway = np.abs(between).max(axis=1)
    for side in (reach - 1, reach):
        np.maximum(peaks[side : side + count], halfway, out=peaks[side : side + count])
    return peaks
