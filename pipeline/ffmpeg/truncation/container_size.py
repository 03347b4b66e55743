"""Bytes that a container claims beyond the end of its file: proof of a truncated copy.

Matroska states the size of its Segment (RFC 9559, 5.1), MP4 and QuickTime that of each box (ISO/IEC 14496-12, 4.2), AVI that of
each RIFF chunk. MPEG-TS states none, nor does a live recording.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

EBML_MAGIC, RIFF_MAGIC = b"\x1a\x45\xdf\xa3", b"RIFF"
SEGMENT_ID = b"\x18\x53\x80\x67"
MP4_BOX_KINDS = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"pnot", b"styp", b"sidx", b"uuid"})
UNKNOWN_RIFF_SIZES = frozenset({0, 0xFFFF_FFFF})  # of a recording that was never finished
MAX_PART_COUNT = 1_000_000  # top-level boxes or chunks; a fragmented film has some ten thousand


def count_missing_bytes(path: Path) -> int:
    """Bytes between the end of the file and the end that its container states; 0 where it states none, or is whole."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(12)
        if start.startswith(EBML_MAGIC):
            end = _find_segment_end(file)
        elif start.startswith(RIFF_MAGIC):
            end = _find_riff_end(file, size)
        elif start[4:8] in MP4_BOX_KINDS:
            end = _find_box_end(file, size)
        else:
            return 0
    return max(0, (end or 0) - size)


def _find_segment_end(file: BinaryIO) -> int | None:
    """The end of Matroska's Segment, the second element of the file; None where it states no size."""
    file.seek(len(EBML_MAGIC))
    header = _read_ebml_size(file)
    if header is None:
        return None
    file.seek(header, os.SEEK_CUR)
    if file.read(len(SEGMENT_ID)) != SEGMENT_ID:
        return None
    size = _read_ebml_size(file)
    return None if size is None else file.tell() + size


def _read_ebml_size(file: BinaryIO) -> int | None:
    """A size of 1 to 8 bytes, the leading zeros of the first telling how many; None for the reserved "unknown", all ones."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        return None
    value = int.from_bytes(first + rest) - (1 << 7 * length)
    return None if value == (1 << 7 * length) - 1 else value


def _find_box_end(file: BinaryIO, size: int) -> int | None:
    """The end of the last top-level box of MP4; None where that lasts to the end of the file, or is no box."""
    start = 0
    for _ in range(MAX_PART_COUNT):
        if start >= size:
            return start
        file.seek(start)
        header = file.read(16)
        if len(header) < 8 or not _is_box_kind(header[4:8]):
            return None
        (length,) = struct.unpack_from(">I", header)
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack_from(">Q", header, 8)
        if length < 8:
            return None
        start += length
    return None


def _is_box_kind(kind: bytes) -> bool:
    """True for four printable characters; behind a film there may be bytes that are no box."""
    return all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in kind)


def _find_riff_end(file: BinaryIO, size: int) -> int | None:
    """The end of the last RIFF chunk of AVI: more than one in films beyond 1 GB (OpenDML)."""
    start, end = 0, None
    for _ in range(MAX_PART_COUNT):
        file.seek(start)
        header = file.read(8)
        if len(header) < 8 or not header.startswith(RIFF_MAGIC):
            return end
        (length,) = struct.unpack_from("<I", header, 4)
        if length in UNKNOWN_RIFF_SIZES:
            return None
        start = end = start + 8 + length + length % 2
        if start >= size:
            return end
    return end
