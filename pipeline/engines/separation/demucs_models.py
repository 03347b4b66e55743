"""Demucs models in a directory: a bag in a .yaml that lists its members, or a single model.

The library looks for a model on the hub, then on its own server, and exits the process on errors; here a model is a
directory like every other engine's, and errors are ModelMissing.
"""

from pathlib import Path
from typing import Any

from pipeline.engines.torch import torch_device
from pipeline.errors import ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS

ENGINE, SETTING = "demucs", "SEPARATOR_MODEL"
SPEECH_SOURCE = "vocals"  # the source that is speech
WEIGHT_SUFFIXES = (".safetensors", ".th")

# The library raises SystemExit if a quantised model's package is not installed.
LOAD_ERRORS = (*UNUSABLE_MODEL_ERRORS, AssertionError, SystemExit)


def fetch_model(model: str, hub: Hub, *, revision: str | None) -> Path:
    """Fetch the directory of a model: a local one, or from the hub by a name such as `htdemucs_ft` or `owner/name`."""
    if found := hub.find_folder(model):
        return found
    from demucs.hf import DEFAULT_NAMESPACE, hf_repo_name

    name = model if "/" in model else f"{DEFAULT_NAMESPACE}/{hf_repo_name(model)}"
    return hub.fetch_folder(name, engine=ENGINE, setting=SETTING, revision=revision)


def load_model(folder: Path, model: str) -> Any:
    """Load the BagOfModels of a directory. ModelMissing if it cannot be loaded or has no vocals."""
    import yaml
    from demucs.apply import BagOfModels
    from safetensors import SafetensorError

    try:
        signatures, weights, segment = _read_bag(folder, model.rpartition("/")[2])
        bag = BagOfModels([_load_member(folder, signature) for signature in signatures], weights, segment)
    except (*LOAD_ERRORS, yaml.YAMLError, SafetensorError) as error:
        raise ModelMissing(
            ENGINE,
            f"{folder.name} cannot be loaded ({type(error).__name__}: {_describe_error(error)}); it needs a .yaml that lists models, and "
            f"their .safetensors or .th files: fetch it again, or name another model in {SETTING}",
        ) from error
    if SPEECH_SOURCE not in bag.sources:
        raise ModelMissing(
            ENGINE, f"{folder.name} separates {', '.join(bag.sources)}, not {SPEECH_SOURCE}; name another model in {SETTING}"
        )
    return bag.eval()


def _read_bag(folder: Path, name: str) -> tuple[list[str], Any, Any]:
    """The members of the bag of this name, their weights and segment; else those of the only bag or model."""
    import yaml

    bags = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    chosen = bags.get(name) or (next(iter(bags.values())) if len(bags) == 1 else None)
    if chosen is not None:
        bag = yaml.safe_load(chosen.read_text())
        return [str(signature) for signature in bag["models"]], bag.get("weights"), bag.get("segment")
    members = {path.stem.partition("-")[0] for path in folder.iterdir() if path.suffix in WEIGHT_SUFFIXES}
    if name in members or len(members) == 1:
        return [name if name in members else members.pop()], None, None
    raise FileNotFoundError(f"there is neither {name}.yaml nor a single model")


def _load_member(folder: Path, signature: str) -> Any:
    """Load one model of a bag."""
    from demucs.hf import load_safetensors_model
    from demucs.repo import LocalRepo

    path = folder / f"{signature}{WEIGHT_SUFFIXES[0]}"
    return load_safetensors_model(path) if path.is_file() else LocalRepo(folder).get_model(signature)


def _describe_error(error: BaseException) -> str:
    return torch_device.first_line(error) if isinstance(error, Exception) else "a package that it needs is not installed"
