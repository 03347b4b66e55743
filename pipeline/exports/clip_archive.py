"""Archive of clips: a ZIP file, stored without compression, made while it is sent."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.exports.write_buffer import WriteBuffer
from pipeline.values.script import DubScript
from pipeline.values.tasks import LineRow

CLIP_FOLDER = "clips"
CHUNK_BYTES = 1 << 18
UNSAFE_CHARACTERS = re.compile(r"[^A-Za-z0-9-]+")
ARCHIVE_DATE = (1980, 1, 1, 0, 0, 0)  # the oldest that the format knows: the same clips are the same file


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of an archive: its name there, and its content or the file that holds it."""

    name: str
    content: bytes | Path


def name_clip(row: LineRow) -> str:
    """File name of a line's clip, of safe characters: `0001_S1_es.wav`."""
    speaker = UNSAFE_CHARACTERS.sub("-", row.speaker or "").strip("-")[:40] or "unknown"
    suffix = Path(row.audio).suffix
    return f"{row.number:04}_{speaker}_{UNSAFE_CHARACTERS.sub('-', row.language)}{suffix if suffix in {'.wav', '.flac'} else ''}"


def list_dubbed_rows(script: DubScript) -> tuple[LineRow, ...]:
    """Rows of the lines that the last dub speaks."""
    return tuple(line.row for line in script.lines if line.row.audio)


def iterate_archive(files: Iterable[ArchiveFile]) -> Iterator[bytes]:
    """Bytes of the archive, piece by piece; `files` are read as they come."""
    buffer = WriteBuffer()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, ARCHIVE_DATE)
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as target:
                for chunk in _iterate_content(file.content):
                    target.write(chunk)
                    yield buffer.take()
            yield buffer.take()
    yield buffer.take()


def _iterate_content(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk
