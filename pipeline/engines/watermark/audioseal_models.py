"""AudioSeal models: generator and detector, built by the library from its model cards, with weights that run no code.

The library's own loader unpickles whole checkpoints (`weights_only=False`); here only tensors and plain configuration are read.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.engines.torch import torch_device
from pipeline.engines.watermark.watermark_signal import ENGINE
from pipeline.engines.watermark.watermarker import MESSAGE_BITS
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS

DEFAULT_MODEL = "facebook/audioseal"
SETTING = "WATERMARK_MODEL"
GENERATOR_FILE, DETECTOR_FILE = "generator_base.pth", "detector_base.pth"
GENERATOR_CARD, DETECTOR_CARD = "audioseal_wm_16bits", "audioseal_detector_16bits"
WEIGHT_PARTS = (("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1"))

Card = Mapping[str, Any]  # architecture of a model, as the library's cards have it

_computation = threading.Lock()  # the library's switch for compilation is one for the process


def find_weights(model: str, file: str, *, revision: str | None, hub: Hub) -> Path:
    """The checkpoint of a model, which is fetched from the hub where it is not on this machine. EngineError, ModelMissing."""
    _require_library()
    folder = hub.fetch_folder(model, engine=ENGINE, setting=SETTING, revision=revision)
    path = folder / file
    if not path.is_file():
        raise ModelMissing(ENGINE, f"{folder} has no {file}; put it there, or name another directory in {SETTING}")
    return path


def read_card(name: str) -> Card:
    """A model card of the library."""
    from audioseal.loader import load_local_model_config
    from omegaconf import OmegaConf

    return OmegaConf.to_container(load_local_model_config(name))


def load_generator(path: Path, card: Card) -> Any:
    """Load the generator, AudioSealWM. EngineError where the file is no such checkpoint."""
    from audioseal.builder import AudioSealWMConfig, create_generator
    from audioseal.loader import AudioSeal

    return _load_weights(create_generator(AudioSeal.parse_config(dict(card), AudioSealWMConfig, nbits=len(MESSAGE_BITS))), path)


def load_detector(path: Path, card: Card) -> Any:
    """Load the detector, AudioSealDetector. EngineError where the file is no such checkpoint."""
    from audioseal.builder import AudioSealDetectorConfig, create_detector
    from audioseal.loader import AudioSeal

    return _load_weights(
        create_detector(AudioSeal.parse_config(dict(card), AudioSealDetectorConfig, nbits=len(MESSAGE_BITS))), path
    )


@contextmanager
def compute() -> Iterator[None]:
    """Without gradients and without torch.compile, which would call a C++ compiler for every new length; one thread at a time."""
    import torch
    from audioseal.libs.moshi.utils.compile import no_compile

    with _computation, no_compile(), torch.inference_mode():
        yield


def _require_library() -> None:
    from importlib.util import find_spec

    if missing := [name for name in ("torch", "audioseal") if find_spec(name) is None]:
        raise EngineError(
            ENGINE, f"{', '.join(missing)} is not installed; run ./dubarr setup with WATERMARK=1, or set WATERMARK=0"
        )


def _load_weights(model: Any, path: Path) -> Any:
    try:
        model.load_state_dict(fold_weight_norm(_rename_layers(_read_state(path))))
    except UNUSABLE_MODEL_ERRORS as error:
        raise EngineError(
            ENGINE,
            f"{path} cannot be loaded ({torch_device.first_line(error)}); fetch it again, or name another directory in {SETTING}",
        ) from error
    return model.eval()


def _read_state(path: Path) -> dict[str, Any]:
    """The tensors of a checkpoint: plain ones, or those of the library's training beside a configuration, which is not used."""
    import torch
    from omegaconf import DictConfig, ListConfig
    from omegaconf.base import ContainerMetadata, Metadata
    from omegaconf.nodes import AnyNode

    known = [DictConfig, ListConfig, ContainerMetadata, Metadata, AnyNode, Any, dict, list, int, defaultdict, OrderedDict]
    with torch.serialization.safe_globals(known):
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    state = checkpoint["best_state"]["model"] if "best_state" in checkpoint else checkpoint.get("model", checkpoint)
    return dict(state)


def _rename_layers(state: dict[str, Any]) -> dict[str, Any]:
    """The tensors by the names that the layers have in this version; the library's function would rename new ones, too."""
    from audioseal.loader import convert_state_dict_for_scriptable_model

    return state if any(".inner_conv." in name for name in state) else convert_state_dict_for_scriptable_model(state)


def fold_weight_norm(state: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors with weight normalization computed: `weight` in place of its length and its direction."""
    folded = dict(state)
    for length, direction in WEIGHT_PARTS:
        for name in [name for name in state if name.endswith(f".{length}")]:
            prefix = name.removesuffix(length)
            vector = folded.pop(prefix + direction)  # (outputs, inputs, kernel)
            folded[f"{prefix}weight"] = vector * (folded.pop(name) / vector.flatten(1).norm(dim=1).reshape(-1, 1, 1))
    return folded
