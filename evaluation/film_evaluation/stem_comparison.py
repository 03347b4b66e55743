"""Separated stems against known ones, in constant memory: SI-SDR of the speech and of the background."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import numpy as np

from evaluation.metrics import to_decibels
from pipeline.engines.protocols import Wave
from pipeline.errors import FilmError

BLOCK_SAMPLES = 1 << 20
MAX_CHANNELS = 16


def measure_si_sdr(reference: Path, estimate: Path) -> float:
    """Scale-invariant signal-to-distortion ratio of a stem, dB, as `evaluation.metrics.compute_si_sdr`; both become mono.

    The shorter one is followed by silence. FilmError for a file that is no audio, for other rates, and for a silent reference.
    """
    energy = product = power = 0.0  # of the reference, of both, of the estimate
    for wanted, found in _read_both(reference, estimate):
        energy += float(wanted @ wanted)
        product += float(wanted @ found)
        power += float(found @ found)
    if not energy:
        raise FilmError(f"the stem {reference.name} of {reference.parent.name} is silent, so nothing can be measured against it")
    target = product * product / energy
    return to_decibels(float(np.sqrt(target / max(power - target, 1e-12 * max(power, 1e-12)))))


def _read_both(
    reference: Path, estimate: Path
) -> Iterator[tuple["np.typing.NDArray[np.float64]", "np.typing.NDArray[np.float64]"]]:
    import soundfile

    try:
        with soundfile.SoundFile(reference) as one, soundfile.SoundFile(estimate) as other:
            if one.samplerate != other.samplerate or max(one.channels, other.channels) > MAX_CHANNELS:
                raise FilmError(
                    f"the stem {reference.name} of {reference.parent.name} has {one.samplerate} Hz, not {other.samplerate}"
                )
            blocks = (file.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True) for file in (one, other))
            for wanted, found in zip_longest(*blocks, fillvalue=np.zeros((0, 1), np.float32)):
                length = max(len(wanted), len(found))
                yield _to_mono(wanted, length), _to_mono(found, length)
    except soundfile.LibsndfileError as error:
        raise FilmError(f"the stems of {reference.parent.name} cannot be read ({error}); write FLAC or WAV") from error


def _to_mono(block: Wave, length: int) -> "np.typing.NDArray[np.float64]":
    """(samples, channels) → (length,), silence at its end."""
    return np.pad(block.mean(axis=1, dtype=np.float64), (0, length - len(block)))
