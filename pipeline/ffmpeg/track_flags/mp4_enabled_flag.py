"""The flag `track_enabled` of MP4 and QuickTime files (ISO/IEC 14496-12, 8.3.2 `tkhd`), which players and ffmpeg read as "default".

ffmpeg's muxer enables the first audio, video or subtitle track where no track of that kind is the default, so that a new
subtitle would be shown unasked. The flag is one bit of a box of fixed size: it is corrected in the finished file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import StageError
from pipeline.ffmpeg.track_flags.mp4_boxes import Box, list_track_boxes

TRACK_ENABLED = 1  # the lowest bit of the flags


def set_enabled_flags(path: Path, enabled: Mapping[int, bool]) -> None:
    """Enable and disable tracks of a finished file, by track ID. StageError where a track is missing."""
    with path.open("r+b") as file:
        found = {track.track_id: track.header for track in list_track_boxes(file)}
        for track_id, is_enabled in enabled.items():
            if track_id not in found:
                raise StageError("mux", f"the dub has no track {track_id} in its header; queue the film again")
            _write_enabled_flag(file, found[track_id], is_enabled)


def _write_enabled_flag(file: BinaryIO, tkhd: Box, is_enabled: bool) -> None:
    file.seek(tkhd.start + 3)  # the last byte of version and flags
    flags = file.read(1)[0] & ~TRACK_ENABLED
    file.seek(tkhd.start + 3)
    file.write(bytes([flags | (TRACK_ENABLED if is_enabled else 0)]))
