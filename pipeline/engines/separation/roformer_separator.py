"""Source separation by the RoFormer models of audio-separator: its speech or vocals are the speech, the residual of the film is the background.

The background of a model that separates speech, music and effects is split too: its effects are the effects, the residual is the music.
"""

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.separation import stems
from pipeline.engines.separation.overlap_add import Chunks, Overlap, overlap_add
from pipeline.engines.separation.roformer_models import ENGINE, SETTING, load_model
from pipeline.engines.separation.stems import Mixture
from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import Artifact, Separation


class AudioSeparator:
    """Separator by a BS-RoFormer or Mel-Band RoFormer model. Deterministic.

    `overlap`: of two chunks, 0 to 0.9; more of it is slower. `batch`: chunks at once; halved if the GPU's memory is full.
    """

    requirements = EngineRequirements(
        licence="MIT (audio-separator); the model's own licence, which many do not state",
        extra="separation",
        modules=("audio_separator",),
    )
    fingerprint: str
    concurrency = 1

    def __init__(
        self,
        model: str = "",
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        overlap: float = 0.5,
        batch: int = 1,
    ) -> None:
        if not (0.0 <= overlap <= 0.9 and batch >= 1):
            raise EngineError(ENGINE, f"overlap={overlap}, batch={batch} cannot be used; give 0 to 0.9, and a batch of 1 or more")
        if not model:
            raise ModelMissing(
                ENGINE, f"no model is named; give {SETTING} a directory, a name in MODELS_DIR or an owner/name of the hub"
            )
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting=SETTING, revision=revision)
        self._device = torch_device.choose_device(device)
        self._model = load_model(folder, self._device)
        self._overlap = Overlap(self._model.chunk, max(1, int((1 - overlap) * self._model.chunk)))
        self._batch = torch_device.BatchSize(batch, engine=ENGINE)
        self.fingerprint = (
            f"audio-separator {importlib.metadata.version('audio-separator')} {model.rstrip('/').rpartition('/')[2]}@"
            f"{identify_weights(folder)} overlap={overlap:g} stems=1{' effects' if self.separates_effects else ''}"
        )

    @property
    def separates_effects(self) -> bool:
        """True if the model separates speech, music and effects."""
        return len(self._model.sources) > 1

    def check(self) -> None:
        """EngineLost if the device no longer answers."""
        torch_device.check_device(self._device)

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        """Write two FLAC files in `workdir`, as long as `audio` to the sample, whose sum it is bit for bit; and music and effects,
        whose sum is the background, where the model has them.

        EngineError if the file is no audio, is empty, or has more than two channels.
        """
        return stems.separate_file(
            audio, Path(workdir), self._separate_sources, engine=ENGINE, with_effects=self.separates_effects
        )

    def _separate_sources(self, mixture: Mixture) -> Iterator[Wave]:
        """The sources at the mixture's rate, in blocks of (samples, sources × the mixture's channels)."""
        sounds = (wave.T for wave in mixture.read_resampled(self._model.rate, self._model.channels))
        waves = (sound.T for sound in overlap_add(sounds, self._predict_sources, self._overlap, batch=self._batch.size))
        waves = (self._convert_channels(wave, mixture.channels) for wave in waves)
        channels = mixture.channels * max(1, len(self._model.sources))
        return stems.resample_blocks(waves, self._model.rate, mixture.rate, channels)

    def _convert_channels(self, wave: Wave, channels: int) -> Wave:
        """Convert (samples, sources × the model's channels) to (samples, sources × channels)."""
        sources = np.split(wave, wave.shape[1] // self._model.channels, axis=1)
        return np.concatenate([stems.convert_channels(source, channels) for source in sources], axis=1)

    def _predict_sources(self, chunks: Chunks) -> Chunks:
        """The sources of each chunk: (chunks, sources × channels, samples)."""
        return self._batch.apply(self._apply_network, chunks)

    def _apply_network(self, chunks: Chunks) -> Chunks:
        import torch

        with torch.inference_mode():
            answer = self._model.network(torch.from_numpy(np.ascontiguousarray(chunks)).to(self._device))
            if self._model.sources:
                answer = answer[:, list(self._model.sources)].flatten(1, 2)  # (chunks, sources × channels, samples)
            sound = answer.float().cpu().numpy()
        missing = chunks.shape[-1] - sound.shape[-1]  # the inverse transform may end up to a hop early
        return np.pad(sound, [(0, 0), (0, 0), (0, missing)]) if missing > 0 else sound[..., : chunks.shape[-1]]
