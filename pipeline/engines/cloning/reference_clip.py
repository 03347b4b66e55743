"""Reference clip for voice cloning: reading, resampling and level normalization."""

import numpy as np

from pipeline.engines.cloning.speech_defects import normalize_level
from pipeline.engines.protocols import Wave
from pipeline.engines.speakers.audio_input import mix_to_mono, unreadable_audio_error
from pipeline.errors import EngineError
from pipeline.values.media import Artifact

MIN_CLIP_S = 0.5  # a shorter clip holds no voice


def read_reference_clip(clip: Artifact, rate: int, *, longest: float, engine: str) -> Wave:
    """Read the first `longest` seconds of a clip as a mono wave at `rate` Hz, normalized to the level of a take.

    EngineError if it cannot be read, is too short, or holds no sound.
    """
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(clip.path) as file:
            own = file.samplerate
            wave = mix_to_mono(file.read(round(longest * own), dtype="float32", always_2d=True))
    except soundfile.LibsndfileError as error:
        raise unreadable_audio_error(clip.path, error) from error
    if len(wave) < MIN_CLIP_S * own:
        raise EngineError(
            engine, f"the reference clip {clip.path.name} lasts {len(wave) / own:.1f} s; give 2 to 20 s of clean speech"
        )
    if not np.isfinite(wave).all() or not np.abs(wave).max() > 0.001:
        raise EngineError(engine, f"the reference clip {clip.path.name} holds no sound; give 2 to 20 s of clean speech")
    return np.asarray(soxr.resample(normalize_level(wave - wave.mean(), own), own, rate), np.float32)
