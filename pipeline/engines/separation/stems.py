"""Stems of a mixture that add up to it, speech and background (or speech, music and effects): reading, resampling and writing in
blocks and constant memory.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Separator, Wave
from pipeline.errors import EngineError
from pipeline.values.media import Artifact, BackgroundStems, Separation

BLOCK_SAMPLES = 10 * 48_000  # read at a time
FULL_SCALE = 32_768  # of 16 bits
TWO_STEMS = ("voices", "background")  # names of the files
FOUR_STEMS = (*TWO_STEMS, "music", "effects")
Pcm = NDArray[np.int16]  # (samples, channels)


def can_separate_effects(separator: Separator) -> bool:
    """True if a separator separates the background into music and effects too. Engines of one's own need not have the attribute."""
    return bool(getattr(separator, "separates_effects", False))


@dataclass(frozen=True, slots=True)
class Mixture:
    """A sound file, measured in one reading. `mean` and `deviation` are those of its mono mix."""

    path: Path
    rate: int
    channels: int
    samples: int
    mean: float
    deviation: float

    @classmethod
    def from_file(cls, path: Path) -> "Mixture":
        """Measure a file in one reading. soundfile.LibsndfileError if it is no audio."""
        samples, total, squares = 0, 0.0, 0.0
        rate, channels = read_header(path)
        for block in read_pcm(path):
            mono = block.mean(axis=1, dtype=np.float64) / FULL_SCALE
            samples, total, squares = samples + len(mono), total + float(mono.sum()), squares + float(np.square(mono).sum())
        mean = total / max(1, samples)
        return cls(path, rate, channels, samples, mean, float(np.sqrt(max(0.0, squares / max(1, samples) - mean**2))))

    def read_resampled(self, rate: int, channels: int) -> Iterator[Wave]:
        """Read the sound at another rate and channel count, in blocks of (samples, channels)."""
        waves = (block.astype(np.float32) / np.float32(FULL_SCALE) for block in read_pcm(self.path))
        return resample_blocks((convert_channels(wave, channels) for wave in waves), self.rate, rate, channels)

    def write_stems(self, speech: Iterable[Wave], folder: Path, *, with_effects: bool = False) -> Separation:
        """Write `speech` (blocks at this rate and with these channels) and all else as two FLAC files of 16 bits.

        The background is the residual of each sample: the stems add up to the mixture bit for bit. A voice that is too loud for
        that is clipped, not the sum. After speech that ends early the rest is background. `with_effects`: each block has the
        channels of the effects behind those of the speech; two more files are the effects, and the music as the residual of the
        background by the same rules.
        """
        import soundfile

        paths = [folder / f"{name}.flac" for name in (FOUR_STEMS if with_effects else TWO_STEMS)]
        shape: dict[str, Any] = {"samplerate": self.rate, "channels": self.channels, "format": "FLAC", "subtype": "PCM_16"}
        with ExitStack() as stack:
            files = [stack.enter_context(soundfile.SoundFile(path, "w", **shape)) for path in paths]
            original = stack.enter_context(soundfile.SoundFile(self.path))
            silence = np.zeros((BLOCK_SAMPLES, self.channels * (2 if with_effects else 1)), np.float32)
            for wave in chain(speech, repeat(silence)):
                mixed = original.read(len(wave), dtype="int16", always_2d=True)
                if not len(mixed) and len(wave):
                    break
                for file, stem in zip(files, split_mixture(mixed, wave[: len(mixed)]), strict=True):
                    file.write(stem)
        voices, background, *parts = map(Artifact.of, paths)
        return Separation(voices, background, BackgroundStems(*parts) if with_effects else None)


def separate_file(
    audio: Artifact,
    folder: Path,
    voices: Callable[[Mixture], Iterable[Wave]],
    *,
    engine: str,
    with_effects: bool = False,
) -> Separation:
    """Separate a file by `voices`, which gives blocks of speech at its rate and with its channels, as `write_stems` takes them.

    EngineError if the file is no audio, is empty, or has more than two channels, or if `voices` gives values that are not finite.
    """
    import soundfile

    try:
        mixture = Mixture.from_file(audio.path)
        if not mixture.samples or mixture.channels > 2:
            raise EngineError(
                engine,
                f"{audio.path.name} has {mixture.samples} samples in {mixture.channels} channels; it needs one or two channels "
                "with sound in them: extract the dialogue again",
            )
        return mixture.write_stems(_require_finite(voices(mixture), engine), folder, with_effects=with_effects)
    except soundfile.LibsndfileError as error:
        raise EngineError(
            engine,
            f"{audio.path.name} cannot be separated ({str(error).partition(chr(10))[0]}); see that there is room on the disk, "
            "and extract the dialogue again",
        ) from error


def _require_finite(voices: Iterable[Wave], engine: str) -> Iterator[Wave]:
    for wave in voices:
        if not np.isfinite(wave).all():
            raise EngineError(engine, "the model answered numbers that are no sound; use another model, or run it on the CPU")
        yield wave


def read_header(path: Path) -> tuple[int, int]:
    """Read the rate in Hz and the channel count."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        return file.samplerate, file.channels


def read_pcm(path: Path) -> Iterator[Pcm]:
    """Read a whole file in blocks of (samples, channels)."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        while len(block := file.read(BLOCK_SAMPLES, dtype="int16", always_2d=True)):
            yield block


def split_mixture(mixed: Pcm, wave: Wave) -> tuple[Pcm, ...]:
    """Split the mixture by a wave of its speech (samples, channels): speech and background; and music and effects by one of its
    speech and effects (samples, 2 × channels).
    """
    channels = mixed.shape[1]
    voice = clip_voice(mixed, wave[:, :channels])
    background = mixed - voice
    if wave.shape[1] == channels:
        return voice, background
    effects = clip_voice(background, wave[:, channels:])
    return voice, background, background - effects, effects


def clip_voice(mixed: Pcm, voice: Wave) -> Pcm:
    """Convert the voice to 16 bits, clipped where it or the residual would not fit."""
    wide = mixed.astype(np.int32)
    lowest, highest = np.maximum(-FULL_SCALE, wide - (FULL_SCALE - 1)), np.minimum(FULL_SCALE - 1, wide + FULL_SCALE)
    return np.clip(np.rint(voice * np.float32(FULL_SCALE)), lowest, highest).astype(np.int16)


def convert_channels(wave: Wave, channels: int) -> Wave:
    """Convert (samples, any) to (samples, channels): unchanged for equal counts, else their mean in each."""
    if wave.shape[1] == channels:
        return wave
    return np.repeat(wave.mean(axis=1, keepdims=True, dtype=np.float32), channels, axis=1)


def resample_blocks(blocks: Iterable[Wave], rate: int, wanted: int, channels: int) -> Iterator[Wave]:
    """Resample blocks of (samples, channels), aligned with the input."""
    import soxr

    if rate == wanted:
        yield from blocks
        return
    stream = soxr.ResampleStream(rate, wanted, channels, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block)).reshape(-1, channels)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True).reshape(-1, channels)
