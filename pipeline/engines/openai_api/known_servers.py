"""Last known models and voices of servers, in files: a dub that is answered from the cache needs no server."""

import hashlib
import json
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pipeline.models.model_hub import Hub

log = logging.getLogger(__name__)

FOLDER = "servers"
MAX_BYTES = 4 << 20  # of a file; 2,000 voices have some 200 kB


@dataclass(frozen=True, slots=True)
class KnownServers:
    """Files of what servers last told, one a server and subject. `folder` None: nothing is kept."""

    folder: Path | None = None

    @classmethod
    def of(cls, hub: Hub | None) -> Self:
        """Files in the cache of a hub, which lasts as long as downloaded models; None: nothing is kept."""
        return cls(hub.cache / FOLDER if hub else None)

    def read(self, *subject: str) -> Any:
        """The JSON value that was last written for a subject, such as a kind, a URL and a model; None where there is none."""
        if self.folder is None:
            return None
        try:
            with self._find_file(subject).open("rb") as file:
                return json.loads(file.read(MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, value: Any, *subject: str) -> None:
        """Keep a JSON value for a subject. A folder that cannot be written is logged: what is kept spares a failure, no more."""
        if self.folder is None or self.read(*subject) == value:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self.folder, encoding="utf-8", delete=False) as file:
                json.dump(value, file)
            Path(file.name).replace(self._find_file(subject))
        except OSError as error:
            log.warning("the answer of a server is not kept in %s: %s", self.folder, error)

    def _find_file(self, subject: tuple[str, ...]) -> Path:
        assert self.folder is not None
        return self.folder / f"{hashlib.sha256(repr(subject).encode()).hexdigest()[:32]}.json"
