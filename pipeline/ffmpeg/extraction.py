"""Extraction of embedded subtitles and cover pictures."""

from pathlib import Path

from pipeline.ffmpeg.command_line import FFMPEG_MEMORY_LIMIT_BYTES, build_film_input, compile_command
from pipeline.processes import subprocesses

MAX_SUBTITLE_BYTES = 32 << 20  # bytes of text: a season of talk is 2 MB
ASS_CODECS = frozenset({"ass", "ssa"})
MAX_COVER_BYTES = 64 << 20  # bytes


def build_subtitle_command(path: Path, index: int, *, codec: str = "subrip") -> list[str]:
    """Command line that writes an embedded text subtitle to stdout: ASS with its styles and layers, others as SRT."""
    form = "ass" if codec in ASS_CODECS else "srt"
    return compile_command(build_film_input(path, vn=None, an=None)[str(index)].output("pipe:1", f=form, fs=MAX_SUBTITLE_BYTES))


def extract_subtitle(path: Path, index: int, *, codec: str = "subrip") -> str:
    """The text of an embedded text subtitle, times on the film's axis. `codec`: ffmpeg's name of the track's."""
    command = build_subtitle_command(path, index, codec=codec)
    return subprocesses.run(command, timeout=900.0, most=2 * MAX_SUBTITLE_BYTES, memory=FFMPEG_MEMORY_LIMIT_BYTES).decode(
        "utf-8", "replace"
    )


def build_cover_command(path: Path, index: int) -> list[str]:
    """Command line that writes the bytes of an attached picture to stdout."""
    return compile_command(build_film_input(path, an=None, sn=None)[str(index)].output("pipe:1", c="copy", f="rawvideo"))


def extract_cover(path: Path, index: int) -> bytes:
    """An attached picture, as the file it was."""
    return subprocesses.run(
        build_cover_command(path, index), timeout=120.0, most=MAX_COVER_BYTES, memory=FFMPEG_MEMORY_LIMIT_BYTES
    )
