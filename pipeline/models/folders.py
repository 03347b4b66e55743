"""Model folders: MODELS_DIR is searched first, then the user's cache, which all checkouts share."""

import os
from dataclasses import dataclass, field
from pathlib import Path

DOWNLOADS_FOLDER = ".downloads"  # in the cache: archives of models that are not complete yet
RECORDS_FOLDER = ".verified"  # in the cache: verification records
LOCK_NAME = ".lock"


def user_cache() -> Path:
    """The user's cache folder of models: `dubarr/models` in XDG_CACHE_HOME, else in ~/.cache."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given.startswith("/"):  # a relative one counts as unset, as XDG says
        return Path(given) / "dubarr" / "models"
    try:
        return Path.home() / ".cache" / "dubarr" / "models"
    except RuntimeError:  # a user without a home folder: writing there fails with advice
        return Path("/nonexistent/dubarr/models")


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders that are searched for models. Only `cache` is written to."""

    models_dir: Path | None = None
    cache: Path = field(default_factory=user_cache)

    @property
    def places(self) -> tuple[Path, ...]:
        """The folders, in search order."""
        return (self.models_dir, self.cache) if self.models_dir else (self.cache,)

    @property
    def downloads(self) -> Path:
        """Folder of archives, which are kept until their model is complete."""
        return self.cache / DOWNLOADS_FOLDER

    @property
    def markers(self) -> Path:
        """Folder of verification records, one for each model folder whose files were hashed."""
        return self.cache / RECORDS_FOLDER

    def find(self, name: str) -> Path | None:
        """The folder of a model, complete or not; None where there is none."""
        return next((place / name for place in self.places if (place / name).is_dir()), None)

    def is_ours(self, folder: Path) -> bool:
        """True if a model's folder lies in the cache, so that it may be written to."""
        return folder.parent.resolve() == self.cache.resolve()
