"""AudioSeal: Meta's watermark of synthetic speech, with a message of 16 bits."""

import importlib.metadata

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.watermark import audioseal_models
from pipeline.engines.watermark.audioseal_models import DEFAULT_MODEL, GENERATOR_CARD, GENERATOR_FILE, Card
from pipeline.engines.watermark.watermark_signal import MAX_LEVEL_DB, MODEL_RATE_HZ, SEGMENT, add_watermark
from pipeline.engines.watermark.watermarker import MESSAGE_BITS, format_bits
from pipeline.models.model_hub import Hub
from pipeline.values.media import compute_digest


class AudioSealWatermarker:
    """Watermarker by AudioSeal's generator, on the CPU. Deterministic.

    `model`: a directory, or a repository of the hub, with generator_base.pth; `card`: its architecture, None: the library's own.
    """

    fingerprint: str
    concurrency = 1

    def __init__(
        self, model: str = DEFAULT_MODEL, *, revision: str | None = None, hub: Hub | None = None, card: Card | None = None
    ) -> None:
        path = audioseal_models.find_weights(model, GENERATOR_FILE, revision=revision, hub=hub or Hub())
        self._model = audioseal_models.load_generator(path, card or audioseal_models.read_card(GENERATOR_CARD))
        self.fingerprint = (
            f"audioseal {importlib.metadata.version('audioseal')} {compute_digest(path)} message={format_bits(MESSAGE_BITS)} "
            f"level={MAX_LEVEL_DB:g} segment={SEGMENT.segment}/{SEGMENT.stride}@{MODEL_RATE_HZ}"
        )

    def mark(self, wave: Wave, rate: int) -> Wave:
        """Add the watermark to a take. EngineError where the model's answer is no sound."""
        return add_watermark(wave, rate, self._generate)

    def _generate(self, speech: Wave) -> Wave:
        import torch

        with audioseal_models.compute():
            given = torch.from_numpy(np.ascontiguousarray(speech))[None, None]  # (1, 1, samples)
            return self._model.get_watermark(given, message=torch.tensor([MESSAGE_BITS]))[0, 0].numpy()
