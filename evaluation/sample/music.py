"""A quiet music bed for the sample film: four chords that breathe, and plucked notes over them."""

import numpy as np
from numpy.typing import NDArray

CHORD_S, NOTE_S = 4.0, 0.5
CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 69))  # MIDI notes: Am7, Fmaj7, C, G add 9
PATTERN = (0, 2, 1, 3, 2, 1, 3, 2)  # which note of its chord is plucked, every half second


def synthesize_music(seconds: float, rate: int) -> NDArray[np.float32]:
    """`seconds` of music at `rate` Hz, stereo (samples, 2), peak 1.0, fading in and out."""
    samples = round(seconds * rate)
    bed = np.zeros((samples + round(CHORD_S * rate), 2), np.float32)  # the last chord may ring on; it is cut below
    for n in range(int(np.ceil(seconds / CHORD_S))):
        _add_wave(bed, round(n * CHORD_S * rate), _synthesize_chord(CHORDS[n % len(CHORDS)], rate), side=0.0)
    for n in range(int(seconds / NOTE_S)):
        chord = CHORDS[int(n * NOTE_S / CHORD_S) % len(CHORDS)]
        _add_wave(
            bed, round(n * NOTE_S * rate), _synthesize_pluck(chord[PATTERN[n % len(PATTERN)]] + 12, rate), side=0.5 * (-1) ** n
        )
    fade = np.minimum(1.0, np.arange(samples) / rate / 1.5)
    bed = bed[:samples] * (fade * fade[::-1])[:, None].astype(np.float32)
    bed /= np.abs(bed).max()
    return bed


def _synthesize_chord(notes: tuple[int, ...], rate: int) -> NDArray[np.float64]:
    time = np.arange(round(CHORD_S * rate)) / rate
    swell = np.sin(np.pi * time / CHORD_S) ** 2
    voices = [
        np.sin(2 * np.pi * _note_to_hertz(note - 12) * time) + 0.3 * np.sin(4 * np.pi * _note_to_hertz(note - 12) * time)
        for note in notes
    ]
    chord: NDArray[np.float64] = 0.25 * swell * np.sum(voices, axis=0)
    return chord


def _synthesize_pluck(note: int, rate: int) -> NDArray[np.float64]:
    time = np.arange(round(2 * NOTE_S * rate)) / rate
    partials = sum(
        np.sin(2 * np.pi * k * _note_to_hertz(note) * time) * np.exp(-(3 + 2 * k) * time) / k**1.5 for k in range(1, 5)
    )
    note_wave: NDArray[np.float64] = 0.35 * np.minimum(1.0, time / 0.005) * partials  # 5 ms of attack: no click
    return note_wave


def _note_to_hertz(note: int) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _add_wave(bed: NDArray[np.float32], start: int, wave: NDArray[np.float64], *, side: float) -> None:
    room = bed[start : start + len(wave)]
    room += (wave[: len(room), None] * np.array([1 - side, 1 + side])).astype(np.float32)
