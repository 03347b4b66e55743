"""Pins and stamps of engine environments: the `constraints` files that one is installed by, and the record of what is installed.

A stamp is written before the first step of an installation and completed after the last one.
"""

import hashlib
import json
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNFINISHED = "unfinished"  # in place of a digest, while an installation runs


class Kind(StrEnum):
    """A set of pins: `constraints-<kind>.txt`."""

    CPU = "cpu"
    GPU = "gpu"
    LLM = "llm"
    LLAMA = "llama"
    OMNIVOICE = "omnivoice"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The record of an environment's installation. `pins`: a digest of what it was installed from, or UNFINISHED."""

    kind: Kind
    extras: frozenset[str]
    pins: str


def read_stamp(folder: Path) -> Stamp | None:
    """The stamp of an environment; None where it has none, and so holds no engines' libraries."""
    try:
        kind, extras, made = _find_stamp_file(folder).read_text().splitlines()
        return Stamp(Kind(kind), frozenset(filter(None, extras.split(","))), made)
    except (OSError, ValueError):
        return None


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Write the stamp of an environment. `./dubarr` reads its first line, to keep to the same pins."""
    lines = (stamp.kind, ",".join(sorted(stamp.extras)), stamp.pins)
    _find_stamp_file(folder).write_text("".join(f"{line}\n" for line in lines))


def digest_pins(kind: Kind) -> str:
    """A digest of all that an environment of this kind is installed from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [] if kind is Kind.LLAMA else [project["dependencies"], project["optional-dependencies"]]
    wanted = [str(ROOT), sys.version, *declared]
    texts = [path.read_text() for path in find_constraints(kind)]
    return hashlib.sha256(json.dumps([wanted, texts]).encode()).hexdigest()


def find_constraints(kind: Kind) -> tuple[Path, ...]:
    """The constraints files of an environment. Those of a separate environment stand alone: vLLM needs an older web framework."""
    own_pins = ROOT / f"constraints-{kind}.txt"
    return (own_pins,) if kind in {Kind.LLM, Kind.LLAMA, Kind.OMNIVOICE} else (ROOT / "constraints.txt", own_pins)


def _find_stamp_file(folder: Path) -> Path:
    return folder / "dubarr-models.stamp"
