"""Multipart parser of an upload (multipart/form-data): streams the film to its writer, gathers form fields and subtitle files.

In memory are only the block at hand, the form fields, and subtitle files, all of bounded size.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from pipeline.text.glossary import MAX_TASK_GLOSSARY_BYTES
from pipeline.text.naming.film_names import require_film_name
from pipeline.text.subtitles import subtitle_limits
from serve.http.openapi import UPLOAD_FIELDS
from serve.intake.upload_writer import MAX_SUBTITLES, Upload, UploadWriter, require_subtitle_name
from serve.request_errors import BadRequest, TooLarge

MAX_FIELD_BYTES = 8 << 10
MAX_PARTS = 32
MAX_HEADER_BYTES = 8 << 10  # of one part's headers
EXTENDED_NAME = re.compile(r"""filename\*=utf-8''([^;\s]+)""", re.IGNORECASE)  # RFC 5987
SUBTITLES_FIELD = "subtitles"  # the field of subtitle files that lay beside the film


def _find_max_bytes(field_name: str) -> int:
    return MAX_TASK_GLOSSARY_BYTES if field_name == "glossary" else MAX_FIELD_BYTES


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


class MultipartUploadParser:
    """Streaming multipart parser of one upload. Its callbacks buffer the film in `writer`, which is flushed by the caller."""

    def __init__(self, writer: UploadWriter, content_type: str) -> None:
        """Parse the boundary. BadRequest where the body is not multipart/form-data."""
        from python_multipart.multipart import MultipartParser

        self._writer = writer
        self._parser = MultipartParser(
            _parse_boundary(content_type),
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._add_header_name,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_part_data,
                "on_part_end": self._end_part,
                "on_end": self._end_body,
            },
        )
        self._part, self._parts = _Part(), 0
        self._fields: dict[str, str] = {}
        self._film_name: str | None = None
        self._subtitles: dict[str, bytes] = {}  # file name → content
        self._is_complete = False

    def parse(self, chunk: bytes) -> None:
        """Parse the next chunk of the body. BadRequest, FilmError, TooLarge."""
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadRequest(f"upload: the multipart body is broken ({error}); send it again") from error

    def finish(self) -> Upload:
        """Store the film and its subtitles. Blocks. BadRequest where the body is incomplete or has no film."""
        if self._film_name is None or not self._film_name.strip():
            raise BadRequest("upload: there is no film in it; choose a file for the part named file")
        if not self._is_complete:
            raise BadRequest("upload: it broke off before its end; send it again")
        return self._writer.store(self._film_name, self._subtitles, self._fields)

    def _begin_part(self) -> None:
        self._part, self._parts = _Part(), self._parts + 1
        if self._parts > MAX_PARTS:
            raise TooLarge(f"upload: more than {MAX_PARTS} parts; send the file and at most {', '.join(sorted(UPLOAD_FIELDS))}")

    def _add_header_name(self, chunk: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._part.name += chunk[start:end]

    def _add_header_value(self, chunk: bytes, start: int, end: int) -> None:
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
        if self._part.field == SUBTITLES_FIELD:
            self._begin_subtitles(filename)
            return
        if self._part.field != "file" or self._film_name is not None:
            raise BadRequest("upload: send one film at a time, in a part named file")
        self._part.is_film, self._film_name = True, filename
        if self._film_name.strip():  # a form sent without a choice has an empty name
            require_film_name(self._film_name)

    def _begin_subtitles(self, filename: str) -> None:
        require_subtitle_name(filename)
        if len(self._subtitles) >= MAX_SUBTITLES:
            raise TooLarge(f"upload: more than {MAX_SUBTITLES} subtitle files; send those that are needed")
        self._part.subtitles = filename

    def _add_part_data(self, chunk: bytes, start: int, end: int) -> None:
        if self._part.is_film:
            self._writer.append(chunk[start:end])
            return
        self._part.value += chunk[start:end]
        max_bytes = subtitle_limits.MAX_SUBTITLE_BYTES if self._part.subtitles else _find_max_bytes(self._part.field)
        if len(self._part.value) > max_bytes:
            raise TooLarge(f"upload: the part {self._part.field[:40]!r} is longer than {max_bytes} bytes")

    def _end_part(self) -> None:
        name = self._part.field
        if self._part.subtitles:
            self._subtitles[self._find_free_name(self._part.subtitles)] = bytes(self._part.value)
        elif not self._part.is_film and name != SUBTITLES_FIELD:
            if name not in UPLOAD_FIELDS:
                raise BadRequest(f"upload: there is no field {name[:40]!r}; the fields are {', '.join(sorted(UPLOAD_FIELDS))}")
            value = _decode_text(bytes(self._part.value)).strip()
            self._fields[name] = ",".join(filter(None, (self._fields.get(name), value)))  # a field sent twice is a list

    def _find_free_name(self, name: str) -> str:
        """The name of a subtitle file, with a number where another folder's has the same: both are kept."""
        path = Path(name)
        names = (name, *(f"{path.stem}.{number}{path.suffix}" for number in range(2, MAX_SUBTITLES + 2)))
        return next(free for free in names if free not in self._subtitles)

    def _end_body(self) -> None:
        self._is_complete = True


def _parse_file_name(options: dict[bytes, bytes], headers: dict[str, str]) -> str | None:
    """Parse a part's file name; also RFC 5987's form, which multipart forbids and old clients send for non-ASCII names.

    Browsers escape quotation marks and line breaks as %22, %0D and %0A, and nothing else (WHATWG HTML, multipart/form-data).
    """
    if b"filename" in options:
        return _decode_text(options[b"filename"]).replace("%22", '"').replace("%0D", "").replace("%0A", "")
    extended = EXTENDED_NAME.search(headers.get("content-disposition", ""))
    return unquote(extended[1]) if extended else None


def _decode_text(encoded: bytes) -> str:
    """Decode UTF-8, else Latin-1, as old clients send it."""
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        return encoded.decode("latin-1")
