"""Qwen3 forced aligner through its library: the units of a text, and a time for the start and the end of each.

A language model reads the speech and the units with two time marks after each, and classifies every mark as one of its steps of time, all
in one pass: nothing is sampled.
"""

import logging
from pathlib import Path
from typing import Any

from pipeline.engines.protocols import Wave
from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS, identify_weights
from pipeline.models.tokenizer_file import read_tokenizer_files

log = logging.getLogger(__name__)

ENGINE = "qwen3"
MODEL_FILES = ("config.json", "preprocessor_config.json", "tokenizer_config.json")
TOKENIZER_FILES = ("tokenizer.json", "vocab.json")  # one of them


class QwenAlignerModel:
    """One loaded model. ModelMissing if files lack, EngineError if they are of no forced aligner."""

    def __init__(self, folder: Path, *, device: str) -> None:
        require_files(folder)
        self.digest = identify_weights(folder)
        self.device = torch_device.choose_device(device)
        self.precision = "bfloat16" if self.device.startswith("cuda") else "float32"
        self._aligner = torch_device.halve_batch_until_it_fits(
            lambda _: load_aligner(folder, self.device, self.precision), 1, engine=ENGINE
        )
        self.step_s = self._aligner.timestamp_segment_time / 1000

    @property
    def language_names(self) -> list[str] | None:
        """The library's names of the languages that the model lists; None where it lists none."""
        return self._aligner.get_supported_languages()

    def align(self, wave: Wave, text: str, language_name: str) -> tuple[list[str], list[float]]:
        """Align a text with a 16 kHz mono wave: its units, and two times for each in seconds. EngineError where it fails.

        The library's own `align` would put times that are out of order between their neighbours without telling which.
        """
        units, prompt = self._aligner.aligner_processor.encode_timestamp(text, language_name)
        if not units:
            return [], []
        try:
            steps = torch_device.halve_batch_until_it_fits(lambda _: self._classify_marks(wave, prompt), 1, engine=ENGINE)
        except (RuntimeError, ValueError) as error:
            raise EngineError(ENGINE, f"it failed ({torch_device.first_line(error)}); try the task again") from error
        if len(steps) != 2 * len(units):
            raise EngineError(ENGINE, f"the model gave {len(steps)} times for {len(units)} units; its tokenizer is another's")
        return list(units), [step * self.step_s for step in steps]

    def _classify_marks(self, wave: Wave, prompt: str) -> list[int]:
        import torch

        model = self._aligner.model
        inputs = self._aligner.processor(text=[prompt], audio=[wave], return_tensors="pt", padding=True)
        inputs = inputs.to(model.device).to(model.dtype)
        with torch.inference_mode():
            logits = model.thinker(**inputs).logits  # (1, tokens, steps)
        marks = inputs["input_ids"][0] == self._aligner.timestamp_token_id
        return [int(step) for step in logits[0, marks].argmax(dim=-1).tolist()]


def require_files(folder: Path) -> None:
    """Validate a model directory: ModelMissing if it lacks a file."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        missing.append(TOKENIZER_FILES[0])
    if not any(folder.glob("*.safetensors")):
        missing.append("model.safetensors")
    if missing:
        raise ModelMissing(
            ENGINE, f"{folder} has no {' and no '.join(missing)}; give ALIGNER_MODEL a directory of a Qwen3 forced aligner"
        )


def load_aligner(folder: Path, device: str, precision: str) -> Any:
    """Load the library's aligner. EngineError if it cannot be read; a full or lost device's RuntimeError passes."""
    try:
        import torch
        from qwen_asr.core.transformers_backend import Qwen3ASRConfig, Qwen3ASRForConditionalGeneration, Qwen3ASRProcessor
        from qwen_asr.inference.qwen3_forced_aligner import Qwen3ForceAlignProcessor, Qwen3ForcedAligner
    except ImportError as error:
        raise EngineError(
            ENGINE, f"its library cannot be imported here ({error}); run ALIGNER={ENGINE} ./dubarr setup, and serve it"
        ) from error
    from safetensors import SafetensorError

    try:
        config = Qwen3ASRConfig.from_pretrained(folder)
        if "forced_aligner" not in config.thinker_config.model_type:
            raise ValueError("it is a model that recognises speech, no forced aligner")
        # Not by the library's from_pretrained, which fills what the files lack with random numbers.
        model, loading = Qwen3ASRForConditionalGeneration.from_pretrained(
            folder, config=config, dtype=getattr(torch, precision), use_safetensors=True, output_loading_info=True
        )
        if loading["missing_keys"] or loading["mismatched_keys"]:
            raise ValueError(f"{len(loading['missing_keys']) + len(loading['mismatched_keys'])} of its weights are missing")
        processor = read_tokenizer_files(
            lambda: Qwen3ASRProcessor.from_pretrained(folder, fix_mistral_regex=True), "tokenizer or preprocessor_config.json"
        )
        return Qwen3ForcedAligner(model.to(device).eval(), processor, Qwen3ForceAlignProcessor())
    except (*UNUSABLE_MODEL_ERRORS, SafetensorError) as error:
        raise torch_device.build_load_error(error, folder, engine=ENGINE) from error
