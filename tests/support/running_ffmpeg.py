"""The ffmpegs that run on this machine, by the files that they hold open: their command lines name handles, not films."""

from collections.abc import Iterator
from pathlib import Path


def readers_of(folder: Path) -> Iterator[int]:
    """Process ids of the ffmpegs that read a file below a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ffmpeg = (process / "cmdline").read_bytes().startswith(b"ffmpeg")
            opened = [file.readlink() for file in (process / "fd").iterdir()] if is_ffmpeg else []
        except OSError:
            continue  # it ended
        if any(path.is_relative_to(folder) for path in opened):
            yield int(process.name)
