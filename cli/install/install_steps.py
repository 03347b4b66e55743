"""Installation steps of engine environments: the pip commands of each kind, by the pins of the `constraints` files."""

import importlib.metadata
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.install.engine_environments import LLAMA_CPP_PACKAGE, MODELS, OMNIVOICE, QWEN_ALIGNER, WATERMARK, Environment
from cli.install.environment_pins import ROOT, Kind, find_constraints

# audio-separator declares torchvision and another onnx, for kinds of models that are not used: it goes in bare, on a GPU too.
ROFORMER_PACKAGES = ("einops", "librosa", "requests", "onnxruntime", "beartype", "rotary-embedding-torch")
BARE_ROFORMER_PACKAGE = "audio-separator"
# qwen-asr declares a web interface, and what trains and downloads: it goes in bare, and what its aligner imports by name.
QWEN_ALIGNER_PACKAGES = ("transformers", "librosa", "soundfile", "nagisa", "soynlp")
BARE_QWEN_ALIGNER_PACKAGE = "qwen-asr"
# whisperx declares a torch and a torchcodec that have no builds for CPUs: it goes in bare, and what else it needs by name.
CPU_PACKAGES = {
    "asr": ("faster-whisper", "ctranslate2", "nltk", "omegaconf", "pyannote.audio", "transformers", "huggingface-hub"),
    "diarization": ("pyannote.audio",),
    "tts": ("coqui-tts[ja,zh]",),
    "separation": ("demucs", *ROFORMER_PACKAGES),
    "omnivoice": ("torchaudio",),
    "qwen-aligner": QWEN_ALIGNER_PACKAGES,
    "watermark": ("audioseal",),
}
BARE_CPU_PACKAGES = {
    "asr": ("whisperx", "torchcodec"),
    "diarization": ("torchcodec",),
    "tts": ("torchcodec",),
    "separation": (BARE_ROFORMER_PACKAGE,),
    "qwen-aligner": (BARE_QWEN_ALIGNER_PACKAGE,),
}
IMPORT_CHECKS = {
    "asr": "whisperx",
    "diarization": "pyannote.audio",
    "tts": "TTS.tts.models.xtts",
    "separation": "demucs.api, audio_separator.separator.roformer.roformer_loader",
    "omnivoice": "torchaudio",
    "qwen-aligner": "qwen_asr.inference.qwen3_forced_aligner",
    "watermark": "audioseal",
}
OMNIVOICE_PACKAGES = ("transformers", "huggingface-hub", "tokenizers", "accelerate", "pydub")

REMOVE_EXTENSIONS_SCRIPT = "import pathlib, sys; [path.unlink() for path in pathlib.Path(sys.argv[1]).glob('*.so')]"
OVERLAY_SCRIPT = (
    "import pathlib, sys, sysconfig; path = pathlib.Path(sysconfig.get_path('purelib'), 'dubarr-service.pth');"
    "path.write_text('import site; site.addsitedir(%r)' % sys.argv[1])"
)
GPU_CHECK_SCRIPT = "import torch; torch.ones(2, device='cuda').sum().item()"
RAY_CHECK_SCRIPT = (
    "import sys, importlib.metadata as of; found = of.version('ray'), '.'.join(map(str, sys.version_info[:2]));"
    "sys.exit(0 if found == tuple(sys.argv[1:]) else 'ray %s on Python %s here, but %s on %s there' % (*sys.argv[1:], *found))"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a set-up, and its words for people."""

    words: str
    args: tuple[str, ...]


def list_install_steps(environment: Environment) -> tuple[Step, ...]:
    """The steps of an installation, in order. Each may be repeated: what is installed already costs little."""
    match environment.kind:
        case Kind.LLM:
            return _list_llm_steps(environment)
        case Kind.LLAMA:
            return _list_llama_steps(environment)
        case Kind.OMNIVOICE:
            return _list_omnivoice_steps(environment)
        case Kind.GPU:
            return _list_gpu_steps(environment)
        case Kind.CPU:
            return _list_cpu_steps(environment)


def _list_gpu_steps(environment: Environment) -> tuple[Step, ...]:
    roformer = (
        Step("installing what the RoFormer models need", _build_pip_command(environment, *ROFORMER_PACKAGES)),
        Step(f"installing {BARE_ROFORMER_PACKAGE} as it is", _build_pip_command(environment, "--no-deps", BARE_ROFORMER_PACKAGE)),
    )
    qwen_aligner = (
        Step("installing what Qwen's aligner needs", _build_pip_command(environment, *QWEN_ALIGNER_PACKAGES)),
        Step(
            f"installing {BARE_QWEN_ALIGNER_PACKAGE} as it is",
            _build_pip_command(environment, "--no-deps", BARE_QWEN_ALIGNER_PACKAGE),
        ),
    )
    return (
        Step("installing PyTorch for the GPU (gigabytes)", _build_pip_command(environment, "torch", "torchaudio")),
        Step(
            f"installing the engines for {_format_extras(environment)}",
            _build_pip_command(environment, *_build_project_args(environment.extras - {OMNIVOICE})),
        ),
        *(roformer if "separation" in environment.extras else ()),
        *(qwen_aligner if QWEN_ALIGNER in environment.extras else ()),
        Step("checking that PyTorch finds the GPU", _build_python_command(environment, "-c", GPU_CHECK_SCRIPT)),
        _build_import_step(environment),
    )


def _list_cpu_steps(environment: Environment) -> tuple[Step, ...]:
    named = dict.fromkeys(name for extra in sorted(environment.extras) for name in CPU_PACKAGES[extra])
    bare = dict.fromkeys(name for extra in sorted(environment.extras) for name in BARE_CPU_PACKAGES.get(extra, ()))
    extensions = Path(sysconfig.get_path("platlib", vars=_build_path_vars(environment.folder))) / "torchaudio" / "lib"
    without = _build_python_command(environment, "-m", "pip", "--disable-pip-version-check", "uninstall", "--yes", "torchvision")
    steps = [
        Step("installing PyTorch for the CPU", _build_pip_command(environment, "torch")),
        Step(f"installing the engines for {_format_extras(environment)}", _build_pip_command(environment, *named)),
    ]
    if bare:
        steps.append(Step(f"installing {', '.join(bare)} as they are", _build_pip_command(environment, "--no-deps", *bare)))
    return (
        *steps,
        Step("taking torchvision away, where a set-up for GPUs brought it", without),  # it breaks transformers here
        # Of torchaudio only what is written in Python is used, and its extensions may be linked to CUDA's libraries.
        Step(
            "taking torchaudio's extensions away",
            _build_python_command(environment, "-c", REMOVE_EXTENSIONS_SCRIPT, str(extensions)),
        ),
        _build_import_step(environment),
    )


def _list_llm_steps(environment: Environment) -> tuple[Step, ...]:
    ray, python = importlib.metadata.version("ray"), f"{sys.version_info.major}.{sys.version_info.minor}"
    again = ("--clear",) if _is_of_another_python(environment.folder, python) else ()
    return (
        Step("making an environment for vLLM", (sys.executable, "-m", "venv", *again, str(environment.folder))),
        Step(
            "installing vLLM (gigabytes)",
            _build_pip_command(environment, *_build_project_args(environment.extras), f"ray=={ray}"),
        ),
        Step("comparing its ray with ours", _build_python_command(environment, "-c", RAY_CHECK_SCRIPT, ray, python)),
        Step("checking that vLLM loads", _build_python_command(environment, "-c", "import vllm, ray.serve.llm")),
    )


def _list_llama_steps(environment: Environment) -> tuple[Step, ...]:
    """llama.cpp as its built wheel: it would take a compiler and a quarter of an hour from source."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    again = ("--clear",) if _is_of_another_python(environment.folder, python) else ()
    return (
        Step("making an environment for llama.cpp", (sys.executable, "-m", "venv", *again, str(environment.folder))),
        Step(
            "installing llama.cpp (34 MB)",
            _build_pip_command(environment, "--only-binary", ":all:", "--no-deps", LLAMA_CPP_PACKAGE),
        ),
        Step("checking that llama.cpp loads", _build_python_command(environment, "-c", f"import {LLAMA_CPP_PACKAGE}")),
    )


def _list_omnivoice_steps(environment: Environment) -> tuple[Step, ...]:
    """The library as it is, for it declares a web interface and what it was trained with, and in newer versions what else it needs."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    again = ("--clear",) if _is_of_another_python(environment.folder, python) else ()
    service = sysconfig.get_path("purelib")
    return (
        Step("making an environment for OmniVoice", (sys.executable, "-m", "venv", *again, str(environment.folder))),
        Step("laying it over the service's own", _build_python_command(environment, "-c", OVERLAY_SCRIPT, service)),
        Step("installing what OmniVoice needs", _build_pip_command(environment, *OMNIVOICE_PACKAGES)),
        Step("installing OmniVoice as it is", _build_pip_command(environment, "--no-deps", "omnivoice")),
        Step("checking that OmniVoice loads", _build_python_command(environment, "-c", "from omnivoice import OmniVoice")),
    )


def _build_pip_command(environment: Environment, *args: str) -> tuple[str, ...]:
    limits = (part for path in find_constraints(environment.kind) for part in ("--constraint", str(path)))
    return (
        *_build_python_command(environment, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"),
        *limits,
        *args,
    )


def _build_python_command(environment: Environment, *args: str) -> tuple[str, ...]:
    """Its Python. -P: what lies where the user stands must not shadow a library."""
    return str(environment.python), "-P", *args


def _build_project_args(extras: Iterable[str]) -> tuple[str, str]:
    named = ",".join(sorted(extras))
    return "--editable", f"{ROOT}[{named}]" if named else str(ROOT)


def _is_of_another_python(folder: Path, python: str) -> bool:
    try:
        lines = (folder / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    version = next((line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "version"), "")
    return not version.startswith(f"{python}.")


def _build_import_step(environment: Environment) -> Step:
    modules = ", ".join(IMPORT_CHECKS[extra] for extra in sorted(environment.extras))
    return Step("checking that all of it loads", _build_python_command(environment, "-c", f"import torch, {modules}"))


def _build_path_vars(folder: Path) -> dict[str, str]:
    return {"base": str(folder), "platbase": str(folder)}


def _format_extras(environment: Environment) -> str:
    return ", ".join(extra for extra in (*MODELS, OMNIVOICE, QWEN_ALIGNER, WATERMARK) if extra in environment.extras)
