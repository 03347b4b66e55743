"""Recorded speech over recorded music, of which both are known: what a separator and a mix are measured on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pipeline.values.timeline import Span

RATE = 48_000
Wave = NDArray[np.float32]  # (samples,)


@dataclass(frozen=True)
class Scene:
    """`speech` and `music` add up to the film's sound; `lines` are where somebody speaks."""

    speech: Wave
    music: Wave
    lines: tuple[Span, ...]

    @property
    def mixed(self) -> Wave:
        return self.speech + self.music

    def spoken(self) -> NDArray[np.bool_]:
        """Which samples lie in a line."""
        found = np.zeros(len(self.speech), bool)
        for line in self.lines:
            found[round(line.start * RATE) : round(line.end * RATE)] = True
        return found


def make_scene(media: Path, bed: str, *, clips: tuple[int, ...], pause: float = 0.5, music_db: float = -12.0) -> Scene:
    """Clips of the reader with pauses before and after each, over music `music_db` against the speech."""
    parts, lines, at = [np.zeros(round(pause * RATE), np.float32)], [], pause
    for clip in clips:
        wave = read_mono(media / f"LJ001-{clip:04}.flac")
        lines.append(Span(at, at + len(wave) / RATE))
        parts += [wave, np.zeros(round(pause * RATE), np.float32)]
        at += len(wave) / RATE + pause
    speech = np.concatenate(parts)
    music = np.resize(read_mono(media / f"{bed}.ogg"), len(speech))
    music *= rms(speech) / rms(music) * 10 ** (music_db / 20)
    headroom = np.float32(0.9 / np.abs(speech + music).max())
    return Scene(speech * headroom, music * headroom, tuple(lines))


def read_mono(path: Path) -> Wave:
    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(wave.mean(axis=1), rate, RATE), np.float32)


def rms(wave: Wave) -> np.float32:
    return np.sqrt(np.square(wave).mean())
