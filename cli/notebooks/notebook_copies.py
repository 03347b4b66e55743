"""Working copies of the notebooks, renewed with each release unless the user has changed them."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DubarrError
from pipeline.values.media import compute_digest

RECORD_NAME = ".laid-out.json"  # name → digest of the copy as it was laid out
NOTEBOOK_SUFFIXES = frozenset({".ipynb", ".py"})


@dataclass(frozen=True, slots=True)
class CopiedNotebooks:
    """The result of a copy. `fresh`: copied or renewed; `outdated`: changed by the user, while there is a newer original."""

    fresh: tuple[str, ...]
    outdated: tuple[str, ...]


def copy_notebooks(originals: Path, desk: Path) -> CopiedNotebooks:
    """Copy new originals to the desk. A copy that was not changed is renewed, one that was is left alone."""
    desk.mkdir(parents=True, exist_ok=True)
    record = _read_record(desk)
    fresh, outdated = [], []
    for original in _list_originals(originals):
        copy, name, new = desk / original.name, original.name, compute_digest(original)
        there = compute_digest(copy) if copy.exists() else None
        if there is None or (there != new and there == record.get(name)):
            _copy_atomically(original, copy)
            fresh.append(name)
            there = new
        if there == new:
            record[name] = new
        elif record.get(name) != new:
            outdated.append(name)
    (desk / RECORD_NAME).write_text(json.dumps(record, indent=1, sort_keys=True))
    return CopiedNotebooks(tuple(fresh), tuple(outdated))


def _list_originals(folder: Path) -> Iterator[Path]:
    found = sorted(path for path in folder.glob("*") if path.suffix in NOTEBOOK_SUFFIXES and path.is_file())
    if not found:
        raise DubarrError(f"lab: there are no notebooks in {folder}; run ./dubarr lab from a checkout, which has them")
    yield from found


def _read_record(desk: Path) -> dict[str, str]:
    """Name → digest of each copy as it was made; empty where the record is missing or broken, so that all count as changed."""
    try:
        record = json.loads((desk / RECORD_NAME).read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _copy_atomically(original: Path, copy: Path) -> None:
    """Copy atomically, by a rename."""
    draft = copy.with_name(f".{copy.name}.part")
    shutil.copyfile(original, draft)
    draft.replace(copy)
