"""Guard against defects of neural speech: the voice breathes, hums, babbles on, or swallows half of a line.

`cleaned` mends a wave as far as cutting can, `judged` says whether what is left can be the text, `levelled` makes takes
comparable. Waves are float32 mono. Levels are in dB against the loud parts of the same wave.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave

FRAME = 0.01  # seconds
SILENT = -55.0  # dBFS: a wave whose loud parts are lower holds nothing
SOUND, SPEECH = -40.0, -25.0  # dB under the loud parts: what may belong to speech, and what only vowels reach
ONSET, RELEASE = 0.15, 0.22  # seconds that soft consonants may last before the first vowel and after the last
LEAD, TAIL = 0.03, 0.06  # seconds kept around the sound
FADE = 0.01  # seconds at either end, and over each cut
ISLAND, SHORE, FAINT = 0.4, 0.25, -14.0  # a sound so short, so far from the rest (s), so much softer (dB) is a breath
LONGEST_GAP, KEPT_GAP = 0.7, 0.4  # a silence inside that is longer becomes so long (s)
BABBLE, BABBLE_GRACE = 1.9, 1.0  # times the expected duration, plus seconds: over it, words were added
SWALLOWED, SWALLOWED_GRACE = 0.45, 0.1  # times the expected duration, less seconds: under it, words are missing
CLIPPED, CLIPPED_SHARE = 0.999, 0.005  # full scale, and the share of samples there that is heard
MISHEARD = 0.35  # error rate over which a listener did not understand it
LEVEL, CEILING = 10 ** (-24 / 20), 10 ** (-3 / 20)  # RMS of the speech and peak of a take; the mix sets the final level


@dataclass(frozen=True, slots=True)
class Verdict:
    """Faults of a candidate. `score`: how wrong in all, 0.0 for none, infinite where there is no sound."""

    faults: tuple[str, ...]
    score: float


def compute_envelope(wave: Wave, rate: int) -> NDArray[np.float64]:
    """RMS of each 10 ms in dBFS: (frames,). The last frame may be shorter."""
    hop = max(1, round(FRAME * rate))
    starts = np.arange(0, len(wave), hop)
    if not len(starts):
        return np.zeros(0)
    power = np.add.reduceat(np.square(wave, dtype=np.float64), starts) / np.diff(np.append(starts, len(wave)))
    return 10.0 * np.log10(np.maximum(power, 1e-12))


def clean_wave(wave: Wave, rate: int) -> Wave:
    """The speech alone, centred, faded at its ends: without hiss and breaths around it, nor long silence inside.

    Empty where there is no sound, or where a sample is not a number.
    """
    if not len(wave) or not np.isfinite(wave).all():
        return np.zeros(0, np.float32)
    wave = (wave - wave.mean(dtype=np.float64)).astype(np.float32)
    levels = compute_envelope(wave, rate)
    loud = _loud(levels)
    if loud < SILENT:
        return np.zeros(0, np.float32)
    levels -= loud
    first, last = _speech(levels)
    hop = max(1, round(FRAME * rate))
    start = max(0, first * hop - round(LEAD * rate))
    kept = _without_gaps(wave, levels, (first, last), hop, round(KEPT_GAP * rate), round(FADE * rate))
    lead, tail = wave[start : first * hop], wave[last * hop : last * hop + round(TAIL * rate)]
    return _fade_ends(np.concatenate([lead, kept, tail]), round(FADE * rate))


def judge_candidate(wave: Wave, rate: int, expected: float, *, ended: bool = True, error: float | None = None) -> Verdict:
    """The faults of a cleaned wave that should last `expected` seconds or so.

    `ended`: whether the model came to an end by itself. `error`: what a listener misheard, as a share of the text.
    """
    if not len(wave):
        return Verdict(("silence",), math.inf)
    seconds = len(wave) / rate
    faults: dict[str, float] = {}
    if seconds > BABBLE * expected + BABBLE_GRACE:
        faults["too long"] = math.log(seconds / expected)
    if seconds < SWALLOWED * expected - SWALLOWED_GRACE:
        faults["too short"] = 1.5 * math.log(expected / seconds)  # words that are missing are worse
    if (share := float(np.mean(np.abs(wave) >= CLIPPED))) > CLIPPED_SHARE:
        faults["clipped"] = 10.0 * share
    if not ended:
        faults["no end"] = 0.5
    if error is not None and error > MISHEARD:
        faults["misheard"] = error
    return Verdict(tuple(faults), sum(faults.values()))


def normalize_level(wave: Wave, rate: int) -> Wave:
    """At -24 dBFS RMS over its speech, or lower where the peak would pass -3 dBFS. Silence stays as it is."""
    levels = compute_envelope(wave, rate)
    if not len(levels) or (loud := _loud(levels)) < SILENT:
        return wave
    rms = math.sqrt(float(np.mean(10.0 ** (levels[levels > loud + SPEECH] / 10.0))))
    return (wave * min(LEVEL / rms, CEILING / float(np.abs(wave).max()))).astype(np.float32)


def join_waves(waves: list[Wave], pauses: list[float], rate: int) -> Wave:
    """One after the other, with silence between: one pause in seconds fewer than waves."""
    pieces = waves[:1]
    for pause, wave in zip(pauses, waves[1:], strict=True):
        pieces += [np.zeros(round(pause * rate), np.float32), wave]
    return np.concatenate(pieces)


def _loud(levels: NDArray[np.float64]) -> float:
    """The level of the loud parts, whatever clicks over them and however much silence lies around them."""
    return float(np.percentile(levels[levels > levels.max() + SOUND], 95))


def _speech(levels: NDArray[np.float64]) -> tuple[int, int]:
    """The frames [first, last) that hold the speech: breaths and hiss at the ends left out."""
    islands = _islands(levels > SOUND, round(SHORE / FRAME))
    while len(islands) > 1 and _is_breath(levels, islands[-1]):
        islands.pop()
    while len(islands) > 1 and _is_breath(levels, islands[0]):
        islands.pop(0)
    first, last = islands[0][0], islands[-1][1]
    vowels = first + np.flatnonzero(levels[first:last] > SPEECH)
    return (
        max(first, int(vowels[0]) - round(ONSET / FRAME)),
        min(last, int(vowels[-1]) + 1 + round(RELEASE / FRAME)),
    )


def _is_breath(levels: NDArray[np.float64], island: tuple[int, int]) -> bool:
    start, end = island
    return end - start < ISLAND / FRAME and float(levels[start:end].max()) < FAINT


def _islands(sound: NDArray[np.bool_], shore: int) -> list[tuple[int, int]]:
    """Runs [start, end) of frames with sound; runs less than `shore` frames apart are one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sound.astype(np.int8), [0]])))
    islands: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if islands and start - islands[-1][1] < shore:
            islands[-1] = (islands[-1][0], end)
        else:
            islands.append((start, end))
    return islands


def _without_gaps(wave: Wave, levels: NDArray[np.float64], speech: tuple[int, int], hop: int, kept: int, fade: int) -> Wave:
    """The samples of the frames `speech`, each gap over LONGEST_GAP shortened to `kept` samples, out of its middle."""
    first, last = speech
    islands = _islands(levels[first:last] > SOUND, round(LONGEST_GAP / FRAME))
    pieces, at = [], first * hop
    for (_, end), (start, _) in pairwise(islands):
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


def _fade_ends(wave: Wave, fade: int) -> Wave:
    ramp = np.linspace(0.0, 1.0, min(fade, len(wave) // 2), dtype=np.float32)
    wave = wave.copy()
    wave[: len(ramp)] *= ramp
    wave[len(wave) - len(ramp) :] *= ramp[::-1]
    return wave
