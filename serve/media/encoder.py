"""Protocol of the media encoder: all ffmpeg that runs for viewers. Media replicas implement it, and this process where there are none."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from pipeline.exports.waveform_peaks import Peaks
from pipeline.values.media import AudioFormat, Film
from pipeline.values.timeline import Span


class Encoder(Protocol):
    """Media encoder. Cancelling a call, or leaving a stream's block, ends its ffmpeg. ProgramError where ffmpeg fails."""

    def stream(self, command: Sequence[str]) -> AbstractAsyncContextManager[asyncio.StreamReader]:
        """Run a command and stream its stdout; at the end of the stream its exit code is checked."""

    async def encode_excerpt(self, path: Path, film: Film, sound: int, spans: Sequence[Span]) -> bytes:
        """Encode spans of the track `sound`, one after the other, as a FLAC."""

    async def convert_artifact(self, path: Path, destination: Path, form: AudioFormat, *, seconds: float) -> None:
        """Convert an artifact to a file at 48 kHz, `seconds` long. StageError where the disk has no room for it."""

    async def measure_peaks(self, path: Path, index: int, seconds: float) -> Peaks:
        """Measure the waveform peaks of a film's track over `seconds`."""
