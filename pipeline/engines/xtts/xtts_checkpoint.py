"""XTTS v2 checkpoint: required files, loading through coqui-tts without running or rewriting them, and studio voices."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.engines.torch import torch_device
from pipeline.engines.xtts.sampling import ENGINE, Timbre
from pipeline.errors import ModelMissing

MODEL_FILES = ("config.json", "vocab.json", "model.pth")


def require_files(folder: Path) -> None:
    """Validate a model directory: ModelMissing if it lacks a file of the model."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            ENGINE, f"{folder} has no {' and no '.join(missing)}; give SYNTHESIZER_MODEL a directory of an XTTS v2 model"
        )


def load_model(folder: Path, device: str) -> Any:
    """Load config and checkpoint. EngineError if they cannot be read; RuntimeError of a full or lost device passes."""
    import pickle

    from TTS.tts.configs.xtts_config import XttsConfig

    try:
        config = XttsConfig()
        config.load_json(str(folder / "config.json"))
        model = _read_only_class()(config)
        model.load_checkpoint(config, checkpoint_dir=folder, use_deepspeed=False)
    except (pickle.UnpicklingError, RuntimeError, OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise torch_device.build_load_error(error, folder, engine=ENGINE) from error
    return model.to(device)


def _read_only_class() -> type:
    """The library's class, with a loader that does not rewrite old checkpoints.

    The published checkpoint holds its configuration as objects. The library turns them into plain values and saves the
    file in place: several replicas at once, in a cache that names files by their content.
    """
    import torch
    from TTS.config.shared_configs import BaseDatasetConfig
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig
    from TTS.tts.models.xtts import Xtts

    known = [XttsConfig, BaseDatasetConfig, XttsArgs, XttsAudioConfig]
    known += [(one, f"{Xtts.__module__}.{one.__name__}") for one in (XttsArgs, XttsAudioConfig)]  # their former module

    class ReadOnlyXtts(Xtts):  # type: ignore[misc]  # the library has no types
        def _load_checkpoint(self, model_path: Path) -> dict[str, Any]:
            with torch.serialization.safe_globals(known):
                return torch.load(model_path, map_location="cpu", weights_only=True)["model"]

    return ReadOnlyXtts


def list_studio_voices(model: Any) -> Mapping[str, Timbre]:
    """The studio voices of speakers_xtts.pth, by name; none if the model has no such file."""
    if model.speaker_manager is None:
        return {}
    return {
        str(name): Timbre(voice["gpt_cond_latent"], voice["speaker_embedding"])
        for name, voice in model.speaker_manager.speakers.items()
    }
