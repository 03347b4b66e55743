"""Cache codec: a stage's answer as JSON and back, with the files that it names.

Artifacts are written relative to the artifacts folder, so that the data folder can be moved.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pipeline.filesystem.path_guard import is_inside
from pipeline.values.media import Artifact
from pipeline.values.tasks import CacheRow

CACHE_MISS = object()  # in place of a stored answer that cannot be used; None is an answer


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

    def read_answer(self, text: str) -> Any:
        """A stored answer; CACHE_MISS where a file that it names is gone, changed, or outside the artifacts folder."""
        answer = self._converter.structure(json.loads(text), self._kind)
        parts = list(_walk_values(answer))
        if not all(self._is_in_folder(part) for part in parts if isinstance(part, Artifact)):
            return CACHE_MISS
        return answer if all(part.is_intact() for part in parts if hasattr(part, "is_intact")) else CACHE_MISS

    def _is_in_folder(self, artifact: Artifact) -> bool:
        """True if the file lies in the artifacts folder, symbolic links resolved."""
        return is_inside(Path(os.path.realpath(artifact.path)), (self._real,))

    def _get_relative_path(self, artifact: Artifact) -> str:
        return str(artifact.path.relative_to(self._folder))

    def _write_artifact(self, artifact: Artifact) -> dict[str, object]:
        return {"file": self._get_relative_path(artifact), "size": artifact.size, "digest": artifact.digest}

    def _read_artifact(self, written: dict[str, Any], _: object) -> Artifact:
        return Artifact(self._folder / written["file"], written["size"], written["digest"])


def _walk_values(value: object) -> Iterator[object]:
    """The value and every value inside it."""
    yield value
    if isinstance(value, tuple | list):
        for part in value:
            yield from _walk_values(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _walk_values(getattr(value, f.name))
