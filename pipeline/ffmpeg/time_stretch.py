"""Time stretching of a take at the same pitch (ffmpeg's atempo)."""

from pathlib import Path

from pipeline.ffmpeg.command_line import build_artifact_input, compile_command, format_file_url
from pipeline.processes import subprocesses
from pipeline.values.media import Artifact


def build_stretch_command(audio: Path, tempo: float, destination: Path) -> list[str]:
    """Command line that plays a mono take `tempo` times faster at the same pitch, into a WAV."""
    faster = build_artifact_input(audio, threads=1).audio.filter("atempo", f"{tempo:.6f}")
    return compile_command(faster.output(format_file_url(destination), f="wav", acodec="pcm_s16le", bitexact=None))


def stretch_audio(audio: Artifact, tempo: float, destination: Path) -> Artifact:
    """A take, `tempo` times faster at the same pitch."""
    subprocesses.run(build_stretch_command(audio.path, tempo, destination), timeout=60.0)
    return Artifact.of(destination)
