"""Upload storage: a film written to a temporary file while it arrives, then renamed to a free file name with its subtitles beside it."""

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pipeline.filesystem.fsync import fsync_folder
from pipeline.text.naming.film_names import normalize_name, require_film_name
from pipeline.text.naming.sidecar_names import find_rest, parse_name
from pipeline.text.subtitles import subtitle_sidecars
from pipeline.text.track_kinds import SubtitleKind
from serve.intake.upload_disk_space import require_room
from serve.intake.upload_folder import make_temporary_path, reserve_path, sanitize_stem
from serve.request_errors import BadRequest, NoRoom
from serve.runtime.data_folders import compute_file_mode

MAX_SUBTITLES = 8  # files of one film
ROOM_CHECK_BYTES = 64 << 20  # bytes written between checks of the free disk space
SUBTITLE_TAGS = re.compile(
    r"([._ ]| ?[-–—] )?[\w-]{1,20}([._ ][\w-]{1,20}){0,3}"
)  # in a subtitle's name after the film's: .en.forced
KIND_TAGS = {
    SubtitleKind.FORCED: ".forced",
    SubtitleKind.HEARING_IMPAIRED: ".sdh",
    SubtitleKind.SIGNS: ".signs",
    SubtitleKind.COMMENTARY: ".commentary",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A received upload: the film on disk, the form fields, and sidecar subtitles. `subtitle_names`: a subtitle's file name as the
    client sent it → as it was stored.
    """

    path: Path
    fields: dict[str, str]
    sidecars: tuple[Path, ...] = ()
    subtitle_names: Mapping[str, str] = field(default_factory=dict)

    def remove(self) -> None:
        """Delete the uploaded files."""
        for path in (self.path, *self.sidecars):
            path.unlink(missing_ok=True)


def find_subtitle_tags(name: str, film_name: str) -> str:
    """The part of a subtitle's name that tells its language and kind, "" for none: `.en.forced`, ` - en`; of `2_English.srt` `.en`."""
    stem, film_stem = (unicodedata.normalize("NFC", Path(each).stem) for each in (name, film_name))
    if (rest := find_rest(normalize_name(stem), normalize_name(film_stem))) is not None:
        tags = stem[len(film_stem) :]
        return tags if len(tags) == len(rest) and SUBTITLE_TAGS.fullmatch(tags) else ""
    found = parse_name(stem, is_own=False)
    return f".{found.language}{KIND_TAGS.get(found.kind, '')}" if found.language else ""


def require_subtitle_name(name: str) -> None:
    """Require that a file is named like a subtitle file. BadRequest."""
    if Path(name).suffix.lower() not in subtitle_sidecars.SUBTITLE_SUFFIXES:
        known = ", ".join(sorted(subtitle_sidecars.SUBTITLE_SUFFIXES))
        raise BadRequest(f"upload: {name[:120]} is not named like a subtitle file; give one of {known}")


class UploadWriter:
    """Writer of one uploaded film: `append` buffers, `flush` writes to the temporary file, `store` renames it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = make_temporary_path(folder)
        self._file: BinaryIO | None = None
        self._blocks: list[bytes] = []
        self._written = self._checked = 0  # bytes; `_checked`: at the last check of the free disk space
        self.buffered_bytes = 0

    def append(self, block: bytes) -> None:
        """Buffer the next block of the film."""
        self._blocks.append(block)
        self.buffered_bytes += len(block)

    def flush(self) -> None:
        """Write the buffered bytes. Blocks. NoRoom."""
        if self._written + self.buffered_bytes - self._checked >= ROOM_CHECK_BYTES:
            require_room(self._folder, self.buffered_bytes)
            self._checked = self._written
        if self._file is None:
            self._file = self._temporary.open("xb")
        for block in self._blocks:
            self._write(block)
        self._written += self.buffered_bytes
        self._blocks, self.buffered_bytes = [], 0

    def store(self, film_name: str, subtitles: Mapping[str, bytes], fields: dict[str, str]) -> Upload:
        """Sync the film to disk, rename it, and write its subtitles beside it. Blocks. BadRequest where it is empty, NoRoom.

        `film_name`: the client's; `subtitles`: file name → content.
        """
        self.flush()
        if self._written == 0:
            raise BadRequest(f"upload: {film_name[:120]} is empty; send it again")
        assert self._file is not None  # flush opened it
        os.fchmod(self._file.fileno(), compute_file_mode(self._folder))
        os.fsync(self._file.fileno())
        path = reserve_path(self._folder, sanitize_stem(film_name), require_film_name(film_name))
        self._temporary.replace(path)
        sidecars = tuple(write_sidecar(path, film_name, name, content) for name, content in subtitles.items())
        fsync_folder(self._folder)
        stored = {name: sidecar.name for name, sidecar in zip(subtitles, sidecars, strict=True)}
        return Upload(path.resolve(), fields, sidecars, stored)

    def discard(self) -> None:
        """Close and remove the temporary file."""
        if self._file is not None:
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def _write(self, block: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(block)
        except OSError as error:
            raise NoRoom(f"upload: {self._folder} cannot be written ({error.strerror}); make room, then send it again") from error


def write_sidecar(film: Path, film_name: str, name: str, content: bytes) -> Path:
    """Write a subtitle beside the film, under the film's new name: `film-2.en.srt`. NoRoom."""
    suffix, tags = Path(name).suffix.lower(), find_subtitle_tags(name, film_name)
    for ending in ("", *(f".{n}" for n in range(2, 100))):
        path = film.with_name(f"{film.stem}{tags}{ending}{suffix}")
        try:
            with path.open("xb") as file:  # overwrites no other film's subtitles, and follows no link
                os.fchmod(file.fileno(), compute_file_mode(film.parent))
                file.write(content)
        except FileExistsError:
            continue
        return path.resolve()
    raise NoRoom(f"{film.parent} holds a hundred subtitles called {film.stem}{tags}; give the film another name")
