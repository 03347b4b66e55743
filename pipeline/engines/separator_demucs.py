"""Source separation by demucs: its vocals are the speech, the residual of the film is the background.

Chunks overlap as the library's own do over a whole track, so that the blocks in which a film is read are inaudible. The
library's random shifts are left out: the same film gives the same stems.
"""

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.separation import stems
from pipeline.engines.separation.demucs_models import ENGINE, SPEECH_SOURCE, fetch_model, load_model
from pipeline.engines.separation.overlap_add import Chunks, Overlap, overlap_add
from pipeline.engines.separation.stems import Mixture
from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import Artifact, Separation

DEFAULT_MODEL = "htdemucs"
MIN_DEVIATION = 1e-8  # added to the deviation, which is 0 for silence


class DemucsSeparator:
    """Separator by demucs: `htdemucs`, the four times slower `htdemucs_ft`, or a model of one's own. Deterministic.

    `overlap`: of two chunks, 0 to 0.5; more of it is slower. `batch`: chunks at once; halved if the GPU's memory is full.
    """

    requirements = EngineRequirements(
        licence="MIT (demucs and its weights)",
        extra="separation",
        modules=("demucs",),
        model=DEFAULT_MODEL,
        vram=4.0,
    )
    fingerprint: str
    concurrency = 1

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        overlap: float = 0.25,
        batch: int = 4,
    ) -> None:
        if not (0.0 <= overlap <= 0.5 and batch >= 1):
            raise EngineError(ENGINE, f"overlap={overlap}, batch={batch} cannot be used; give 0 to 0.5, and a batch of 1 or more")
        folder = fetch_model(model, hub or Hub(), revision=revision)
        self._model = load_model(folder, model)
        self._device = torch_device.choose_device(device)
        _move_to_device(self._model, self._device)
        segment = min(int(self._model.samplerate * member.segment) for member in self._model.models)
        self._overlap = Overlap(segment, int((1 - overlap) * segment))
        self._batch = torch_device.BatchSize(batch, engine=ENGINE)
        self.fingerprint = (
            f"demucs {importlib.metadata.version('demucs')} {model.rstrip('/').rpartition('/')[2]}@{identify_weights(folder)} "
            f"overlap={overlap:g} shifts=0 stems=1"
        )

    def check(self) -> None:
        """EngineLost if the device no longer answers."""
        torch_device.check_device(self._device)

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        """Write two FLAC files in `workdir`, as long as `audio` to the sample, whose sum it is bit for bit.

        EngineError if the file is no audio, is empty, or has more than two channels.
        """
        return stems.separate_file(audio, Path(workdir), self._separate_speech, engine=ENGINE)

    def _separate_speech(self, mixture: Mixture) -> Iterator[Wave]:
        """The speech at the mixture's rate and channels, in blocks of (samples, channels).

        The level is normalized over the whole film, as the library does for a track: by block, quiet scenes would pump.
        """
        rate, channels = self._model.samplerate, self._model.audio_channels
        mean, deviation = np.float32(mixture.mean), np.float32(mixture.deviation + MIN_DEVIATION)
        normalized = (((wave - mean) / deviation).T for wave in mixture.read_resampled(rate, channels))
        # The DC offset (mean) stays in the background.
        voices = (
            sound.T * deviation for sound in overlap_add(normalized, self._predict_vocals, self._overlap, batch=self._batch.size)
        )
        voices = (stems.convert_channels(wave, mixture.channels) for wave in voices)
        return stems.resample_blocks(voices, rate, mixture.rate, mixture.channels)

    def _predict_vocals(self, chunks: Chunks) -> Chunks:
        answer = self._batch.apply(self._apply_model, chunks)
        if not np.isfinite(answer).all():
            raise EngineError(ENGINE, "the model answered numbers that are no sound; use another model, or device: cpu")
        return answer

    def _apply_model(self, chunks: Chunks) -> Chunks:
        import torch
        from demucs.apply import apply_model

        mixed = torch.from_numpy(chunks)  # (chunks, channels, segment)
        sources = apply_model(
            self._model, mixed, shifts=0, split=False, device=self._device
        )  # (chunks, sources, channels, segment)
        return sources[:, self._model.sources.index(SPEECH_SOURCE)].cpu().numpy()


def _move_to_device(model: Any, device: str) -> None:
    import torch

    torch.backends.cudnn.deterministic = True  # the same film gives the same stems
    model.to(device)
