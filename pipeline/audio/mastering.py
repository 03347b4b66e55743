"""Mastering of a mix: gain and limiter ceiling that bring its loudness to the original's, and its true peak under the bound."""

from dataclasses import dataclass

MAX_TRUE_PEAK_DBTP = -1.5  # dBTP, the highest that an encoded track may reach
LIMITER_HEADROOM_DB = 0.8  # dB under it for the limiter: what a lossy codec adds to a peak, as a rule
CEILING_MARGIN_DB = 0.2  # dB that the ceiling goes lower than a peak was too high: the next peak may lie elsewhere
GAIN_PER_LU_DB = 2.0  # dB of gain for each LU that is missing, where the limiter held the mix down; elsewhere 1
FREE_PEAK_DB = 1.0  # dB from the ceiling down to a peak that shows that the limiter held nothing down


@dataclass(frozen=True, slots=True)
class Mastering:
    """`decibels`: gain of the whole mix. `ceiling`: dBTP of the limiter."""

    decibels: float
    ceiling: float = MAX_TRUE_PEAK_DBTP - LIMITER_HEADROOM_DB

    def correct(self, lack: float, excess: float) -> "Mastering":
        """The mastering of the next attempt, after one that was `lack` LU too quiet and `excess` dB over the true peak."""
        over = max(0.0, excess)
        is_held = MAX_TRUE_PEAK_DBTP + excess > self.ceiling - FREE_PEAK_DB
        return Mastering(
            self.decibels + (GAIN_PER_LU_DB if is_held else 1.0) * lack,
            self.ceiling - over - (CEILING_MARGIN_DB if over else 0.0),
        )
