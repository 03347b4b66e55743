"""An AudioSeal model in a directory: the real networks with random weights, few filters or as many as the published ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.engines.watermark.audioseal_models import DETECTOR_CARD, DETECTOR_FILE, GENERATOR_CARD, GENERATOR_FILE, read_card

NARROW = {"n_filters": 4, "dimension": 16}


def tiny_card(name: str) -> Mapping[str, Any]:
    """The library's card, for a network with few filters."""
    card = dict(read_card(name))
    return card | {"seanet": card["seanet"] | NARROW}


def tiny_audioseal(folder: Path) -> Path:
    """The directory of a narrow generator and detector, whose checkpoints are those of the library's training: weights by length
    and direction, names of the layers as in its earlier versions, a configuration beside them.
    """
    import torch
    from omegaconf import OmegaConf

    for file, name, model in _make_models(folder, tiny_card):
        state = {key: part for layer, weights in model.state_dict().items() for key, part in _split(layer, weights)}
        torch.save({"xp.cfg": OmegaConf.create(dict(tiny_card(name))), "model": state}, folder / file)
    return folder


def audioseal(folder: Path, card: Any = read_card) -> Path:
    """The directory of a generator and a detector with plain weights, by default of the published size."""
    import torch

    for file, _, model in _make_models(folder, card):
        torch.save(model.state_dict(), folder / file)
    return folder


def _make_models(folder: Path, card: Any) -> Any:
    import torch
    from audioseal.builder import AudioSealDetectorConfig, AudioSealWMConfig, create_detector, create_generator
    from audioseal.loader import AudioSeal

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        yield GENERATOR_FILE, GENERATOR_CARD, create_generator(_parse(AudioSeal, card(GENERATOR_CARD), AudioSealWMConfig))
        yield DETECTOR_FILE, DETECTOR_CARD, create_detector(_parse(AudioSeal, card(DETECTOR_CARD), AudioSealDetectorConfig))


def _parse(library: Any, card: Mapping[str, Any], kind: type) -> Any:
    return library.parse_config(dict(card), kind, nbits=16)


def _split(name: str, weights: Any) -> list[tuple[str, Any]]:
    old = name.replace(".inner_conv.", ".")
    if ".inner_conv.weight" not in name:
        return [(old, weights)]
    return [(f"{old}_g", weights.flatten(1).norm(dim=1).reshape(-1, 1, 1)), (f"{old}_v", weights * 3.0)]
