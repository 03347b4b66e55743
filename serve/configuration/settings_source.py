"""Source of the settings: the `.env` file of Dubarr's folder, and the environment variables that win over it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from pipeline import settings_loader
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """The folder of the `.env` file, and the variables that the service was started with."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # some are secrets

    @classmethod
    def of_process(cls) -> Self:
        """The source of this process: DUBARR_HOME or the current folder, and its environment."""
        names = (f.metadata["env"] for f in fields(Settings))
        found = {name: value for name in names if (value := os.environ.get(name))}
        return cls(Path(os.environ.get("DUBARR_HOME") or Path.cwd()).resolve(), found)

    @property
    def file(self) -> Path:
        """The settings file, which may not exist; where it is a link, the file that it leads to."""
        return Path(os.path.realpath(self.folder / ".env"))

    def load(self) -> Settings:
        """Read the settings now. SettingsError."""
        return settings_loader.load_settings(self.environment, folder=self.folder)

    def read_texts(self) -> dict[str, tuple[str, str]]:
        """Name → text and source of the settings that are set."""
        return settings_loader.read_sources(self.environment, self.folder)

    def measure_version(self) -> tuple[int, int, int] | None:
        """Version of the settings file, which changes whenever it is replaced; None where there is none."""
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns
