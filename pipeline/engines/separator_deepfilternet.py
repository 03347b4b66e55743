"""Source separation by DeepFilterNet3 on CPUs: the enhanced signal is the speech, the residual is the background.

Its three graphs run through onnxruntime over windows of six seconds. Over the whole film at once, they give what the model's
frame-by-frame runtime does (130 dB under the speech); the windows' warm-up leaves a difference of 37 to 40 dB under it. Stems are
aligned with the film's samples: the lookahead is compensated.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.engines.protocols import Wave
from pipeline.engines.separation import stems
from pipeline.engines.separation.deep_filter import Windows, enhance_speech
from pipeline.engines.separation.deep_filter_model import ENGINE, SETTING, DeepFilterModel
from pipeline.engines.separation.stems import Mixture
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import Artifact, Separation

DEFAULT_MODEL = "deepfilternet3"
WINDOW_S, WARMUP_S = 6.0, 2.0
MAX_PARALLEL_WINDOWS = 2  # each takes a core and 200 MB; two already separate in a twentieth of the film's length


class DeepFilterNetSeparator:
    """Separator by DeepFilterNet3. Each channel is separated by itself, which keeps the stereo image. Deterministic.

    `windows_at_once`: threads per film; None: the number of cores, at most 2.
    """

    requirements = EngineRequirements(
        licence="MIT or Apache-2.0 (DeepFilterNet and its weights)",
        extra="embedded",
        modules=("onnxruntime", "scipy"),
        model=DEFAULT_MODEL,
        models=(DEFAULT_MODEL,),
    )
    fingerprint: str
    concurrency = 1

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        hub: Hub | None = None,
        windows_at_once: int | None = None,
    ) -> None:
        if windows_at_once is not None and windows_at_once < 1:
            raise EngineError(ENGINE, f"windows_at_once={windows_at_once} cannot be used; give 1 or more")
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting=SETTING, revision=revision)
        self._model = DeepFilterModel(folder)
        framing = self._model.framing
        frames_per_second = framing.rate / framing.hop
        self._windows = Windows(
            frames=round(WINDOW_S * frames_per_second),
            warmup=round(WARMUP_S * frames_per_second),
            at_once=windows_at_once or min(MAX_PARALLEL_WINDOWS, os.cpu_count() or 1),
        )
        self.fingerprint = f"deepfilternet {identify_weights(folder)} window={WINDOW_S:g} warmup={WARMUP_S:g} stems=1"

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        """Write two FLAC files in `workdir`, as long as `audio` to the sample, whose sum it is bit for bit.

        EngineError if the file is no audio, is empty, or has more than two channels.
        """
        return stems.separate_file(audio, Path(workdir), self._enhance, engine=ENGINE)

    def _enhance(self, mixture: Mixture) -> Iterator[Wave]:
        """The speech at the mixture's rate and channels, in blocks of (samples, channels)."""
        rate = self._model.framing.rate
        speech = enhance_speech(
            mixture.read_resampled(rate, mixture.channels), self._model, self._windows, channels=mixture.channels
        )
        return stems.resample_blocks(speech, rate, mixture.rate, mixture.channels)
