"""K-weighting: the frequency weighting of ITU-R BS.1770, a filter as loud as people hear, at any sample rate."""

import numpy as np
from numpy.typing import NDArray


def compute_k_weighting(rate: int) -> NDArray[np.float64]:
    """The filter of ITU-R BS.1770 at `rate` Hz, as second-order sections `(2, 6)`: a high shelf, then a high pass.

    The standard gives coefficients at 48 kHz only; these analogue parameters yield them, and their like at other rates.
    """
    shelf = _compute_shelf(rate, frequency=1681.974450955533, decibels=3.999843853973347, q=0.7071752369554196)
    high_pass = _compute_high_pass(rate, frequency=38.13547087602444, q=0.5003270373238773)
    return np.array([shelf, high_pass])


def _compute_shelf(rate: int, *, frequency: float, decibels: float, q: float) -> list[float]:
    k = np.tan(np.pi * frequency / rate)
    high = 10.0 ** (decibels / 20.0)
    band = high**0.4996667741545416
    norm = 1.0 + k / q + k * k
    b = [(high + band * k / q + k * k) / norm, 2.0 * (k * k - high) / norm, (high - band * k / q + k * k) / norm]
    return [*b, 1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm]


def _compute_high_pass(rate: int, *, frequency: float, q: float) -> list[float]:
    k = np.tan(np.pi * frequency / rate)
    norm = 1.0 + k / q + k * k
    return [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm]
