"""ffprobe: its command line, its JSON answer and the numbers in it."""

import json
import math
from pathlib import Path
from typing import Any

from pipeline.ffmpeg.command_line import FFMPEG_MEMORY_LIMIT_BYTES, FILM_FORMATS, format_file_url
from pipeline.processes import subprocesses

MAX_HEADER_BYTES = 32 << 20  # bytes of ffprobe's JSON: tags and chapters; the richest films have some hundred kB


def build_probe_command(path: Path) -> list[str]:
    """The command line of ffprobe, no graph: it has one input and no output."""
    shown = ("-show_format", "-show_streams", "-show_chapters", "-of", "json")
    limits = ("-protocol_whitelist", "file", "-format_whitelist", FILM_FORMATS)
    return ["ffprobe", "-hide_banner", "-v", "error", *limits, *shown, "-i", format_file_url(path)]


def run_ffprobe(path: Path) -> dict[str, Any]:
    """The JSON answer of ffprobe: `format`, `streams`, `chapters`. ProgramError where the file is no film."""
    answer: dict[str, Any] = json.loads(
        subprocesses.run(build_probe_command(path), timeout=120.0, most=MAX_HEADER_BYTES, memory=FFMPEG_MEMORY_LIMIT_BYTES)
    )
    return answer


def parse_number(text: object) -> float | None:
    """A number as ffprobe prints it, mostly seconds; None for "N/A", no value, and what is not finite."""
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
