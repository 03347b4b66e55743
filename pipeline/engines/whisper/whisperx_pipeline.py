"""WhisperX pipeline: loading of Whisper with its voice activity detector, and decoding options."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.engines.torch import torch_device
from pipeline.engines.whisper.whisper_models import SETTING
from pipeline.errors import EngineError

if TYPE_CHECKING:
    from whisperx.asr import FasterWhisperPipeline

ENGINE = "whisperx"


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """Options of decoding and alignment, as a profile may set them.

    `compute_type` auto: float16 on a GPU, int8 on a CPU. `batch_size`: windows decoded at once, halved if memory is full.
    `aligners`: language → wav2vec2 model, before the library's own table. `vad_onset`, `vad_offset`: probabilities of speech.
    `threads`: of the CPU.
    """

    compute_type: str = "auto"
    batch_size: int = 8
    beam_size: int = 5
    aligners: Mapping[str, str] | None = None
    vad_onset: float = 0.5
    vad_offset: float = 0.363
    threads: int = 4


def load_pipeline(folder: Path, device: str, *, compute_type: str, **options: Any) -> "FasterWhisperPipeline":
    """Load Whisper with whisperx's voice activity detector. EngineError if the model cannot be read."""
    _silence_libraries()
    import whisperx

    kind, _, index = device.partition(":")
    try:
        return whisperx.load_model(
            str(folder), kind, device_index=int(index or 0), compute_type=compute_type, local_files_only=True, **options
        )
    except (RuntimeError, ValueError) as error:
        raise EngineError(
            ENGINE,
            f"{folder.name} cannot be loaded on {device} as {compute_type} ({torch_device.first_line(error)}); "
            f"check {SETTING}, device and compute_type",
        ) from error


def _silence_libraries() -> None:
    """Disable the libraries' telemetry, and their logging to stdout by a handler of ours."""
    os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "0")
    theirs = logging.getLogger("whisperx")
    theirs.handlers[:] = [logging.NullHandler()]
    theirs.propagate = True
    theirs.setLevel(logging.ERROR)  # it warns of silence, which films have
    logging.getLogger("lightning.pytorch.utilities.migration").setLevel(logging.WARNING)


def choose_compute_type(compute_type: str, device: str) -> str:
    """Resolve `auto`: float16 on a GPU, int8 on a CPU. Other types are returned unchanged."""
    return compute_type if compute_type != "auto" else "float16" if device.startswith("cuda") else "int8"
