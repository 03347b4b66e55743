"""Folders of models: MODELS_DIR is looked into first, then the user's cache, which all checkouts share."""

import os
from dataclasses import dataclass, field
from pathlib import Path

DOWNLOADS = ".downloads"  # in the cache: archives of models that are not whole yet
MARKERS = ".verified"  # in the cache: a record of each folder whose files were hashed
LOCK = ".lock"


def user_cache() -> Path:
    """The user's cache folder of models: `dubarr/models` in XDG_CACHE_HOME, else in ~/.cache."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given.startswith("/"):  # a relative one counts as unset, as XDG says
        return Path(given) / "dubarr" / "models"
    try:
        return Path.home() / ".cache" / "dubarr" / "models"
    except RuntimeError:  # a user without a home folder: nothing can be written there, and that is told with the way out
        return Path("/nonexistent/dubarr/models")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where models are looked for. Only `cache` is written to."""

    models_dir: Path | None = None
    cache: Path = field(default_factory=user_cache)

    @property
    def places(self) -> tuple[Path, ...]:
        """The folders, in the order in which they are looked into."""
        return (self.models_dir, self.cache) if self.models_dir else (self.cache,)

    @property
    def downloads(self) -> Path:
        """Where archives lie until their model is whole."""
        return self.cache / DOWNLOADS

    @property
    def markers(self) -> Path:
        """Where it is recorded which folders were hashed."""
        return self.cache / MARKERS

    def find(self, name: str) -> Path | None:
        """The folder of a model, whatever it holds; None where there is none."""
        return next((place / name for place in self.places if (place / name).is_dir()), None)

    def is_ours(self, folder: Path) -> bool:
        """Whether a model's folder lies in the cache, so that files may be put there."""
        return folder.parent.resolve() == self.cache.resolve()
