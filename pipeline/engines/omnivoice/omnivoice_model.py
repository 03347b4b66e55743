"""OmniVoice through its library: tokens of reference clips, and waves of an exact duration generated from texts.

A masked language model fills a given number of audio frames (25 a second), all positions at once, in a fixed number of steps: a take lasts
as long as it is asked to, and several texts are generated as one batch.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.cloning.reference_clip import read_reference_clip
from pipeline.engines.omnivoice.generation_options import ENGINE, GenerationOptions
from pipeline.engines.omnivoice.reference_voices import (
    CLIP_END_SILENCE_S,
    DESIGN_LANGUAGE,
    DESIGN_S,
    DESIGN_TEXT,
    DESIGNS,
    MAX_CLIP_S,
    ReferenceVoice,
)
from pipeline.engines.protocols import Wave
from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS, identify_weights
from pipeline.values.media import Artifact

MODEL_FILES = (
    "config.json", "model.safetensors", "tokenizer.json",
    "audio_tokenizer/config.json", "audio_tokenizer/model.safetensors", "audio_tokenizer/preprocessor_config.json",
)  # fmt: skip
DEFAULT_TEXT, DEFAULT_FRAMES = "Nice to meet you.", 25  # the library's own measure of a normal pace
MIN_PACE, MAX_PACE = 0.7, 1.4  # of a clip, over the normal one: beyond, its pauses or its transcript mislead

# Torch's random generator is global: concurrent sampling would change the answer to the same request.
GENERATION_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be generated in `frames` frames."""

    text: str
    frames: int


class OmnivoiceModel:
    """One loaded model. ModelMissing if files lack, EngineError if they are not OmniVoice's."""

    def __init__(self, folder: Path, *, device: str, options: GenerationOptions) -> None:
        require_files(folder)
        self.digest = identify_weights(folder)
        self.device = torch_device.choose_device(device)
        self._options = options
        self._model = torch_device.halve_batch_until_it_fits(lambda _: load_model(folder, self.device), 1, engine=ENGINE)
        self.rate: int = self._model.sampling_rate
        self.frame_rate = float(self._model.audio_tokenizer.config.frame_rate)

    def encode_clip(self, clip: Artifact, transcript: str) -> ReferenceVoice:
        """Encode a reference clip and its words. EngineError for a clip that cannot be read, or holds no sound."""
        return self._encode_wave(read_reference_clip(clip, self.rate, longest=MAX_CLIP_S, engine=ENGINE), transcript)

    def design_voice(self, name: str, *, seed: int) -> ReferenceVoice:
        """Make one of the model's own voices, by its name in `DESIGNS`: a sentence of known words, spoken by it."""
        frames = round(DESIGN_S * self.frame_rate)
        (wave,) = self._generate([Text(DESIGN_TEXT, frames)], DESIGN_LANGUAGE, None, seed=seed, instruct=DESIGNS[name])
        return self._encode_wave(wave, DESIGN_TEXT)

    def estimate_seconds(self, text: str, voice: ReferenceVoice | None) -> float:
        """Duration of a text in seconds at a voice's pace; at the normal pace without one."""
        estimator = self._model.duration_estimator
        normal = float(estimator.estimate_duration(text, DEFAULT_TEXT, DEFAULT_FRAMES))
        own = normal if voice is None else float(estimator.estimate_duration(text, voice.transcript, voice.tokens.shape[-1]))
        return max(1.0, min(max(own, MIN_PACE * normal), MAX_PACE * normal)) / self.frame_rate

    def generate(self, texts: Sequence[Text], code: str, voice: ReferenceVoice, *, seed: int) -> list[Wave]:
        """Generate a mono wave for each text, each of exactly its frames. The same arguments give the same answer, concurrently too."""
        return self._generate(texts, code, voice, seed=seed)

    def _generate(
        self, texts: Sequence[Text], code: str, voice: ReferenceVoice | None, *, seed: int, instruct: str | None = None
    ) -> list[Wave]:
        import torch
        from omnivoice.models.omnivoice import VoiceClonePrompt

        prompt = None if voice is None else VoiceClonePrompt(voice.tokens, voice.transcript, voice.rms)
        cards = [torch.device(self.device)] if self.device.startswith("cuda") else []

        def generate(batch: int) -> list[Wave]:
            with GENERATION_LOCK, torch.random.fork_rng(devices=cards):
                torch.manual_seed(seed)
                waves: list[Wave] = []
                for at in range(0, len(texts), batch):
                    part = texts[at : at + batch]
                    waves += self._model.generate(
                        text=[each.text for each in part],
                        language=[code] * len(part),
                        voice_clone_prompt=prompt,
                        instruct=instruct,
                        # The library rounds down to frames: half a frame more is those frames whatever the rounding.
                        duration=[(each.frames + 0.5) / self.frame_rate for each in part],
                        generation_config=self._build_config(),
                    )
            return [np.asarray(wave, np.float32).reshape(-1) for wave in waves]

        return torch_device.halve_batch_until_it_fits(generate, len(texts), engine=ENGINE)

    def _build_config(self) -> Any:
        """The library's options: nothing is trimmed, padded or faded, and no text is cut into parts of another length."""
        from omnivoice.models.omnivoice import OmniVoiceGenerationConfig

        chosen = self._options
        return OmniVoiceGenerationConfig(
            num_step=chosen.steps,
            guidance_scale=chosen.guidance,
            denoise=chosen.denoise,
            position_temperature=chosen.position_temperature,
            class_temperature=chosen.class_temperature,
            preprocess_prompt=False,
            postprocess_output=False,
            audio_chunk_threshold=1e6,
            pad_duration=0.0,
            fade_duration=0.0,
        )

    def _encode_wave(self, wave: Wave, transcript: str) -> ReferenceVoice:
        import torch

        ended = np.concatenate([wave, np.zeros(round(CLIP_END_SILENCE_S * self.rate), np.float32)])

        def encode(_: int) -> ReferenceVoice:
            with torch.inference_mode():
                prompt = self._model.create_voice_clone_prompt(
                    (torch.from_numpy(ended)[None], self.rate), ref_text=transcript.strip(), preprocess_prompt=False
                )
            return ReferenceVoice(prompt.ref_audio_tokens, wave, prompt.ref_text, prompt.ref_rms)

        return torch_device.halve_batch_until_it_fits(encode, 1, engine=ENGINE)


def require_files(folder: Path) -> None:
    """Validate a model directory: ModelMissing if it lacks a file. The library would fetch the audio tokenizer from a hub by itself."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            ENGINE, f"{folder} has no {' and no '.join(missing)}; give SYNTHESIZER_MODEL a directory of an OmniVoice model"
        )


def load_model(folder: Path, device: str) -> Any:
    """Load the model in float16 on a GPU, float32 on a CPU. EngineError if it cannot be read; a full or lost device's RuntimeError passes."""
    try:
        import torch
        from omnivoice import OmniVoice
    except ImportError as error:
        raise EngineError(
            ENGINE, f"its library cannot be imported here ({error}); run SYNTHESIZER=omnivoice ./dubarr setup, and serve it"
        ) from error
    from safetensors import SafetensorError

    precision = torch.float16 if device.startswith("cuda") else torch.float32
    try:
        return OmniVoice.from_pretrained(str(folder), device_map=device, dtype=precision, use_safetensors=True).eval()
    except (*UNUSABLE_MODEL_ERRORS, SafetensorError) as error:
        raise torch_device.build_load_error(error, folder, engine=ENGINE) from error
