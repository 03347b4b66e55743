"""Environments of the engines' libraries: virtual environments, the extras in each, and the installed versions.

The service's own environment takes the extras that resolve together; vLLM (`llm`) gets one beside it, because it and
whisperx need different torches, and llama.cpp (`llama`) another, which holds nothing else. OmniVoice's lies over the service's own:
it finds torch and Ray there, and holds what it needs in other versions.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.install.environment_pins import UNFINISHED, Kind, Stamp, digest_pins, read_stamp, write_stamp
from pipeline.errors import DubarrError
from serve.engines.engine_interpreter import find_environment_folder

LLM = "llm"  # the extra with an environment of its own
LLAMA = "llama"  # no extra: a library that none of our code imports
OMNIVOICE = "omnivoice"  # an extra that brings torch here, and its library in an environment over this one
QWEN_ALIGNER = "qwen-aligner"  # an extra beside MODELS, which no shipped profile needs
WATERMARK = "watermark"  # an extra of the setting WATERMARK, for no engine of a profile
SHIPPED = "embedded"  # the extra that ./dubarr itself installs
LLAMA_CPP_PACKAGE = "xllamacpp"  # llama.cpp's server as a Python library, MIT
MODELS = ("asr", "diarization", "tts", "separation")  # resolve together
ALIASES = {"gpu": MODELS}
ROOM_GB = {Kind.CPU: 4, Kind.GPU: 10, Kind.LLM: 15, Kind.LLAMA: 1, Kind.OMNIVOICE: 1}  # GB of disk, the installation included

SEPARATE_KINDS = frozenset({Kind.LLM, Kind.LLAMA, Kind.OMNIVOICE})


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with these extras of pyproject.toml, installed by the pins of `kind`."""

    folder: Path
    kind: Kind
    extras: frozenset[str]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def setting(self) -> str:
        """The environment variable of its folder."""
        return f"DUBARR_{self.kind.upper()}_VENV" if self.kind in SEPARATE_KINDS else "DUBARR_VENV"


def split_extras(needs: Iterable[str], *, profile: str) -> tuple[frozenset[str], bool]:
    """The extras of the service's own environment, and whether vLLM is wanted. DubarrError for what is no extra."""
    wanted: set[str] = set()
    for need in needs:
        wanted.update(ALIASES.get(need, (need,)))
    if unknown := sorted(wanted - {*MODELS, QWEN_ALIGNER, OMNIVOICE, WATERMARK, LLM, SHIPPED}):
        known = ", ".join((*MODELS, QWEN_ALIGNER, OMNIVOICE, LLM, SHIPPED))
        raise DubarrError(f"profile {profile} needs {', '.join(unknown)}, which is none of {known}; mend its `needs`")
    return frozenset(wanted - {LLM, SHIPPED}), LLM in wanted


def build_engines_environment(kind: Kind, extras: frozenset[str]) -> Environment:
    """The service's own environment with these extras, and those installed there for another profile."""
    folder = Path(sys.prefix)
    before = read_stamp(folder)
    return Environment(folder, kind, extras | (before.extras if before else frozenset()))


def build_vllm_environment() -> Environment:
    """The environment of vLLM: `.venv-llm` beside the service's own, or where DUBARR_LLM_VENV says."""
    named = os.environ.get("DUBARR_LLM_VENV")
    return Environment(Path(named).absolute() if named else Path(sys.prefix).parent / ".venv-llm", Kind.LLM, frozenset({LLM}))


def build_llama_environment() -> Environment:
    """The environment of llama.cpp: `.venv-llama` beside the service's own, or where DUBARR_LLAMA_VENV says."""
    named = os.environ.get("DUBARR_LLAMA_VENV")
    folder = Path(named).absolute() if named else Path(sys.prefix).parent / ".venv-llama"
    return Environment(folder, Kind.LLAMA, frozenset({LLAMA}))


def build_omnivoice_environment() -> Environment:
    """The environment of OmniVoice: `.venv-omnivoice` beside the service's own, or where DUBARR_OMNIVOICE_VENV says."""
    return Environment(find_environment_folder(OMNIVOICE), Kind.OMNIVOICE, frozenset({OMNIVOICE}))


def is_up_to_date(environment: Environment) -> bool:
    """True if its stamp records a finished installation of its extras by the current pins."""
    found = read_stamp(environment.folder)
    return (
        found is not None
        and environment.python.exists()
        and found.kind is environment.kind
        and found.extras >= environment.extras
        and found.pins == digest_pins(environment.kind)
    )


def record_installation(environment: Environment, *, finished: bool) -> None:
    """Write the environment's stamp: before the first step of an installation (UNFINISHED) and after the last one."""
    pins = digest_pins(environment.kind) if finished else UNFINISHED
    write_stamp(environment.folder, Stamp(environment.kind, environment.extras, pins))


def find_ray_version(folder: Path) -> str | None:
    """The version of ray in an environment, by the name of its folder there; None where it has none."""
    return find_package_version(folder, "ray")


def find_package_version(folder: Path, package: str) -> str | None:
    """The version of a package in an environment, by the name of its folder there; None where it has none."""
    found = next(folder.glob(f"lib/python*/site-packages/{package}-[0-9]*.dist-info"), None)
    return found.name.removeprefix(f"{package}-").removesuffix(".dist-info") if found else None
