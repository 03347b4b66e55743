"""Engine requirements: licence, packages, default model and GPU memory of an engine class."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineRequirements:
    """Licence and requirements of an engine class, known without building it.

    `licence`: of the code, then of the default weights. `extra`: pyproject.toml's extra that installs it, "" if none is
    needed. `modules`: importable modules that it needs. `model`: the default, "" if the weights are inside a package.
    `vram`: GiB of GPU memory that the default model takes at its default options, CUDA's own 0.5 included; 0.0 on a CPU.
    `page`: URL at which a model's terms must be accepted first, "" if there are none.
    `models`: names in the catalogue of weights that the engine loads by default; `./dubarr setup` fetches them.
    `environment`: name of the Python environment of its own that it runs in, `.venv-<name>`; "" for the service's.
    """

    licence: str
    extra: str = ""
    modules: tuple[str, ...] = ()
    model: str = ""
    vram: float = 0.0
    page: str = ""
    models: tuple[str, ...] = ()
    environment: str = ""
