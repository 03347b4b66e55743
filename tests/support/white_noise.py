"""White noise for tests of audio, whole and in blocks."""

import numpy as np

RATE = 48_000


def noise(seconds: float, channels: int = 2, *, amplitude: float = 0.3, seed: int = 7) -> np.ndarray:
    return (amplitude * np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))).astype(np.float32)


def in_blocks(wave: np.ndarray, size: int) -> list[np.ndarray]:
    return [wave[start : start + size] for start in range(0, len(wave), size)]
