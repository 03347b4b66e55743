"""Speech for tests: flite's voices in a scene, music under it, and how wrong a diarization of it is."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from pipeline.processes import subprocesses
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span, Turn

RATE = 16_000
FRAME = 0.01  # seconds, at which diarization errors are counted

needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")

Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """Audio at 16 kHz and who really speaks when."""

    audio: Artifact
    turns: tuple[Turn, ...]


def flite(voice: str, text: str, folder: Path) -> Wave:
    """A sentence by one of flite's voices, without the silence around it, at an RMS of 0.08."""
    path = folder / f"{voice}.wav"
    subprocesses.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], timeout=60)
    wave = recording(path)
    loud = np.flatnonzero(np.abs(wave) > 0.01 * np.abs(wave).max())
    wave = wave[loud[0] : loud[-1] + 1]
    return wave / np.sqrt(np.mean(np.square(wave))) * np.float32(0.08)


def recording(path: Path) -> Wave:
    """Any recording as 16 kHz mono."""
    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(wave.mean(axis=1), rate, RATE), np.float32)


def written(wave: Wave, path: Path) -> Artifact:
    """The wave as a 16 kHz WAV."""
    soundfile.write(path, wave, RATE)
    return Artifact.of(path)


def scene(parts: Sequence[tuple[str, Wave]], path: Path, *, gap: float = 0.5, music_db: float | None = None) -> Scene:
    """The parts (speaker, wave) one after the other, `gap` seconds apart; `music_db`: music's level against speech."""
    pieces, turns, at = [], [], 0
    for speaker, wave in parts:
        pieces += [np.zeros(round(gap * RATE), np.float32), wave]
        at += round(gap * RATE)
        turns.append(Turn(Span(at / RATE, (at + len(wave)) / RATE), speaker))
        at += len(wave)
    whole = np.concatenate([*pieces, np.zeros(RATE, np.float32)])
    if music_db is not None:
        whole = whole + music(len(whole)) * np.float32(0.08 * 10 ** (music_db / 20))
    return Scene(written(whole, path), tuple(turns))


def music(samples: int) -> Wave:
    """Plucked chords, a new one every two seconds, at an RMS of 1."""
    at = np.arange(samples) / RATE
    struck = at % 2.0
    chords = np.array([(220, 277, 330), (196, 247, 294), (175, 220, 262), (165, 208, 247)])[(at // 2).astype(int) % 4]
    tones = sum(np.sin(2 * np.pi * chords[:, n] * k * struck) / k**1.3 for n in range(3) for k in (1, 2, 3, 4))
    wave = np.asarray(tones * np.exp(-0.7 * struck))
    return (wave / np.sqrt(np.mean(np.square(wave)))).astype(np.float32)


def diarization_error(reference: Sequence[Turn], found: Sequence[Turn], *, collar: float = 0.25) -> float:
    """Diarization error rate: missed, false and confused speech over all speech; `collar` s around edges do not count."""
    frames = round(max(turn.span.end for turn in (*reference, *found)) / FRAME) + 1
    truth, heard = _activity(reference, frames), _activity(found, frames)
    counted = np.ones(frames, bool)
    for turn in reference if collar else ():
        for edge in (turn.span.start, turn.span.end):
            counted[max(0, round((edge - collar) / FRAME)) : round((edge + collar) / FRAME)] = False
    truth, heard = truth[:, counted], heard[:, counted]
    shared = np.zeros((max(len(truth), len(heard)),) * 2)
    shared[: len(truth), : len(heard)] = (truth[:, None] & heard[None]).sum(axis=2)
    right = max(sum(shared[n, m] for n, m in enumerate(order)) for order in permutations(range(len(shared))))
    return float((np.maximum(truth.sum(axis=0), heard.sum(axis=0)).sum() - right) / truth.sum())


def _activity(turns: Sequence[Turn], frames: int) -> NDArray[np.bool_]:
    speakers = sorted({turn.speaker for turn in turns})
    active = np.zeros((len(speakers), frames), bool)
    for turn in turns:
        active[speakers.index(turn.speaker), round(turn.span.start / FRAME) : round(turn.span.end / FRAME)] = True
    return active
