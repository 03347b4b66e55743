"""What the engines' libraries are installed from: the steps, the pins, and the stamp that says what stands.

The service's own environment takes the extras that resolve together; vLLM (`llm`) gets one beside it, because it and
whisperx ask for different torches, and llama.cpp (`llama`) another, which holds nothing else. A stamp is written before the first step and completed after the last one.
"""

import hashlib
import importlib.metadata
import json
import os
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.errors import DubarrError

ROOT = Path(__file__).parents[2]
LLM = "llm"  # the extra that lives apart
LLAMA = "llama"  # no extra: a library that none of our code imports
SHIPPED = "embedded"  # the extra that ./dubarr itself installs
LLAMA_CPP_PACKAGE = "xllamacpp"  # llama.cpp's server as a Python library, MIT
MODELS = ("asr", "diarization", "tts", "separation")  # resolve together
ALIASES = {"gpu": MODELS}


class Kind(StrEnum):
    """A set of pins: `constraints-<kind>.txt`."""

    CPU = "cpu"
    GPU = "gpu"
    LLM = "llm"
    LLAMA = "llama"


# GB of disk that an environment and its making take.
ROOM_GB = {Kind.CPU: 4, Kind.GPU: 10, Kind.LLM: 15, Kind.LLAMA: 1}

# whisperx declares a torch and a torchcodec that have no builds for CPUs: it goes in bare, and what else it needs by name.
ON_CPU = {
    "asr": ("faster-whisper", "ctranslate2", "nltk", "omegaconf", "pyannote.audio", "transformers", "huggingface-hub"),
    "diarization": ("pyannote.audio",),
    "tts": ("coqui-tts[ja,zh]",),
    "separation": ("demucs",),
}
BARE_ON_CPU = {"asr": ("whisperx", "torchcodec"), "diarization": ("torchcodec",), "tts": ("torchcodec",)}
LOADS = {"asr": "whisperx", "diarization": "pyannote.audio", "tts": "TTS.tts.models.xtts", "separation": "demucs.api"}

CUT = "import pathlib, sys; [path.unlink() for path in pathlib.Path(sys.argv[1]).glob('*.so')]"
SEES_GPU = "import torch; torch.ones(2, device='cuda').sum().item()"
SAME_RAY = (
    "import sys, importlib.metadata as of; found = of.version('ray'), '.'.join(map(str, sys.version_info[:2]));"
    "sys.exit(0 if found == tuple(sys.argv[1:]) else 'ray %s on Python %s here, but %s on %s there' % (*sys.argv[1:], *found))"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a set-up, and its words for people."""

    words: str
    args: tuple[str, ...]


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
        """The name of what says where it lies."""
        return {Kind.LLM: "DUBARR_LLM_VENV", Kind.LLAMA: "DUBARR_LLAMA_VENV"}.get(self.kind, "DUBARR_VENV")

    @property
    def steps(self) -> tuple[Step, ...]:
        """What makes it, in order. Each may be repeated: what is there already costs little."""
        match self.kind:
            case Kind.LLM:
                return _llm_steps(self)
            case Kind.LLAMA:
                return _llama_steps(self)
            case Kind.GPU:
                return _gpu_steps(self)
            case Kind.CPU:
                return _cpu_steps(self)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an environment was made for. `pins`: a digest of what it was made from, or UNFINISHED."""

    kind: Kind
    extras: frozenset[str]
    pins: str


UNFINISHED = "unfinished"


def split_extras(needs: Iterable[str], *, profile: str) -> tuple[frozenset[str], bool]:
    """The extras of the service's own environment, and whether vLLM is wanted. DubarrError for what is no extra."""
    wanted: set[str] = set()
    for need in needs:
        wanted.update(ALIASES.get(need, (need,)))
    if unknown := sorted(wanted - {*MODELS, LLM, SHIPPED}):
        known = ", ".join((*MODELS, LLM, SHIPPED))
        raise DubarrError(f"profile {profile} needs {', '.join(unknown)}, which is none of {known}; mend its `needs`")
    return frozenset(wanted - {LLM, SHIPPED}), LLM in wanted


def build_engines_environment(kind: Kind, extras: frozenset[str]) -> Environment:
    """The service's own environment with these extras, and with those that another profile has brought there."""
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


def is_up_to_date(environment: Environment) -> bool:
    """True where its stamp says that all of it was installed, by the pins as they stand now."""
    found = read_stamp(environment.folder)
    return (
        found is not None
        and environment.python.exists()
        and found.kind is environment.kind
        and found.extras >= environment.extras
        and found.pins == digest_pins(environment.kind)
    )


def read_stamp(folder: Path) -> Stamp | None:
    """What an environment says of itself; None where it holds no engines' libraries."""
    try:
        kind, extras, made = _stamp_file(folder).read_text().splitlines()
        return Stamp(Kind(kind), frozenset(filter(None, extras.split(","))), made)
    except (OSError, ValueError):
        return None


def write_stamp(environment: Environment, *, finished: bool) -> None:
    """Say what the environment holds. The wrapper reads the first line: with whose pins it must not interfere."""
    lines = (environment.kind, ",".join(sorted(environment.extras)), digest_pins(environment.kind) if finished else UNFINISHED)
    _stamp_file(environment.folder).write_text("".join(f"{line}\n" for line in lines))


def digest_pins(kind: Kind) -> str:
    """A digest of all that an environment of this kind is made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [] if kind is Kind.LLAMA else [project["dependencies"], project["optional-dependencies"]]
    wanted = [str(ROOT), sys.version, *declared]
    texts = [path.read_text() for path in _constraints(kind)]
    return hashlib.sha256(json.dumps([wanted, texts]).encode()).hexdigest()


def find_ray_version(folder: Path) -> str | None:
    """The version of ray in an environment, by the name of its folder there; None where it has none."""
    return find_package_version(folder, "ray")


def find_package_version(folder: Path, package: str) -> str | None:
    """The version of a package in an environment, by the name of its folder there; None where it has none."""
    found = next(folder.glob(f"lib/python*/site-packages/{package}-[0-9]*.dist-info"), None)
    return found.name.removeprefix(f"{package}-").removesuffix(".dist-info") if found else None


def _stamp_file(folder: Path) -> Path:
    return folder / "dubarr-models.stamp"


def _constraints(kind: Kind) -> tuple[Path, ...]:
    """The pins of an environment of its own stand alone: vLLM wants an older web framework than the service."""
    own_pins = ROOT / f"constraints-{kind}.txt"
    return (own_pins,) if kind in {Kind.LLM, Kind.LLAMA} else (ROOT / "constraints.txt", own_pins)


def _pip(environment: Environment, *args: str) -> tuple[str, ...]:
    limits = (part for path in _constraints(environment.kind) for part in ("--constraint", str(path)))
    return (
        *_run(environment, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"),
        *limits,
        *args,
    )


def _run(environment: Environment, *args: str) -> tuple[str, ...]:
    """Its Python. -P: what lies where the user stands must not shadow a library."""
    return str(environment.python), "-P", *args


def _project(extras: Iterable[str]) -> tuple[str, str]:
    return "--editable", f"{ROOT}[{','.join(sorted(extras))}]"


def _gpu_steps(environment: Environment) -> tuple[Step, ...]:
    return (
        Step("installing PyTorch for the GPU (gigabytes)", _pip(environment, "torch", "torchaudio")),
        Step(f"installing the engines for {_listed(environment)}", _pip(environment, *_project(environment.extras))),
        Step("asking PyTorch for the GPU", _run(environment, "-c", SEES_GPU)),
        _loads(environment),
    )


def _cpu_steps(environment: Environment) -> tuple[Step, ...]:
    named = dict.fromkeys(name for extra in sorted(environment.extras) for name in ON_CPU[extra])
    bare = dict.fromkeys(name for extra in sorted(environment.extras) for name in BARE_ON_CPU.get(extra, ()))
    extensions = Path(sysconfig.get_path("platlib", vars=_at(environment.folder))) / "torchaudio" / "lib"
    without = _run(environment, "-m", "pip", "--disable-pip-version-check", "uninstall", "--yes", "torchvision")
    steps = [
        Step("installing PyTorch for the CPU", _pip(environment, "torch")),
        Step(f"installing the engines for {_listed(environment)}", _pip(environment, *named)),
    ]
    if bare:
        steps.append(Step(f"installing {', '.join(bare)} as they are", _pip(environment, "--no-deps", *bare)))
    return (
        *steps,
        Step("taking torchvision away, where a set-up for GPUs brought it", without),  # it breaks transformers here
        # Of torchaudio only what is written in Python is used, and its extensions may be linked to CUDA's libraries.
        Step("taking torchaudio's extensions away", _run(environment, "-c", CUT, str(extensions))),
        _loads(environment),
    )


def _llm_steps(environment: Environment) -> tuple[Step, ...]:
    ray, python = importlib.metadata.version("ray"), f"{sys.version_info.major}.{sys.version_info.minor}"
    again = ("--clear",) if _made_by_another_python(environment.folder, python) else ()
    return (
        Step("making an environment for vLLM", (sys.executable, "-m", "venv", *again, str(environment.folder))),
        Step("installing vLLM (gigabytes)", _pip(environment, *_project(environment.extras), f"ray=={ray}")),
        Step("comparing its ray with ours", _run(environment, "-c", SAME_RAY, ray, python)),
        Step("trying whether vLLM loads", _run(environment, "-c", "import vllm, ray.serve.llm")),
    )


def _llama_steps(environment: Environment) -> tuple[Step, ...]:
    """llama.cpp as its built wheel: it would take a compiler and a quarter of an hour from source."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    again = ("--clear",) if _made_by_another_python(environment.folder, python) else ()
    return (
        Step("making an environment for llama.cpp", (sys.executable, "-m", "venv", *again, str(environment.folder))),
        Step("installing llama.cpp (34 MB)", _pip(environment, "--only-binary", ":all:", "--no-deps", LLAMA_CPP_PACKAGE)),
        Step("trying whether llama.cpp loads", _run(environment, "-c", f"import {LLAMA_CPP_PACKAGE}")),
    )


def _made_by_another_python(folder: Path, python: str) -> bool:
    try:
        lines = (folder / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    version = next((line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "version"), "")
    return not version.startswith(f"{python}.")


def _loads(environment: Environment) -> Step:
    modules = ", ".join(LOADS[extra] for extra in sorted(environment.extras))
    return Step("trying whether all of it loads", _run(environment, "-c", f"import torch, {modules}"))


def _at(folder: Path) -> dict[str, str]:
    return {"base": str(folder), "platbase": str(folder)}


def _listed(environment: Environment) -> str:
    return ", ".join(extra for extra in MODELS if extra in environment.extras)
