"""Cache codec: a stage's answer as JSON and back, with the files that it names.

Artifacts are written relative to the artifacts folder, so that the data folder can be moved.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pipeline.filesystem.path_guard import is_inside
from pipeline.values.media import Artifact, Source
from pipeline.values.tasks import CacheRow

log = logging.getLogger(__name__)

CACHE_MISS = object()  # in place of a stored answer that cannot be used; None is an answer


def log_fault(fault: str) -> None:
    """Log why a cached answer is not used."""
    log.warning("a cached answer is not used: %s", fault)


class AnswerCodec:
    """Serializes and parses the answers of one stage, whose type is `kind`. `folder`: the artifacts folder."""

    def __init__(self, kind: Any, folder: Path) -> None:
        from cattrs.preconf.json import make_converter  # imported late: pipeline must import fast

        self._kind = kind
        self._folder = folder
        self._real = Path(os.path.realpath(folder))
        self._converter = make_converter()
        self._converter.register_unstructure_hook(Path, str)
        self._converter.register_structure_hook(Path, lambda text, _: Path(text))
        self._converter.register_unstructure_hook(Artifact, self._write_artifact)
        self._converter.register_structure_hook(Artifact, self._read_artifact)

    def build_row(self, key: str, stage: str, answer: object) -> CacheRow:
        """The cache row of an answer."""
        files = tuple(
            sorted({self._get_relative_path(artifact) for artifact in _walk_values(answer) if isinstance(artifact, Artifact)})
        )
        return CacheRow(key, stage, self.format_answer(answer), files)

    def format_answer(self, answer: object) -> str:
        """An answer as JSON."""
        return json.dumps(self._converter.unstructure(answer, self._kind))

    def read_answer(self, text: str, on_fault: Callable[[str], None] = log_fault) -> Any:
        """A stored answer; CACHE_MISS where a file that it names is gone, changed, or outside the artifacts folder.

        `on_fault`: called with the reason of a miss.
        """
        answer = self._converter.structure(json.loads(text), self._kind)
        for part in _walk_values(answer):
            fault = self._find_fault(part)
            if fault is not None:
                on_fault(fault)
                return CACHE_MISS
        return answer

    def _find_fault(self, part: object) -> str | None:
        """Describe why a file of an answer cannot be used; None for a good one, and for anything but a file."""
        if isinstance(part, Artifact) and not is_inside(Path(os.path.realpath(part.path)), (self._real,)):
            return f"{part.path.name} lies outside the artifacts folder"  # symbolic links resolved
        return part.find_fault() if isinstance(part, Artifact | Source) else None

    def _get_relative_path(self, artifact: Artifact) -> str:
        return str(artifact.path.relative_to(self._folder))

    def _write_artifact(self, artifact: Artifact) -> dict[str, object]:
        identity = {"file": self._get_relative_path(artifact), "size": artifact.size, "digest": artifact.digest}
        return identity | ({} if artifact.mtime_ns is None else {"mtime_ns": artifact.mtime_ns})

    def _read_artifact(self, written: dict[str, Any], _: object) -> Artifact:
        return Artifact(self._folder / written["file"], written["size"], written["digest"], written.get("mtime_ns"))


def _walk_values(value: object) -> Iterator[object]:
    """The value and every value inside it."""
    yield value
    if isinstance(value, tuple | list):
        for part in value:
            yield from _walk_values(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _walk_values(getattr(value, f.name))
