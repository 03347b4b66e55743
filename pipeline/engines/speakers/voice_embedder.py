"""Voice embedder: one GE2E embedding per take, the mean over a few windows of 1.6 s."""

import importlib.metadata
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Engine, Wave
from pipeline.engines.speakers.ge2e_embeddings import MEL_BANDS, PARTIAL_FRAMES, Embeddings, Ge2e, compute_mels
from pipeline.engines.speakers.vad_silero import find_package_folder
from pipeline.values.media import SPEECH_RATE_HZ

MAX_WINDOWS = 3  # of a take, spread over it: more change its embedding little
BATCH_WINDOWS = 128
MAX_WAVE_S = 30.0  # s of a take that are looked at


class VoiceEmbedder(Engine, Protocol):
    """Speaker embeddings of waves, always in process: to assess the likeness of a dub's takes."""

    def embed(self, waves: Iterable[Wave]) -> NDArray[np.float32]:
        """Embed mono waves at 16 kHz: one row of unit length for each, (waves, dimensions)."""
        ...


class Ge2eVoiceEmbedder:
    """VoiceEmbedder over Resemblyzer's packaged weights, read at the first call; needs no torch. Deterministic."""

    concurrency = 1

    def __init__(self) -> None:
        self._weights = find_package_folder("resemblyzer") / "pretrained.pt"
        self.fingerprint = f"ge2e resemblyzer {importlib.metadata.version('resemblyzer')} windows={MAX_WINDOWS}"

    @cached_property
    def _network(self) -> Ge2e:
        return Ge2e(self._weights)

    def embed(self, waves: Iterable[Wave]) -> Embeddings:
        """Embed mono waves at 16 kHz, (waves, 256). Embeddings of takes under 1.6 s say little."""
        from threadpoolctl import threadpool_limits

        counts: list[int] = []
        windows: list[NDArray[np.float32]] = []
        found = [np.zeros((0, 256), np.float32)]
        with threadpool_limits(1, "blas"):  # its threads spin while they wait, which slows other work
            for wave in waves:
                cut = list(_cut_windows(wave))
                counts.append(len(cut))
                windows += cut
                while len(windows) >= BATCH_WINDOWS:
                    found.append(self._network.compute_embeddings(np.stack(windows[:BATCH_WINDOWS])))
                    del windows[:BATCH_WINDOWS]
            if windows:
                found.append(self._network.compute_embeddings(np.stack(windows)))
        sums = np.add.reduceat(np.concatenate(found), np.cumsum([0, *counts[:-1]])) if counts else found[0]  # (waves, 256)
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def _cut_windows(wave: Wave) -> Iterator[NDArray[np.float32]]:
    """At most three windows of 1.6 s from start to end, (160, 40) each; a shorter wave is repeated to fill one."""
    mels = compute_mels(wave[: round(MAX_WAVE_S * SPEECH_RATE_HZ)])  # (frames, 40)
    last = len(mels) - PARTIAL_FRAMES
    count = min(MAX_WINDOWS, 1 + max(0, last) // (PARTIAL_FRAMES // 2))
    for first in np.linspace(0, max(0, last), count).round().astype(int):
        yield np.resize(mels[first : first + PARTIAL_FRAMES], (PARTIAL_FRAMES, MEL_BANDS))
