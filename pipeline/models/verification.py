"""Verification of models by SHA-256, recorded by size and time of change so that each file is hashed once.

The record lies in the user's cache, not in the model's folder, which may be read-only.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.models.catalogue import Model, ModelFile, Source
from pipeline.models.folders import Folders

HASH_BLOCK_BYTES = 1 << 20  # hashed at a time


class State(StrEnum):
    """State of a model on this machine."""

    MISSING = "not here"
    INCOMPLETE = "incomplete"
    UNVERIFIED = "not verified yet"
    DAMAGED = "damaged"
    UNDERIVED = "derived files missing"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Status:
    """Status of a model: state and folder. `trouble`: the wrong file and its difference, "" where none is wrong."""

    model: Model
    state: State
    folder: Path | None = None
    trouble: str = ""

    @property
    def is_usable(self) -> bool:
        """True if an engine may load it."""
        return self.state is State.VERIFIED


def inspect_model(model: Model, folders: Folders) -> Status:
    """Status of a model by names, sizes and the record of earlier verifications. Reads no weights."""
    folder = folders.find(model.name)
    if folder is None:
        return Status(model, State.MISSING)
    source, troubles = _closest_source(model, folder)
    if troubles:
        is_absent = any(trouble.startswith("there is no") for trouble in troubles)
        return Status(model, State.INCOMPLETE if is_absent else State.DAMAGED, folder, troubles[0])
    return _recorded_status(model, folder, source, _read_record(model, folder, folders))


def verify_model(model: Model, folders: Folders, *, anew: bool = False) -> Status:
    """Verify a model: hash the files that changed since they were last hashed; all files with `anew`."""
    status = inspect_model(model, folders)
    settled = (State.MISSING, State.INCOMPLETE, State.DAMAGED, *(() if anew else (State.VERIFIED, State.UNDERIVED)))
    if status.folder is None or status.state in settled:
        return status
    source, _ = _closest_source(model, status.folder)
    prints = {file.path: _fingerprint(status.folder, file) for file in source.files}  # before hashing: a change meanwhile counts
    for file in source.files:
        if trouble := describe_hash_mismatch(status.folder, file):
            _record_path(model, status.folder, folders).unlink(missing_ok=True)
            return Status(model, State.DAMAGED, status.folder, trouble)
    record = _read_record(model, status.folder, folders) | {"files": prints}
    _write_record(model, status.folder, folders, record)
    return _recorded_status(model, status.folder, source, record)


def describe_hash_mismatch(folder: Path, file: ModelFile) -> str:
    """Difference between a file and its entry in the catalogue as a clause; "" where there is none."""
    if trouble := _size_trouble(folder, file):
        return trouble
    found = compute_sha256(folder / file.path)
    if found == file.sha256:
        return ""
    return f"{file.path} has SHA-256 {found[:12]}…, and the catalogue says {file.sha256[:12]}…"


def compute_sha256(path: Path) -> str:
    """SHA-256 of a whole file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def record_derived(model: Model, folder: Path, folders: Folders) -> None:
    """Record that the derived files of a model are made, by the maker of this version."""
    assert model.derived
    record = _read_record(model, folder, folders)
    _write_record(model, folder, folders, record | {"derived": model.derived.version})


def _recorded_status(model: Model, folder: Path, source: Source, record: dict[str, Any]) -> Status:
    """Status of a folder whose files have the right names and sizes, by the record of its verification."""
    if any(record.get("files", {}).get(file.path) != _fingerprint(folder, file) for file in source.files):
        return Status(model, State.UNVERIFIED, folder)
    if missing := next(_missing_derived(model, folder, record), None):
        return Status(model, State.UNDERIVED, folder, f"{missing} was not made yet")
    return Status(model, State.VERIFIED, folder)


def _closest_source(model: Model, folder: Path) -> tuple[Source, list[str]]:
    """Source whose files match the folder best, and the differences of their sizes: empty where all match."""
    found = [(source, [trouble for file in source.files if (trouble := _size_trouble(folder, file))]) for source in model.sources]
    return min(found, key=lambda pair: len(pair[1]))


def _size_trouble(folder: Path, file: ModelFile) -> str:
    path = folder / file.path
    if not path.is_file():
        return f"there is no {file.path}"
    size = path.stat().st_size
    return "" if size == file.size else f"{file.path} has {size} bytes, and the catalogue says {file.size}"


def _fingerprint(folder: Path, file: ModelFile) -> list[Any]:
    found = (folder / file.path).stat()
    return [found.st_size, found.st_mtime_ns, file.sha256]


def _missing_derived(model: Model, folder: Path, record: dict[str, Any]) -> Iterator[str]:
    """Derived files to make. Existing ones without a record were supplied with the model."""
    if model.derived is None:
        return
    is_current = record.get("derived", model.derived.version) == model.derived.version
    yield from (path for path in model.derived.files if not is_current or not (folder / path).is_file())


def _record_path(model: Model, folder: Path, folders: Folders) -> Path:
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    return folders.markers / f"{model.name}-{place}.json"


def _read_record(model: Model, folder: Path, folders: Folders) -> dict[str, Any]:
    try:
        record = json.loads(_record_path(model, folder, folders).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write_record(model: Model, folder: Path, folders: Folders, record: dict[str, Any]) -> None:
    """Replace the record. Where the cache cannot be written to, the files are hashed again at the next start."""
    path = _record_path(model, folder, folders)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(record), "utf-8")
        fresh.replace(path)
