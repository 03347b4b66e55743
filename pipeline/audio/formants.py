"""The length of a vocal tract, heard as the spacing of its formants: what tells a man who shouts from a woman.

A tube closed at one end resonates at odd multiples of half the spacing, so formant n lies near (n - 1/2) * spacing.
Typically 1,000 Hz for men, 1,160 Hz for women; hardly any for pitch, which rises by an octave with effort.
"""

import numpy as np
from numpy.typing import NDArray

RATE = 10_000  # Hz: four formants of any adult lie under its half
ORDER = 10  # of the linear prediction: two coefficients per formant, and two for glottis and lips
FRAME, HOP = 300, 200  # samples: 30 ms, 20 ms
LOUD = 60.0  # percentile of energy over which frames count; vowels are the loud ones
FRAMES_NEEDED = 50  # 1 s of loud frames
FORMANTS = 4


def formant_spacing(wave: NDArray[np.float32], rate: int) -> float | None:
    """Median formant spacing of a mono wave, in Hz; None where less than 1 s of it is loud enough to tell."""
    import soxr

    narrow = soxr.resample(wave.astype(np.float64), rate, RATE)
    if len(narrow) < FRAME + HOP:
        return None
    emphasised = np.diff(narrow, prepend=narrow[:1]) + 0.03 * narrow  # against the glottis's fall of 6 dB an octave
    frames = np.lib.stride_tricks.sliding_window_view(emphasised, FRAME)[::HOP] * np.hamming(FRAME)
    energy = np.square(frames).sum(axis=1)
    frames = frames[(energy > np.percentile(energy, LOUD)) & (energy > 1e-9)]
    formants = [found for roots in _poles(frames) if (found := _formants(roots)) is not None]
    if len(formants) < FRAMES_NEEDED:
        return None
    odd = np.arange(FORMANTS) + 0.5
    return float(np.median(np.array(formants) @ odd) / (odd @ odd))  # least squares per frame


def _poles(frames: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Poles of each frame's linear prediction, by autocorrelation: (frames, ORDER)."""
    spectrum = np.fft.rfft(frames, 2 * FRAME, axis=1)
    likeness = np.fft.irfft(np.square(np.abs(spectrum)), axis=1)[:, : ORDER + 1]
    likeness[:, 0] *= 1.0001  # a noise floor at -40 dB keeps the equations solvable
    lags = np.abs(np.subtract.outer(np.arange(ORDER), np.arange(ORDER)))
    predictors = np.linalg.solve(likeness[:, lags], likeness[:, 1:, None])[:, :, 0]  # (frames, ORDER)
    companions = np.zeros((len(frames), ORDER, ORDER))
    companions[:, 0, :] = predictors
    companions[:, np.arange(1, ORDER), np.arange(ORDER - 1)] = 1.0
    return np.asarray(np.linalg.eigvals(companions), np.complex128)


def _formants(poles: NDArray[np.complex128]) -> NDArray[np.float64] | None:
    """The lowest four resonances in Hz; None where the frame has fewer."""
    upper = poles[poles.imag > 0]
    hertz = np.angle(upper) * RATE / (2 * np.pi)
    width = -np.log(np.abs(upper)) * RATE / np.pi
    resonances = np.sort(hertz[(hertz > 150) & (hertz < RATE / 2 - 100) & (width < 500)])
    return resonances[:FORMANTS] if len(resonances) >= FORMANTS else None
