"""Local encoder: ffmpeg for viewers in this process, that of a media replica, or of a service without replicas."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from pipeline.exports import encoded_audio
from pipeline.exports.waveform_peaks import Peaks
from pipeline.processes import subprocesses
from pipeline.values.media import AudioFormat, Film
from pipeline.values.timeline import Span

MAX_STREAM_S = 6 * 3600.0  # of one ffmpeg


class LocalEncoder:
    """Encoder in this process."""

    def stream(self, command: Sequence[str]) -> AbstractAsyncContextManager[asyncio.StreamReader]:
        """Stream the stdout of a command, with back-pressure."""
        return subprocesses.stream_stdout(command, longest=MAX_STREAM_S)

    async def encode_excerpt(self, path: Path, film: Film, sound: int, spans: Sequence[Span]) -> bytes:
        """Encode spans of a track as a FLAC."""
        return await encoded_audio.encode_excerpt(path, film, sound, spans)

    async def convert_artifact(self, path: Path, destination: Path, form: AudioFormat, *, seconds: float) -> None:
        """Convert an artifact to a file."""
        await encoded_audio.convert_artifact(path, destination, form, seconds=seconds)

    async def measure_peaks(self, path: Path, index: int, seconds: float) -> Peaks:
        """Measure the waveform peaks of a track."""
        return await encoded_audio.measure_peaks(path, index, seconds)
