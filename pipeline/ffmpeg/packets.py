"""Packets of a film as ffprobe lists them: stream, start and duration, without decoding."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.ffmpeg.command_line import (
    FFMPEG_MEMORY_LIMIT_BYTES,
    FILM_FORMATS,
    build_film_input,
    compile_command,
    format_file_url,
)
from pipeline.ffmpeg.ffprobe_command import parse_number
from pipeline.processes import subprocesses


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it is stored. `start`, `duration`: seconds on the container's own clock; 0.0 where it states no duration."""

    stream: int
    start: float
    duration: float


def build_packets_command(path: Path, since: float | None) -> list[str]:
    """Command line that lists the packets of all streams, from the key frame before `since` on."""
    shown = ("-show_entries", "packet=stream_index,pts_time,dts_time,duration_time", "-of", "compact=p=0")
    limits = ("-protocol_whitelist", "file", "-format_whitelist", FILM_FORMATS)
    interval = () if since is None else ("-read_intervals", f"{since:.3f}%")
    return ["ffprobe", "-hide_banner", "-v", "error", *limits, *shown, *interval, "-i", format_file_url(path)]


def build_key_frame_command(path: Path, index: int, at: float) -> list[str]:
    """Command line that writes the time of the key frame of a stream at or before `at`, seconds from the film's start."""
    film = build_film_input(path, ss=f"{at:.6f}")[str(index)]
    options: dict[str, object] = {
        "c": "copy",
        "frames": 1,
        "copyts": None,
        "start_at_zero": None,
        "avoid_negative_ts": "disabled",
    }
    return compile_command(film.output("pipe:1", f="framecrc", **options))


def find_key_frame(path: Path, index: int, at: float) -> float | None:
    """Time of the key frame at or before `at`, from which the stream can be copied; None where the film has none there."""
    text = subprocesses.run(build_key_frame_command(path, index, at), timeout=300.0, memory=FFMPEG_MEMORY_LIMIT_BYTES)
    unit, start = 0.0, None
    for line in text.decode("ascii", "replace").splitlines():
        if match := re.match(r"#tb 0: (\d+)/(\d+)", line):
            unit = int(match[1]) / max(1, int(match[2]))
        elif not line.startswith("#") and (pts := parse_number(line.split(",")[2])) is not None:
            start = pts * unit
            break
    return start


class _ReadingStopped(Exception):
    """Raised inside `read_packets` where its block is left before the last packet."""


@contextmanager
def read_packets(path: Path, *, since: float | None, timeout: float) -> Iterator[Iterator[Packet]]:
    """A film's packets as they come; leaving the block ends the reading. ProgramError where the film breaks off."""
    with (
        suppress(_ReadingStopped),
        subprocesses.start_process(
            build_packets_command(path, since), timeout=timeout, memory=FFMPEG_MEMORY_LIMIT_BYTES
        ) as process,
    ):
        assert process.stdout
        found = map(parse_packet, process.stdout)
        ended = False

        def iter_all() -> Iterator[Packet]:
            nonlocal ended
            yield from (packet for packet in found if packet)
            ended = True

        yield iter_all()
        if not ended:
            raise _ReadingStopped  # leaving `start_process` by an exception kills the program


def parse_packet(line: bytes) -> Packet | None:
    """Packet of a line `stream_index=1|pts_time=21.994000|dts_time=21.994000|duration_time=0.021000`; None where it states no time."""
    fields = dict(part.partition("=")[::2] for part in line.decode("ascii", "replace").strip().split("|"))
    times = [parse_number(fields.get(name)) for name in ("pts_time", "dts_time", "duration_time")]
    start = times[0] if times[0] is not None else times[1]
    stream = fields.get("stream_index", "")
    return Packet(int(stream), start, times[2] or 0.0) if stream.isdecimal() and start is not None else None
