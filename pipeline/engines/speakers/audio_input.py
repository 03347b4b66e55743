"""Audio input of the recognisers: mono float32 waves at 16 kHz, read from WAV or FLAC in constant memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.errors import EngineError
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span

BLOCK_SAMPLES = 20 * SPEECH_RATE_HZ  # samples read at a time


def read_blocks(path: Path) -> Iterator[Wave]:
    """The whole file as consecutive mono waves at 16 kHz, of any length. Any rate and channel count goes in.

    EngineError where the file is no audio that libsndfile reads.
    """
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            resampler = soxr.ResampleStream(rate, SPEECH_RATE_HZ, 1, dtype="float32") if rate != SPEECH_RATE_HZ else None
            for frames in file.blocks(BLOCK_SAMPLES * rate // SPEECH_RATE_HZ, dtype="float32", always_2d=True):
                mono = mix_to_mono(frames)
                yield resampler.resample_chunk(mono) if resampler else mono
            if resampler:
                yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)
    except soundfile.LibsndfileError as error:
        raise unreadable_audio_error(path, error) from error


def read_excerpt(path: Path, span: Span) -> Wave:
    """The samples of `span` as a mono wave, from a file that is at 16 kHz already. Shorter where the file ends.

    EngineError where the file is no audio or has another rate.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if file.samplerate != SPEECH_RATE_HZ:
                raise EngineError("listening", f"{path.name} is at {file.samplerate} Hz; recognisers need {SPEECH_RATE_HZ} Hz")
            first = min(round(span.start * SPEECH_RATE_HZ), file.frames)
            file.seek(first)
            frames = file.read(round(span.end * SPEECH_RATE_HZ) - first, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise unreadable_audio_error(path, error) from error
    return mix_to_mono(frames)


def mix_to_mono(frames: Wave) -> Wave:
    """The mean over the channels of (samples, channels): (samples,)."""
    return np.ascontiguousarray(frames[:, 0]) if frames.shape[1] == 1 else frames.mean(axis=1, dtype=np.float32)


def unreadable_audio_error(path: Path, error: Exception) -> EngineError:
    """The error for a file that cannot be read as audio."""
    return EngineError("listening", f"{path.name} cannot be read as audio ({error}); make the speech stem again")
