"""Level at the end of a take: speech decays before it ends, and one that was cut off breaks off in the middle of a sound.

Of 370 takes of Kokoro in Spanish and Portuguese the last 20 ms are 30 dB under the speech (median), 11 dB at most; of the same
takes with a fifth or a third cut off, they are less than 10 dB under it in seven of ten.
"""

import numpy as np

from pipeline.audio.take_windows import Wave

FRAME_S = 0.02  # s
MIN_SPEECH_LEVEL = 0.03  # of the loudest frame's RMS: what is lower is pause


def measure_end_level(wave: Wave, rate: int) -> float:
    """Level of the last 20 ms over that of the speech, in dB. `wave`: mono, (samples,). -inf for silence, or less than that."""
    frame = round(FRAME_S * rate)
    usable = len(wave) // frame * frame
    frames = np.sqrt(np.square(wave[len(wave) - usable :], dtype=np.float64).reshape(-1, frame).mean(axis=1))  # (frames,)
    if not len(frames) or frames[-1] == 0.0:
        return -np.inf
    speech = np.sqrt(np.mean(np.square(frames[frames > MIN_SPEECH_LEVEL * frames.max()])))
    return float(20.0 * np.log10(frames[-1] / speech))
