"""Repair of synthesized speech: breaths, hum and long silences are cut out, and levels made equal.

`clean_wave` repairs a wave by cutting, `normalize_level` makes takes comparable. Waves are float32 mono. Levels are in dB
relative to the loud parts of the same wave.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave

FRAME_S = 0.01  # seconds
SILENCE_DBFS = -55.0  # a wave whose loud parts are lower is silence
SOUND_DB, VOWEL_DB = -40.0, -25.0  # relative to the loud parts: of any speech sound, and of vowels
MAX_ONSET_S, MAX_RELEASE_S = 0.15, 0.22  # of soft consonants before the first vowel and after the last
LEAD_S, TAIL_S = 0.03, 0.06  # kept around the speech
FADE_S = 0.01  # at either end, and over each cut
BREATH_MAX_S, BREATH_GAP_S, BREATH_DB = 0.4, 0.25, -14.0  # a sound so short, so far from the rest and so much softer is a breath
MAX_GAP_S, SHORTENED_GAP_S = 0.7, 0.4  # a longer silence inside is shortened to that
SPEECH_RMS, MAX_PEAK = 10 ** (-24 / 20), 10 ** (-3 / 20)  # RMS of the speech and peak of a take; the mix sets the final level


def compute_envelope(wave: Wave, rate: int) -> NDArray[np.float64]:
    """RMS of each 10 ms in dBFS: (frames,). The last frame may be shorter."""
    hop = max(1, round(FRAME_S * rate))
    starts = np.arange(0, len(wave), hop)
    if not len(starts):
        return np.zeros(0)
    power = np.add.reduceat(np.square(wave, dtype=np.float64), starts) / np.diff(np.append(starts, len(wave)))
    return 10.0 * np.log10(np.maximum(power, 1e-12))


def clean_wave(wave: Wave, rate: int) -> Wave:
    """Cut a wave to its speech, without DC offset and faded at its ends: hiss and breaths around it and long silences inside are removed.

    Empty if there is no sound, or a sample is not finite.
    """
    if not len(wave) or not np.isfinite(wave).all():
        return np.zeros(0, np.float32)
    wave = (wave - wave.mean(dtype=np.float64)).astype(np.float32)
    levels = compute_envelope(wave, rate)
    loud = _measure_loud_level(levels)
    if loud < SILENCE_DBFS:
        return np.zeros(0, np.float32)
    levels -= loud
    first, last = _find_speech(levels)
    hop = max(1, round(FRAME_S * rate))
    start = max(0, first * hop - round(LEAD_S * rate))
    kept = _shorten_gaps(wave, levels, (first, last), hop, round(SHORTENED_GAP_S * rate), round(FADE_S * rate))
    lead, tail = wave[start : first * hop], wave[last * hop : last * hop + round(TAIL_S * rate)]
    return fade_ends(np.concatenate([lead, kept, tail]), round(FADE_S * rate))


def normalize_level(wave: Wave, rate: int) -> Wave:
    """Normalize to -24 dBFS RMS over the speech, or lower if the peak would pass -3 dBFS. Silence is returned unchanged."""
    levels = compute_envelope(wave, rate)
    if not len(levels) or (loud := _measure_loud_level(levels)) < SILENCE_DBFS:
        return wave
    rms = math.sqrt(float(np.mean(10.0 ** (levels[levels > loud + VOWEL_DB] / 10.0))))
    return (wave * min(SPEECH_RMS / rms, MAX_PEAK / float(np.abs(wave).max()))).astype(np.float32)


def join_waves(waves: list[Wave], pauses: list[float], rate: int) -> Wave:
    """Concatenate waves with silence between them. `pauses`: seconds, one fewer than waves."""
    pieces = waves[:1]
    for pause, wave in zip(pauses, waves[1:], strict=True):
        pieces += [np.zeros(round(pause * rate), np.float32), wave]
    return np.concatenate(pieces)


def _measure_loud_level(levels: NDArray[np.float64]) -> float:
    """The level of the loud parts, in dBFS, robust to clicks and to silence around them."""
    return float(np.percentile(levels[levels > levels.max() + SOUND_DB], 95))


def _find_speech(levels: NDArray[np.float64]) -> tuple[int, int]:
    """The frames [first, last) of the speech, without breaths and hiss at the ends."""
    runs = _find_runs(levels > SOUND_DB, round(BREATH_GAP_S / FRAME_S))
    while len(runs) > 1 and _is_breath(levels, runs[-1]):
        runs.pop()
    while len(runs) > 1 and _is_breath(levels, runs[0]):
        runs.pop(0)
    first, last = runs[0][0], runs[-1][1]
    vowels = first + np.flatnonzero(levels[first:last] > VOWEL_DB)
    return (
        max(first, int(vowels[0]) - round(MAX_ONSET_S / FRAME_S)),
        min(last, int(vowels[-1]) + 1 + round(MAX_RELEASE_S / FRAME_S)),
    )


def _is_breath(levels: NDArray[np.float64], run: tuple[int, int]) -> bool:
    start, end = run
    return end - start < BREATH_MAX_S / FRAME_S and float(levels[start:end].max()) < BREATH_DB


def _find_runs(sound: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Runs [start, end) of frames with sound; runs less than `gap` frames apart are merged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sound.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if runs and start - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _shorten_gaps(wave: Wave, levels: NDArray[np.float64], speech: tuple[int, int], hop: int, kept: int, fade: int) -> Wave:
    """The samples of the frames `speech`, each gap over MAX_GAP_S shortened to `kept` samples, out of its middle."""
    first, last = speech
    runs = _find_runs(levels[first:last] > SOUND_DB, round(MAX_GAP_S / FRAME_S))
    pieces, at = [], first * hop
    for (_, end), (start, _) in pairwise(runs):
        stop = (first + end) * hop + kept // 2
        pieces.append(wave[at:stop])
        at = (first + start) * hop - (kept - kept // 2)
    pieces.append(wave[at : last * hop])
    return _crossfade(pieces, fade)


def _crossfade(pieces: list[Wave], fade: int) -> Wave:
    joint = pieces[0]
    for piece in pieces[1:]:
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        middle = joint[-fade:] * (1.0 - ramp) + piece[:fade] * ramp
        joint = np.concatenate([joint[:-fade], middle, piece[fade:]])
    return joint


def fade_ends(wave: Wave, fade: int) -> Wave:
    """Fade `fade` samples at both ends in and out."""
    ramp = np.linspace(0.0, 1.0, min(fade, len(wave) // 2), dtype=np.float32)
    wave = wave.copy()
    wave[: len(ramp)] *= ramp
    wave[len(wave) - len(ramp) :] *= ramp[::-1]
    return wave
