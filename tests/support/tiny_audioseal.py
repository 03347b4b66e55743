"""An AudioSeal model in a directory: the real networks with few filters and random weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.engines.watermark.audioseal_models import DETECTOR_CARD, DETECTOR_FILE, GENERATOR_CARD, GENERATOR_FILE, read_card

NARROW = {"n_filters": 4, "dimension": 16}


def tiny_card(name: str) -> Mapping[str, Any]:
    """The library's card, for a network with few filters."""
    card = dict(read_card(name))
    return card | {"seanet": card["seanet"] | NARROW}


def tiny_audioseal(folder: Path, *, exported: bool = False) -> Path:
    """The directory of a generator and a detector, whose checkpoints are those of the library's training: weights by length and
    direction, names of the layers as in its earlier versions, a configuration beside them. `exported`: plain weights by their names of now.
    """
    import torch
    from audioseal.builder import AudioSealDetectorConfig, AudioSealWMConfig, create_detector, create_generator
    from audioseal.loader import AudioSeal
    from omegaconf import OmegaConf

    folder.mkdir(parents=True, exist_ok=True)
    makers = (
        (GENERATOR_FILE, GENERATOR_CARD, AudioSealWMConfig, create_generator),
        (DETECTOR_FILE, DETECTOR_CARD, AudioSealDetectorConfig, create_detector),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        for file, name, kind, create in makers:
            card = tiny_card(name)
            model = create(AudioSeal.parse_config(dict(card), kind, nbits=16))
            state = {key: part for name, weights in model.state_dict().items() for key, part in _split(name, weights)}
            trained = {"xp.cfg": OmegaConf.create(dict(card)), "model": state}
            torch.save(model.state_dict() if exported else trained, folder / file)
    return folder


def _split(name: str, weights: Any) -> list[tuple[str, Any]]:
    old = name.replace(".inner_conv.", ".")
    if ".inner_conv.weight" not in name:
        return [(old, weights)]
    return [(f"{old}_g", weights.flatten(1).norm(dim=1).reshape(-1, 1, 1)), (f"{old}_v", weights * 3.0)]
