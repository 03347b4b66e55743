"""The flag `track_enabled` of MP4 and QuickTime files (ISO/IEC 14496-12, 8.3.2 `tkhd`), which players and ffmpeg read as "default".

ffmpeg's muxer enables the first audio, video or subtitle track where no track of that kind is the default, so that a new
subtitle would be shown unasked. The flag is one bit of a box of fixed size: it is corrected in the finished file.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import StageError

TRACK_ENABLED = 1  # the lowest bit of the flags
BOX_HEADER_BYTES, LARGE_BOX_HEADER_BYTES = 8, 16
MAX_BOX_COUNT = 1_000_000  # in one box; a fragmented film has some ten thousand


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the file: its four-character type, and where its content begins and ends (bytes)."""

    kind: bytes
    start: int
    end: int


def set_enabled_flags(path: Path, enabled: Mapping[int, bool]) -> None:
    """Enable and disable tracks of a finished file, by track ID. StageError where a track is missing."""
    with path.open("r+b") as file:
        found = {}
        for moov in _list_boxes(file, b"moov", 0, os.fstat(file.fileno()).st_size):
            for trak in _list_boxes(file, b"trak", moov.start, moov.end):
                for tkhd in _list_boxes(file, b"tkhd", trak.start, trak.end):
                    found[_read_track_id(file, tkhd)] = tkhd
        for track_id, is_enabled in enabled.items():
            if track_id not in found:
                raise StageError("mux", f"the dub has no track {track_id} in its header; queue the film again")
            _write_enabled_flag(file, found[track_id], is_enabled)


def _list_boxes(file: BinaryIO, kind: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes of a type between two positions."""
    for _ in range(MAX_BOX_COUNT):
        if start + BOX_HEADER_BYTES > end:
            return
        file.seek(start)
        size, found = struct.unpack(">I4s", file.read(BOX_HEADER_BYTES))
        header = BOX_HEADER_BYTES
        if size == 1:  # the size follows as 64 bits
            (size,), header = struct.unpack(">Q", file.read(8)), LARGE_BOX_HEADER_BYTES
        until = end if size == 0 else start + size
        if until < start + header or until > end:
            return
        if found == kind:
            yield Box(found, start + header, until)
        start = until


def _read_track_id(file: BinaryIO, tkhd: Box) -> int:
    file.seek(tkhd.start)
    version = file.read(1)[0]
    file.seek(tkhd.start + (20 if version == 1 else 12))  # after version, flags and two times, of 64 or 32 bits
    (track_id,) = struct.unpack(">I", file.read(4))
    return int(track_id)


def _write_enabled_flag(file: BinaryIO, tkhd: Box, is_enabled: bool) -> None:
    file.seek(tkhd.start + 3)  # the last byte of version and flags
    flags = file.read(1)[0] & ~TRACK_ENABLED
    file.seek(tkhd.start + 3)
    file.write(bytes([flags | (TRACK_ENABLED if is_enabled else 0)]))
