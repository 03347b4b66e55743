"""Loudness of an audio track by EBU R128 (ffmpeg's ebur128)."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ProgramError
from pipeline.ffmpeg.command_line import (
    FFMPEG_MEMORY_LIMIT_BYTES,
    build_artifact_input,
    build_film_input,
    compile_command,
    compute_time_limit,
)
from pipeline.processes import subprocesses


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128: `integrated` in LUFS (-70 where there is silence), `true_peak` in dBTP (-inf where there is silence)."""

    integrated: float
    true_peak: float


def build_loudness_command(path: Path, index: int, *, ours: bool = False) -> list[str]:
    """Command line that measures a track by EBU R128; the summary comes on stderr, at level info, without the log of each frame."""
    audio = (build_artifact_input if ours else build_film_input)(path, threads=1, vn=None, sn=None)[str(index)]
    measured = audio.filter("ebur128", peak="true", framelog="verbose")
    return compile_command(measured.output("-", f="null"), start=("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-v", "info"))


def measure_loudness(path: Path, index: int, *, seconds: float, ours: bool = False) -> Loudness:
    """The loudness of a track, to 0.1."""
    return parse_loudness(
        subprocesses.run_for_stderr(
            build_loudness_command(path, index, ours=ours), timeout=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES
        )
    )


def parse_loudness(text: str) -> Loudness:
    """Read ebur128's summary: `I: -23.0 LUFS` and `Peak: -1.5 dBFS` at the end of ffmpeg's log."""
    found: dict[str, float] = {}
    for line in text.rpartition("Summary:")[2].splitlines():
        name, colon, figure = line.strip().partition(":")
        if colon and name in {"I", "Peak"} and figure.strip():
            found[name] = float(figure.split()[0])
    if found.keys() != {"I", "Peak"}:
        raise ProgramError("ffmpeg", 0, "ebur128 gave no summary; the track holds no audio")
    return Loudness(found["I"], found["Peak"])
