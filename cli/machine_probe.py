"""Hardware and software probe: GPUs, disks, programs, libraries and cached models of this machine. Read-only."""

import ctypes.util
import glob
import importlib.util
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ProgramError
from pipeline.filesystem.disk_space import find_existing_folder
from pipeline.processes import subprocesses

GPU_QUERY = "driver_version,name,memory.total,memory.free"
MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU. `total`, `free`: GiB of its memory; None where the driver does not tell (memory shared with the CPU, MIG)."""

    name: str
    total: float | None
    free: float | None


@dataclass(frozen=True, slots=True)
class Gpus:
    """The NVIDIA driver's version, and its cards."""

    driver: str
    cards: tuple[Card, ...]


def probe_gpus() -> Gpus | None:
    """Driver and cards by nvidia-smi; None where there is no working driver, or no card."""
    try:
        told = subprocesses.run(("nvidia-smi", f"--query-gpu={GPU_QUERY}", "--format=csv,noheader,nounits"), timeout=60)
    except ProgramError:
        return None
    return parse_gpus(told.decode("utf-8", "replace"))


def parse_gpus(told: str) -> Gpus | None:
    """The cards in nvidia-smi's lines: driver, name, MiB, MiB."""
    rows = [[part.strip() for part in line.split(",")] for line in told.splitlines() if line.count(",") >= 3]
    if not rows:
        return None
    cards = (Card(", ".join(row[1:-2]), _parse_gib(row[-2]), _parse_gib(row[-1])) for row in rows)  # a name may hold a comma
    return Gpus(rows[0][0], tuple(cards))


def _parse_gib(mib: str) -> float | None:
    return int(mib) * MIB / GIB if mib.isdecimal() else None


def is_importable(module: str) -> bool:
    """True where a module is installed, without importing more than the packages above it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def find_programs(names: Iterable[str]) -> frozenset[str]:
    """Those of these programs that are on PATH."""
    return frozenset(name for name in names if shutil.which(name))


def probe_version(program: str) -> tuple[int, ...] | None:
    """A program's version by the first line of its `-version`, such as (5, 1, 6); None where it is not installed or prints none."""
    try:
        told = subprocesses.run((program, "-version"), timeout=60).decode("utf-8", "replace")
    except ProgramError:
        return None
    found = re.match(r"\S+ version n?(\d+(?:\.\d+)*)", told)
    return tuple(map(int, found[1].split("."))) if found else None


def has_library(name: str) -> bool:
    """True where the system's loader finds a shared library, by its name without `lib`."""
    return ctypes.util.find_library(name) is not None


def measure_free_gib(folder: Path) -> float:
    """GiB free on the disk of a folder that may not exist yet."""
    return shutil.disk_usage(find_existing_folder(folder)).free / GIB


def measure_folder_bytes(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum((Path(place) / name).lstat().st_size for place, _, names in os.walk(folder) for name in names)


def find_cached_model(model: str, caches: Sequence[Path]) -> Path | None:
    """The folder in which the Hugging Face hub's client has cached a model; None where it was not downloaded.

    A short name matches any publisher: `large-v3` is found as `owner/faster-whisper-large-v3`.
    """
    name = glob.escape(model.replace("/", "--"))
    patterns = f"models--{name}/snapshots/*", *(() if "/" in model else (f"models--*[-]{name}/snapshots/*",))
    return next((place for cache in caches for pattern in patterns for place in cache.glob(pattern)), None)


def find_hub_cache() -> Path:
    """The cache folder of the Hugging Face hub's client, used where MODELS_DIR is not set."""
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(named)
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return Path(home) / "hub"
