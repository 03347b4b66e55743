"""RoFormer models of audio-separator in a directory: a configuration (.yaml) and its checkpoint (.ckpt), and which outputs are stems.

The library finds models by lists that it downloads at each start; here a model is a directory like every other engine's.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.engines.torch import torch_device
from pipeline.errors import ModelMissing
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS

log = logging.getLogger(__name__)

ENGINE, SETTING = "audio-separator", "SEPARATOR_MODEL"
SPEECH_SOURCES = ("speech", "dialogue", "dialog", "vocals", "voice")  # names of the source that is speech
MUSIC_SOURCES, EFFECTS_SOURCES = ("music",), ("effects", "effect", "sfx", "fx")  # of the other two, where there are three
WEIGHT_SUFFIXES = (".ckpt", ".pth")
MAX_CHUNK_SAMPLES = 60 * 48_000


@dataclass(frozen=True, slots=True)
class RoformerModel:
    """A loaded network: (chunks, channels, samples) in, the same out, or (chunks, sources, channels, samples).

    `sources`: indices, among its sources, of the speech, and of the effects where it separates speech, music and effects; none of a
    network whose one output is speech. `chunk`: samples at `rate` Hz.
    """

    network: Any
    rate: int
    channels: int
    chunk: int
    sources: tuple[int, ...]


class _ConfigurationLoader(yaml.SafeLoader):
    """YAML loader for the configurations of the UVR project, which write tuples with Python's tag."""


def _construct_tuple(loader: yaml.SafeLoader, node: Any) -> tuple[object, ...]:
    return tuple(loader.construct_sequence(node))


_ConfigurationLoader.add_constructor("tag:yaml.org,2002:python/tuple", _construct_tuple)


def load_model(folder: Path, device: str) -> RoformerModel:
    """Load the model of a directory. ModelMissing if it cannot be loaded, or has no speech."""
    from audio_separator.separator.roformer.roformer_loader import RoformerLoader

    try:
        configuration = yaml.load(_find_only_file(folder, (".yaml", ".yml")).read_text("utf-8"), _ConfigurationLoader)  # noqa: S506 -- a SafeLoader
        audio, training = configuration["audio"], configuration["training"]
        result = RoformerLoader().load_model(str(_find_only_file(folder, WEIGHT_SUFFIXES)), configuration, device)
        if not result.success:
            raise ValueError(result.error_message)
        chunk, rate = int(audio["chunk_size"]), int(audio.get("sample_rate", 44_100))
        if not 0 < chunk <= MAX_CHUNK_SAMPLES or rate <= 0:
            raise ValueError(f"chunks of {chunk} samples at {rate} Hz cannot be used")
        channels = 2 if configuration["model"].get("stereo") else 1
        sources = _find_sources(
            training["instruments"], training.get("target_instrument"), configuration["model"].get("num_stems", 1)
        )
        return RoformerModel(result.model, rate, channels, chunk, sources)
    except (*UNUSABLE_MODEL_ERRORS, yaml.YAMLError) as error:
        raise ModelMissing(
            ENGINE,
            f"{folder.name} cannot be loaded ({type(error).__name__}: {torch_device.first_line(error)}); it needs the .yaml of a RoFormer model and "
            f"its checkpoint ({', '.join(WEIGHT_SUFFIXES)}), whose sources have one of {', '.join(SPEECH_SOURCES)}; name another model in {SETTING}",
        ) from error


def _find_sources(instruments: Any, target: Any, outputs: int) -> tuple[int, ...]:
    """Indices of the speech, and of the effects of a model with music and effects; none where the only output, `target`, is speech."""
    names = [str(name).casefold() for name in ([target] if target else instruments)]
    speech = _find_name(names, SPEECH_SOURCES)
    if speech is None:
        raise ValueError(f"it separates {', '.join(names)}")
    if target:
        return ()
    if outputs != len(names):
        raise ValueError(f"it has {outputs} outputs, named {', '.join(names)}")
    music, effects = _find_name(names, MUSIC_SOURCES), _find_name(names, EFFECTS_SOURCES)
    if music is None or effects is None or len(names) > 3:
        log.info("engine=%s %s: all but %s is the background, in one stem", ENGINE, ", ".join(names), names[speech])
        return (speech,)
    return speech, effects


def _find_name(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _find_only_file(folder: Path, suffixes: tuple[str, ...]) -> Path:
    found = sorted(path for path in folder.iterdir() if path.suffix in suffixes)
    if len(found) != 1:
        raise FileNotFoundError(f"there are {len(found)} files {' or '.join(suffixes)} in it, not one")
    return found[0]
