"""Formant spacing of a voice, a measure of the length of the vocal tract: it tells a man who shouts from a woman.

A tube closed at one end resonates at odd multiples of half the spacing, so formant n lies near (n - 1/2) * spacing.
Typically 1,000 Hz for men, 1,160 Hz for women; hardly any for pitch, which rises by an octave with effort.
"""

import numpy as np
from numpy.typing import NDArray

ANALYSIS_RATE_HZ = 10_000  # four formants of any adult lie under its half
PREDICTION_ORDER = 10  # of the linear prediction: two coefficients per formant, and two for glottis and lips
FRAME_SAMPLES, HOP_SAMPLES = 300, 200  # 30 ms, 20 ms
MIN_ENERGY_PERCENTILE = 60.0  # percentile of energy over which frames count; vowels are the loud ones
MIN_FRAMES = 50  # 1 s of loud frames
FORMANT_COUNT = 4


def measure_formant_spacing(wave: NDArray[np.float32], rate: int) -> float | None:
    """Median formant spacing of a mono wave, in Hz; None where less than 1 s of it is loud enough to tell."""
    import soxr

    narrow = soxr.resample(wave.astype(np.float64), rate, ANALYSIS_RATE_HZ)
    if len(narrow) < FRAME_SAMPLES + HOP_SAMPLES:
        return None
    emphasised = np.diff(narrow, prepend=narrow[:1]) + 0.03 * narrow  # against the glottis's fall of 6 dB an octave
    frames = np.lib.stride_tricks.sliding_window_view(emphasised, FRAME_SAMPLES)[::HOP_SAMPLES] * np.hamming(FRAME_SAMPLES)
    energy = np.square(frames).sum(axis=1)
    frames = frames[(energy > np.percentile(energy, MIN_ENERGY_PERCENTILE)) & (energy > 1e-9)]
    formants = [found for roots in _compute_poles(frames) if (found := _find_formants(roots)) is not None]
    if len(formants) < MIN_FRAMES:
        return None
    odd = np.arange(FORMANT_COUNT) + 0.5
    return float(np.median(np.array(formants) @ odd) / (odd @ odd))  # least squares per frame


def _compute_poles(frames: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Poles of each frame's linear prediction, by autocorrelation: (frames, PREDICTION_ORDER)."""
    spectrum = np.fft.rfft(frames, 2 * FRAME_SAMPLES, axis=1)
    likeness = np.fft.irfft(np.square(np.abs(spectrum)), axis=1)[:, : PREDICTION_ORDER + 1]
    likeness[:, 0] *= 1.0001  # a noise floor at -40 dB keeps the equations solvable
    lags = np.abs(np.subtract.outer(np.arange(PREDICTION_ORDER), np.arange(PREDICTION_ORDER)))
    predictors = np.linalg.solve(likeness[:, lags], likeness[:, 1:, None])[:, :, 0]  # (frames, PREDICTION_ORDER)
    companions = np.zeros((len(frames), PREDICTION_ORDER, PREDICTION_ORDER))
    companions[:, 0, :] = predictors
    companions[:, np.arange(1, PREDICTION_ORDER), np.arange(PREDICTION_ORDER - 1)] = 1.0
    return np.asarray(np.linalg.eigvals(companions), np.complex128)


def _find_formants(poles: NDArray[np.complex128]) -> NDArray[np.float64] | None:
    """The lowest four resonances in Hz; None where the frame has fewer."""
    upper = poles[poles.imag > 0]
    hertz = np.angle(upper) * ANALYSIS_RATE_HZ / (2 * np.pi)
    width = -np.log(np.abs(upper)) * ANALYSIS_RATE_HZ / np.pi
    resonances = np.sort(hertz[(hertz > 150) & (hertz < ANALYSIS_RATE_HZ / 2 - 100) & (width < 500)])
    return resonances[:FORMANT_COUNT] if len(resonances) >= FORMANT_COUNT else None
