"""Sampling of speech by XTTS: options, requests for the parts of a line, and their speech."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.cloning.take_selection import derive_seed
from pipeline.engines.protocols import Wave
from pipeline.errors import EngineError

if TYPE_CHECKING:
    import torch

ENGINE = "xtts"


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """Sampling options of the autoregressive model. EngineError for values out of range."""

    temperature: float = 0.7
    repetition_penalty: float = 5.0
    top_k: int = 50
    top_p: float = 0.85

    def __post_init__(self) -> None:
        if not (self.temperature > 0.0 and self.repetition_penalty >= 1.0 and self.top_k >= 1 and 0.0 < self.top_p <= 1.0):
            raise EngineError(
                ENGINE, f"{self} cannot be used; temperature, top_k and top_p are positive, repetition_penalty at least 1"
            )


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice for the model: conditioning latents, tensor (1, frames, channels), and speaker embedding, (1, 512, 1)."""

    conditioning: "torch.Tensor"
    embedding: "torch.Tensor"


@dataclass(frozen=True, slots=True)
class SampledSpeech:
    """Sampled speech of a text: latents (1, frames, channels), and their wave at the natural pace.

    `ended`: True if the autoregressive model reached its end token by itself.
    """

    latents: NDArray[np.float32]
    natural: Wave
    ended: bool


@dataclass(frozen=True, slots=True)
class SamplingRequest:
    """One part of a line to be sampled; equal requests give equal speech."""

    text: str
    language: str
    voice: str  # the reference clip's digest, or a studio voice's name
    part: int
    variation: int = 0  # other seeds for each number

    def derive_seed(self, attempt: int) -> int:
        """Derive the random seed of an attempt, 63 bits."""
        variation = (self.variation,) if self.variation else ()
        return derive_seed(self.text, self.language, self.voice, self.part, attempt, *variation)


@dataclass(frozen=True, slots=True)
class SampledLine:
    """The chosen speech of all parts of a line, to be decoded at any pace."""

    parts: tuple[SampledSpeech, ...]
    pauses: tuple[float, ...]  # seconds between them
    timbre: Timbre
