"""Boxes of MP4 and QuickTime files (ISO/IEC 14496-12, 4.2), and the tracks that they describe."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BOX_HEADER_BYTES, LARGE_BOX_HEADER_BYTES = 8, 16
MAX_BOX_COUNT = 1_000_000  # in one box; a fragmented film has some ten thousand


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the file: its four-character type, and where its content begins and ends (bytes)."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TrackBox:
    """A track's box `trak`, with its header `tkhd` and its ID."""

    track_id: int
    box: Box
    header: Box


def list_track_boxes(file: BinaryIO) -> Iterator[TrackBox]:
    """The tracks of a file, in order."""
    for moov in list_boxes(file, b"moov", 0, os.fstat(file.fileno()).st_size):
        for trak in list_boxes(file, b"trak", moov.start, moov.end):
            for tkhd in list_boxes(file, b"tkhd", trak.start, trak.end):
                if (track_id := _read_track_id(file, tkhd)) is not None:
                    yield TrackBox(track_id, trak, tkhd)


def list_boxes(file: BinaryIO, kind: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes of a type between two positions."""
    for _ in range(MAX_BOX_COUNT):
        if start + BOX_HEADER_BYTES > end:
            return
        file.seek(start)
        size, found = struct.unpack(">I4s", file.read(BOX_HEADER_BYTES))
        header = BOX_HEADER_BYTES
        if size == 1:  # the size follows as 64 bits
            size, header = int.from_bytes(file.read(8)), LARGE_BOX_HEADER_BYTES
        until = end if size == 0 else start + size
        if until < start + header or until > end:
            return
        if found == kind:
            yield Box(found, start + header, until)
        start = until


def _read_track_id(file: BinaryIO, tkhd: Box) -> int | None:
    """The ID in a track's header; None where the header is cut off."""
    file.seek(tkhd.start)
    version = file.read(1)
    file.seek(tkhd.start + (20 if version == b"\1" else 12))  # after version, flags and two times, of 64 or 32 bits
    content = file.read(4)
    return int.from_bytes(content) if len(content) == 4 else None
