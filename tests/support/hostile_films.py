"""Films whose headers claim what their bytes do not hold: made whole by ffmpeg, then patched."""

import struct
from pathlib import Path

DAY_H = 20.0


def with_duration(film: Path, target: Path, seconds: float) -> Path:
    """A copy of a film whose header claims to last so long: Matroska's Duration, MP4's mvhd, AVI's count of frames (25/s)."""
    content = bytearray(film.read_bytes())
    match film.suffix:
        case ".mkv" | ".webm":  # Info\Duration, a float of 8 bytes, in milliseconds
            at = content.index(b"\x44\x89\x88") + 3
            content[at : at + 8] = struct.pack(">d", seconds * 1000)
        case ".mp4" | ".mov":  # version 0: flags, two dates, time scale, duration
            at = content.index(b"mvhd") + 4
            scale = struct.unpack_from(">I", content, at + 12)[0]
            struct.pack_into(">I", content, at + 16, round(seconds * scale))
        case ".avi":  # avih.dwTotalFrames, and dwLength of the picture's strh
            struct.pack_into("<I", content, content.index(b"avih") + 8 + 16, round(seconds * 25))
            struct.pack_into("<I", content, content.index(b"strh") + 8 + 32, round(seconds * 25))
    target.write_bytes(content)
    return target


def with_sample_durations(film: Path, target: Path, factor: int) -> Path:
    """An MP4 whose samples claim to last `factor` times as long: their timestamps really lie that far apart."""
    content = bytearray(film.read_bytes())
    at = content.find(b"stts")
    while at >= 0:
        count = struct.unpack_from(">I", content, at + 8)[0]
        for entry in range(count):
            place = at + 12 + 8 * entry + 4
            struct.pack_into(">I", content, place, min(2**31 - 1, struct.unpack_from(">I", content, place)[0] * factor))
        at = content.find(b"stts", at + 4)
    target.write_bytes(content)
    return target


def with_sound_of(film: Path, target: Path, *, channels: int, rate: float) -> Path:
    """A Matroska film of PCM whose sound claims these channels and this rate."""
    content = bytearray(film.read_bytes())
    at = content.index(b"\xb5\x88") + 2  # Audio\SamplingFrequency, a float of 8 bytes
    content[at : at + 8] = struct.pack(">d", rate)
    at = content.index(b"\x9f\x81", at - 40) + 2  # Audio\Channels, one byte
    content[at] = channels
    target.write_bytes(content)
    return target


def cut(film: Path, target: Path, part: float) -> Path:
    """The beginning of a film, as a copy that broke off leaves it."""
    content = film.read_bytes()
    target.write_bytes(content[: round(len(content) * part)])
    return target
