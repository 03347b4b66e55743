"""The folder of partial uploads, in VIDEOS_DIR, so that a whole film is renamed into place: for each upload its record (ID.json), its bytes
(ID.part) and its offset (ID.offset).

The offset is the commit: it is written after the bytes before it were synced to disk, and no other offset is ever told. Its file is
also the upload's lock (flock), for several ingress replicas. Bytes behind the offset, of a process that was killed, are overwritten.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NotFound
from pipeline.filesystem.fsync import fsync_folder, replace_file
from serve.intake.resumable.part_writer import OFFSET_DIGITS, PartWriter
from serve.intake.resumable.partial_upload import PartialUpload, UploadKind
from serve.intake.upload_disk_space import require_room
from serve.intake.upload_writer import MAX_SUBTITLES
from serve.request_errors import Busy, Gone, Locked, TooLarge

FOLDER = ".uploads"  # in VIDEOS_DIR
MAX_OPEN_UPLOADS = 64  # films that are not whole yet
EXPIRES_AFTER_S = 24 * 3600.0  # without a byte
FINISHED_EXPIRES_AFTER_S = 3600.0  # of a whole one, kept for a client that lost the last answer
LOCK_WAIT_S = 3.0
LOCK_POLL_INTERVAL_S = 0.05
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PartialUploads:
    """The partial uploads of one VIDEOS_DIR."""

    videos_dir: Path

    @property
    def _folder(self) -> Path:
        return self.videos_dir / FOLDER

    def create(self, upload: PartialUpload) -> None:
        """Create an upload of length 0 so far. Expired ones are removed first. NoRoom, Busy, TooLarge, NotFound for a sidecar's film."""
        require_room(self.videos_dir, 0)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with self._hold_folder():
            self.remove_expired()
            others = self._list_all()
            if upload.kind is UploadKind.FILM:
                self._require_room(upload, others)
            else:
                self._replace_sidecar(upload, others)
            replace_file(self._path(upload.id, "offset"), b"0" * OFFSET_DIGITS, 0o600)
            self._path(upload.id, "part").touch(mode=0o600, exist_ok=False)
            self.save(upload)

    def _require_room(self, upload: PartialUpload, others: list[PartialUpload]) -> None:
        unfinished = [each for each in others if each.task is None and each.kind is UploadKind.FILM]
        if len(unfinished) >= MAX_OPEN_UPLOADS:
            raise Busy(f"{MAX_OPEN_UPLOADS} uploads are not complete yet; finish or cancel one, then send this one")
        reserved = sum(each.length - self.read_offset(each.id) for each in unfinished)
        require_room(self.videos_dir, upload.length + reserved)

    def _replace_sidecar(self, upload: PartialUpload, others: list[PartialUpload]) -> None:
        """Remove the sidecar that this one replaces: of the same film, kind and name."""
        if all(each.id != upload.film or each.kind is not UploadKind.FILM or each.task is not None for each in others):
            raise NotFound("there is no upload of this film that is not complete yet; create it first")
        siblings = [each for each in others if each.film == upload.film and each.kind is upload.kind]
        replaced = [each for each in siblings if each.name == upload.name or upload.kind is UploadKind.GLOSSARY]
        if len(siblings) - len(replaced) >= MAX_SUBTITLES:
            raise TooLarge(f"upload: more than {MAX_SUBTITLES} subtitle files; send those that are needed")
        for each in replaced:
            self.remove(each)

    def find(self, upload_id: str) -> PartialUpload:
        """Find an upload. NotFound; Gone where it has expired."""
        upload = self._load(upload_id) if ID.fullmatch(upload_id) else None
        if upload is None:
            raise NotFound("there is no such upload; it was cancelled, or has expired")
        if self.compute_expiry(upload) < time.time():
            raise Gone("this upload has expired; send the film again from its beginning")
        return upload

    def read_offset(self, upload_id: str) -> int:
        """Read how many bytes are safe on disk; 0 where the upload was just removed."""
        try:
            return int(self._path(upload_id, "offset").read_bytes())
        except (FileNotFoundError, ValueError):
            return 0

    def compute_expiry(self, upload: PartialUpload) -> float:
        """Compute when an upload expires without another byte, as a POSIX timestamp. A sidecar lives as long as its film's upload."""
        period = EXPIRES_AFTER_S if upload.task is None else FINISHED_EXPIRES_AFTER_S
        try:
            return self._path(upload.film or upload.id, "offset").stat().st_mtime + period
        except FileNotFoundError:
            return 0.0

    @contextmanager
    def hold(self, upload_id: str) -> Iterator[PartWriter]:
        """Hold an upload's lock, as the writer of its bytes. Blocks. Locked where somebody else keeps it, NotFound."""
        try:
            handle = os.open(self._path(upload_id, "offset"), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise NotFound("there is no such upload; it was cancelled, or has expired") from None
        try:
            _lock(handle)
            if not os.fstat(handle).st_nlink:  # it was removed while this one waited
                raise NotFound("there is no such upload; it was cancelled, or has expired")
            with PartWriter(self._path(upload_id, "part"), handle) as writer:
                yield writer
        finally:
            os.close(handle)

    def save(self, upload: PartialUpload) -> None:
        """Write an upload's record, atomically and synced."""
        replace_file(self._path(upload.id, "json"), upload.to_json(), 0o600)

    def remove(self, upload: PartialUpload) -> None:
        """Remove an upload and, of a film, its sidecars, also where it is whole; never a film that was queued."""
        if upload.kind is UploadKind.FILM:
            for sidecar in self.list_sidecars(upload.id):
                self.remove(sidecar)
        if upload.path and upload.task is None:
            for path in (upload.path, *upload.sidecars.values()):
                Path(path).unlink(missing_ok=True)
        for ending in ("json", "part", "offset"):
            self._path(upload.id, ending).unlink(missing_ok=True)

    def remove_expired(self) -> None:
        """Remove expired uploads; one that is being written to has a new offset soon."""
        for upload in self._list_all():
            if self.compute_expiry(upload) < time.time():
                with suppress(Locked, NotFound), self.hold(upload.id):
                    self.remove(upload)

    def list_sidecars(self, film: str) -> list[PartialUpload]:
        """List the sidecars of a film's upload, in the order of their names."""
        return sorted((each for each in self._list_all() if each.film == film), key=lambda each: each.name)

    def read_sidecar(self, sidecar: PartialUpload) -> bytes | None:
        """Read a sidecar; None where it is not whole."""
        if self.read_offset(sidecar.id) < sidecar.length:
            return None
        with self._path(sidecar.id, "part").open("rb") as file:
            return file.read(sidecar.length)

    def move_film(self, upload: PartialUpload, mode: int) -> None:
        """Rename a whole film to its path, durably. A second call does nothing."""
        part = self._path(upload.id, "part")
        with suppress(FileNotFoundError):
            os.truncate(part, upload.length)
            part.chmod(mode)
            part.replace(upload.path)
        fsync_folder(self.videos_dir)

    def _path(self, upload_id: str, ending: str) -> Path:
        return self._folder / f"{upload_id}.{ending}"

    def _load(self, upload_id: str) -> PartialUpload | None:
        try:
            return PartialUpload.from_json(self._path(upload_id, "json").read_bytes())
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _list_all(self) -> list[PartialUpload]:
        loaded = (self._load(path.stem) for path in self._folder.glob("*.json"))
        return [upload for upload in loaded if upload is not None]

    @contextmanager
    def _hold_folder(self) -> Iterator[None]:
        """Let one process at a time create uploads: their number and their bytes are bounded."""
        handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _lock(handle)
            yield
        finally:
            os.close(handle)


def _lock(handle: int) -> None:
    """Lock an open file (flock), waiting for a short time. Locked."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Locked("another request is writing to this upload; try again in a few seconds") from None
            time.sleep(LOCK_POLL_INTERVAL_S)
        else:
            return
