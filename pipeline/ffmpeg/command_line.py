"""ffmpeg command lines: inputs behind whitelists, argument lists of graphs, limits of time and memory.

Media is hostile. A playlist or concat script under a film's name makes ffmpeg open other files, so every input of others'
making has a protocol and a format whitelist and is named by a `file:` URL; every run has limits of time and memory.
`path_guard` decides which paths may be read: a film that it holds open is read by the name that it gives.
Times count from the container's start time, as ffmpeg and players count.

Beside each function that runs a command stands a pure `build_…_command`, for tests to read.
"""

import fcntl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]  # (samples, channels), -1..1
FILM_SAMPLE_RATE_HZ = 48_000  # Hz, what films are mixed at
FILM_FORMATS = "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts"  # what others' files may be
ARTIFACT_FORMATS = "matroska,wav,flac,srt"  # what our own may be
FFMPEG_QUIET = ("ffmpeg", "-hide_banner", "-nostdin", "-v", "error")
FFMPEG_MEMORY_LIMIT_BYTES = (
    2 << 30
)  # bytes of data; decoding sound takes 50 MB, and up to 1 GB where the sound has a gap of 20 minutes
ALIGNED_RESAMPLING = {"async": 1, "first_pts": 0}  # aresample honours a late start and fills gaps with silence


def compute_time_limit(seconds: float) -> float:
    """Time limit in seconds of a run over `seconds` of film: many times what the slowest machine needs."""
    return 300.0 + 4.0 * seconds


def build_film_input(path: Path, **options: object) -> Any:
    """A file of others' making as the input of a graph, behind the whitelists."""
    return ffmpeg.input(format_file_url(path), protocol_whitelist="file", format_whitelist=FILM_FORMATS, **options)


def build_artifact_input(path: Path, **options: object) -> Any:
    """A file of our own making as the input of a graph, behind the whitelists."""
    return ffmpeg.input(format_file_url(path), protocol_whitelist="file", format_whitelist=ARTIFACT_FORMATS, **options)


def compile_command(output: Any, *, start: Sequence[str] = FFMPEG_QUIET) -> list[str]:
    """The argument list of a graph. ffmpeg-python takes an option once; `name#2` is the option `name` once more."""
    args: list[str] = ffmpeg.compile(output, cmd=list(start), overwrite_output=True)
    return [arg.partition("#")[0] if arg.startswith("-") else arg for arg in args]


def format_file_url(path: Path) -> str:
    """The `file:` URL of a path: ffmpeg takes it neither for an option nor for another protocol."""
    return f"file:{path.absolute()}"


def widen_pipe(pipe: IO[bytes]) -> None:
    """Set the buffer of a pipe to 1 MiB instead of 64 KiB, so that ffmpeg and this process work at the same time."""
    with suppress(PermissionError):  # the user has too many wide pipes open: slower, nothing else
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
