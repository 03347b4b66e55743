"""Detector of AudioSeal's watermark in sound of any length."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave
from pipeline.engines.watermark import audioseal_models
from pipeline.engines.watermark.audioseal_models import DEFAULT_MODEL, DETECTOR_CARD, DETECTOR_FILE, Card
from pipeline.models.model_hub import Hub

DETECTED = 0.5  # probability of a sample from which on it counts as watermarked


@dataclass(frozen=True, slots=True)
class Detection:
    """Watermark in a sound. `share`: of its samples that are watermarked, 0 to 1; `bits`: the message, meaningful where there is one."""

    samples: int
    share: float
    bits: tuple[int, ...]


class AudioSealDetector:
    """Detector of the watermark that AudioSealWatermarker adds, on the CPU.

    `model`: a directory, or a repository of the hub, with detector_base.pth; `card`: its architecture, None: the library's own.
    """

    def __init__(
        self, model: str = DEFAULT_MODEL, *, revision: str | None = None, hub: Hub | None = None, card: Card | None = None
    ) -> None:
        path = audioseal_models.find_weights(model, DETECTOR_FILE, revision=revision, hub=hub or Hub())
        self._model = audioseal_models.load_detector(path, card or audioseal_models.read_card(DETECTOR_CARD))

    def detect(self, blocks: Iterable[Wave]) -> Detection:
        """Detect the watermark in mono blocks at 16 kHz. Each votes for the message by its watermarked samples."""
        samples = marked = 0
        votes: NDArray[np.float64] = np.zeros(self._model.nbits)
        weights = 0.0
        for block in blocks:
            probabilities, message = self._apply_model(block)  # (samples,), (bits,)
            found = int(np.count_nonzero(probabilities > DETECTED))
            weight = found or 1e-6  # where nothing is watermarked all blocks vote alike
            samples, marked = samples + len(block), marked + found
            votes, weights = votes + weight * message, weights + weight
        return Detection(samples, marked / samples if samples else 0.0, tuple(int(vote > 0.5 * weights) for vote in votes))

    def _apply_model(self, block: Wave) -> tuple[Wave, Wave]:
        import torch

        with audioseal_models.compute():
            result, message = self._model(torch.from_numpy(np.ascontiguousarray(block))[None, None])
        return result[0, 1].numpy(), message[0].numpy()
