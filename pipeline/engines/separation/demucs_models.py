"""Demucs models from a directory: a bag in a .yaml that names its members, or a single one.

The library looks for a model on the hub, then on its own server, and ends the process where it is in trouble; here a
model is a directory like every other engine's, and trouble is a sentence.
"""

from pathlib import Path
from typing import Any

from pipeline.engines.torch import torch_device
from pipeline.errors import ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS

ENGINE, SETTING = "demucs", "SEPARATOR_MODEL"
VOCALS = "vocals"  # the source that is speech
WEIGHTS = (".safetensors", ".th")

# SystemExit is what the library does where a quantised model's package is not installed.
DAMAGED = (*UNUSABLE_MODEL_ERRORS, AssertionError, SystemExit)


def fetch_model(model: str, hub: Hub, *, revision: str | None) -> Path:
    """The directory of a model: one on this machine, or the hub's of a name such as `htdemucs_ft` or `owner/name`."""
    if found := hub.find_folder(model):
        return found
    from demucs.hf import DEFAULT_NAMESPACE, hf_repo_name

    name = model if "/" in model else f"{DEFAULT_NAMESPACE}/{hf_repo_name(model)}"
    return hub.fetch_folder(name, engine=ENGINE, setting=SETTING, revision=revision)


def load_model(folder: Path, model: str) -> Any:
    """The BagOfModels in a directory, ready to answer. ModelMissing where there is none that knows vocals."""
    import yaml
    from demucs.apply import BagOfModels
    from safetensors import SafetensorError

    try:
        signatures, weights, segment = _contents(folder, model.rpartition("/")[2])
        bag = BagOfModels([_member(folder, signature) for signature in signatures], weights, segment)
    except (*DAMAGED, yaml.YAMLError, SafetensorError) as error:
        raise ModelMissing(
            ENGINE,
            f"{folder.name} cannot be loaded ({type(error).__name__}: {_words(error)}); it needs a .yaml that lists models, and "
            f"their .safetensors or .th files: fetch it again, or name another model in {SETTING}",
        ) from error
    if VOCALS not in bag.sources:
        raise ModelMissing(
            ENGINE, f"{folder.name} separates {', '.join(bag.sources)}, not {VOCALS}; name another model in {SETTING}"
        )
    return bag.eval()


def _contents(folder: Path, name: str) -> tuple[list[str], Any, Any]:
    """The members of the bag of this name, their weights and their segment; of the only bag or model there is."""
    import yaml

    bags = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    chosen = bags.get(name) or (next(iter(bags.values())) if len(bags) == 1 else None)
    if chosen is not None:
        bag = yaml.safe_load(chosen.read_text())
        return [str(signature) for signature in bag["models"]], bag.get("weights"), bag.get("segment")
    members = {path.stem.partition("-")[0] for path in folder.iterdir() if path.suffix in WEIGHTS}
    if name in members or len(members) == 1:
        return [name if name in members else members.pop()], None, None
    raise FileNotFoundError(f"there is neither {name}.yaml nor a single model")


def _member(folder: Path, signature: str) -> Any:
    """One model of a bag."""
    from demucs.hf import load_safetensors_model
    from demucs.repo import LocalRepo

    path = folder / f"{signature}{WEIGHTS[0]}"
    return load_safetensors_model(path) if path.is_file() else LocalRepo(folder).get_model(signature)


def _words(error: BaseException) -> str:
    return torch_device.first_line(error) if isinstance(error, Exception) else "a package that it needs is not installed"
