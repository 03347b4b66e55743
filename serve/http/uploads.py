"""Multipart uploads streamed to disk, under a sanitized and free file name.

Nothing is held in memory but the block at hand and small subtitle files; a broken upload leaves no file behind.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from pipeline.text import subtitle_files as subtitles
from pipeline.values.media import fsync_folder
from serve.intake.path_mapping import require_film_name
from serve.intake.upload_folder import make_temporary_path, remove_abandoned_uploads, require_room, reserve_path, sanitize_stem
from serve.request_errors import BadRequest, NoRoom, TooLarge
from serve.runtime.data_folders import file_mode

WRITE_BYTES = 1 << 20  # bytes gathered before they are written
ROOM_CHECK_BYTES = 64 << 20  # bytes between looks at the free room
MAX_FIELD_BYTES = 8 << 10  # bytes
MAX_PARTS = 32
MAX_HEADER_BYTES = 8 << 10  # bytes of one part's headers
EXTENDED_NAME = re.compile(r"""filename\*=utf-8''([^;\s]+)""", re.IGNORECASE)  # RFC 5987
FIELDS = frozenset({"target_langs", "source_lang", "speakers", "priority"})
SUBTITLES = "subtitles"  # the field of subtitle files that lay beside the film
MAX_SUBTITLES = 8
SUBTITLE_TAGS = re.compile(r"(\.[A-Za-z0-9-]{1,20}){0,4}")  # of a subtitle's name between the film's and the suffix: .en.forced


@dataclass(frozen=True, slots=True)
class Upload:
    """A received upload: the film on disk, the form fields (those named in FIELDS), and sidecar subtitles."""

    path: Path
    fields: dict[str, str]
    sidecars: tuple[Path, ...] = ()

    def remove(self) -> None:
        """Delete the uploaded files."""
        for path in (self.path, *self.sidecars):
            path.unlink(missing_ok=True)


async def receive_upload(body: AsyncIterator[bytes], headers: Mapping[str, str], folder: Path) -> Upload:
    """Receive a multipart body and store its film in `folder`. BadRequest, FilmError, NoRoom or TooLarge; then no file is left."""
    from starlette.requests import ClientDisconnect

    length = headers.get("content-length", "")
    reception = UploadParser(folder, _parse_boundary(headers.get("content-type", "")))
    require_room(folder, int(length) if length.isdecimal() else 0)
    remove_abandoned_uploads(folder)
    try:
        async for chunk in body:
            reception.feed(chunk)
            if reception.waiting >= WRITE_BYTES:
                await asyncio.to_thread(reception.flush)
        return await asyncio.to_thread(reception.finish)
    except ClientDisconnect as error:
        raise BadRequest("upload: it broke off before its end; send it again") from error
    finally:
        reception.discard()


def _parse_boundary(content_type: str) -> bytes:
    from python_multipart.multipart import parse_options_header

    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not 0 < len(options.get(b"boundary", b"")) <= 256:
        raise BadRequest("upload: send the film as multipart/form-data, in a part named file")
    return options[b"boundary"]


@dataclass
class _Part:
    """The multipart part that is being parsed."""

    headers: dict[str, str] = field(default_factory=dict)
    name: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    header_bytes: int = 0
    field: str = ""
    is_film: bool = False
    subtitles: str = ""  # the name of a subtitle file


class UploadParser:
    """Streaming multipart parser of one upload: callbacks buffer, `flush` writes."""

    def __init__(self, folder: Path, boundary: bytes) -> None:
        from python_multipart.multipart import MultipartParser

        self._folder = folder
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._part_bytes,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )
        self._part, self._parts = _Part(), 0
        self._fields: dict[str, str] = {}
        self._film_name: str | None = None
        self._subtitles: dict[str, bytes] = {}  # file name → content
        self._temporary = make_temporary_path(folder)
        self._file: BinaryIO | None = None
        self._blocks: list[bytes] = []
        self._written = self._looked = 0
        self._ended = False
        self.waiting = 0  # bytes gathered and not written

    def feed(self, chunk: bytes) -> None:
        """Parse the next chunk of the body."""
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadRequest(f"upload: the multipart body is broken ({error}); send it again") from error

    def flush(self) -> None:
        """Write the buffered bytes. Blocks."""
        if self._written + self.waiting - self._looked >= ROOM_CHECK_BYTES:
            require_room(self._folder, self.waiting)
            self._looked = self._written
        if self._file is None:
            self._file = self._temporary.open("xb")
        for block in self._blocks:
            self._write(block)
        self._written += self.waiting
        self._blocks, self.waiting = [], 0

    def finish(self) -> Upload:
        """Sync the film to disk and rename it. Blocks."""
        if self._film_name is None or not self._film_name.strip():
            raise BadRequest("upload: there is no film in it; choose a file for the part named file")
        if not self._ended:
            raise BadRequest("upload: it broke off before its end; send it again")
        self.flush()
        if self._written == 0:
            raise BadRequest(f"upload: {self._film_name[:120]} is empty; send it again")
        assert self._file is not None  # flush opened it
        os.fchmod(self._file.fileno(), file_mode(self._folder))
        os.fsync(self._file.fileno())
        path = reserve_path(self._folder, sanitize_stem(self._film_name), require_film_name(self._film_name))
        self._temporary.replace(path)
        sidecars = tuple(self._sidecar(path, name, content) for name, content in self._subtitles.items())
        fsync_folder(self._folder)
        return Upload(path.resolve(), self._fields, sidecars)

    def _sidecar(self, film: Path, name: str, content: bytes) -> Path:
        """Write a subtitle beside the film, under the film's new name: `film-2.en.srt`."""
        assert self._film_name is not None  # looked at above
        stem, suffix = Path(name).stem, Path(name).suffix.lower()
        words = stem.removeprefix(Path(self._film_name).stem)
        words = words if SUBTITLE_TAGS.fullmatch(words) else ""
        for ending in ("", *(f".{n}" for n in range(2, 100))):
            path = film.with_name(f"{film.stem}{words}{ending}{suffix}")
            try:
                with path.open("xb") as file:  # neither another film's subtitles nor what a link leads to are written over
                    os.fchmod(file.fileno(), file_mode(self._folder))
                    file.write(content)
            except FileExistsError:
                continue
            return path.resolve()
        raise NoRoom(f"{self._folder} holds a hundred subtitles called {film.stem}{words}; give the film another name")

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

    # -- what the parser tells

    def _begin_part(self) -> None:
        self._part, self._parts = _Part(), self._parts + 1
        if self._parts > MAX_PARTS:
            raise TooLarge(f"upload: more than {MAX_PARTS} parts; send the file and at most {', '.join(sorted(FIELDS))}")

    def _header_name(self, chunk: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._part.name += chunk[start:end]

    def _header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._part.value += chunk[start:end]

    def _count_header(self, size: int) -> None:
        self._part.header_bytes += size
        if self._part.header_bytes > MAX_HEADER_BYTES:
            raise TooLarge("upload: the headers of a part are too long; give the film a shorter name")

    def _end_header(self) -> None:
        self._part.headers[self._part.name.decode("latin-1").lower()] = _decode_text(bytes(self._part.value))
        self._part.name, self._part.value = bytearray(), bytearray()

    def _end_headers(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._part.headers.get("content-disposition", "").encode())
        self._part.field = _decode_text(options.get(b"name", b""))
        filename = _parse_file_name(options, self._part.headers)
        if filename is None:
            return
        if self._part.field == SUBTITLES:
            self._begin_subtitles(filename)
            return
        if self._part.field != "file" or self._film_name is not None:
            raise BadRequest("upload: send one film at a time, in a part named file")
        self._part.is_film, self._film_name = True, filename
        if self._film_name.strip():  # a form sent without a choice has an empty name
            require_film_name(self._film_name)

    def _begin_subtitles(self, filename: str) -> None:
        if Path(filename).suffix.lower() not in subtitles.SUFFIXES:
            known = ", ".join(sorted(subtitles.SUFFIXES))
            raise BadRequest(f"upload: {filename[:120]} is not named like a subtitle file; give one of {known}")
        if len(self._subtitles) >= MAX_SUBTITLES:
            raise TooLarge(f"upload: more than {MAX_SUBTITLES} subtitle files; send those that are needed")
        self._part.subtitles = filename

    def _part_bytes(self, chunk: bytes, start: int, end: int) -> None:
        if self._part.is_film:
            self._blocks.append(chunk[start:end])
            self.waiting += end - start
            return
        self._part.value += chunk[start:end]
        longest = subtitles.LARGEST if self._part.subtitles else MAX_FIELD_BYTES
        if len(self._part.value) > longest:
            raise TooLarge(f"upload: the part {self._part.field[:40]!r} is longer than {longest} bytes")

    def _end_part(self) -> None:
        name = self._part.field
        if self._part.subtitles:
            self._subtitles[self._part.subtitles] = bytes(self._part.value)
        elif not self._part.is_film and name in FIELDS:
            value = _decode_text(bytes(self._part.value)).strip()
            self._fields[name] = ",".join(filter(None, (self._fields.get(name), value)))  # a field sent twice is a list

    def _end(self) -> None:
        self._ended = True


def _parse_file_name(options: dict[bytes, bytes], headers: dict[str, str]) -> str | None:
    """Parse a part's file name; also RFC 5987's form, which multipart forbids and old clients send for non-ASCII names."""
    if b"filename" in options:
        return _decode_text(options[b"filename"])
    extended = EXTENDED_NAME.search(headers.get("content-disposition", ""))
    return unquote(extended[1]) if extended else None


def _decode_text(encoded: bytes) -> str:
    """Decode UTF-8, else Latin-1, as old clients send it."""
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        return encoded.decode("latin-1")
