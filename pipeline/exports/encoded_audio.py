"""Audio of films and dubs encoded for viewers and editing programs: excerpts, conversions and waveform peaks, each a run of ffmpeg.

Cancelling an excerpt or a conversion kills its ffmpeg.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.exports.waveform_peaks import PAIR_SAMPLES, Peaks, compute_peaks
from pipeline.ffmpeg.codecs import Layout
from pipeline.ffmpeg.command_line import FFMPEG_MEMORY_LIMIT_BYTES, FILM_SAMPLE_RATE_HZ, compute_time_limit
from pipeline.ffmpeg.decoder import build_convert_command, decode_blocks
from pipeline.ffmpeg.playback import build_excerpt_command
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.processes import subprocesses
from pipeline.values.media import AudioFormat, Film
from pipeline.values.timeline import Span

EXCERPT_TIMEOUT_S = 120.0
PCM_16_BYTES, USUAL_CHANNELS = 2, 6  # of a converted file, whose disk space is reserved
BLOCK_PAIRS = 1_000  # of peaks, decoded at a time
MONO = Layout("mono")


async def encode_excerpt(path: Path, film: Film, sound: int, spans: Sequence[Span]) -> bytes:
    """Spans of the track `sound`, one after the other, as a FLAC. ProgramError where the film breaks off."""
    with tempfile.TemporaryDirectory(prefix="dubarr-") as folder:
        excerpt = Path(folder) / "excerpt.flac"
        command = build_excerpt_command(path, film, sound, spans, excerpt)
        await subprocesses.run_cancellable(command, longest=EXCERPT_TIMEOUT_S, memory=FFMPEG_MEMORY_LIMIT_BYTES)
        return excerpt.read_bytes()


async def convert_artifact(path: Path, destination: Path, form: AudioFormat, *, seconds: float) -> None:
    """Write the file of `build_convert_command`. ProgramError; StageError where the disk has no room for it."""
    with reserve_disk_space(destination.parent, round(seconds * FILM_SAMPLE_RATE_HZ) * PCM_16_BYTES * USUAL_CHANNELS, "export"):
        command = build_convert_command(path, destination, form, seconds=seconds)
        await subprocesses.run_cancellable(command, longest=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES)


async def measure_peaks(path: Path, index: int, seconds: float) -> Peaks:
    """Peaks of a film's track over `seconds`, decoded block by block. ProgramError where it cannot be decoded."""
    return await asyncio.to_thread(_measure_peaks, path, index, round(seconds * FILM_SAMPLE_RATE_HZ))


def _measure_peaks(path: Path, index: int, samples: int) -> Peaks:
    with decode_blocks(path, index, MONO, samples, block=BLOCK_PAIRS * PAIR_SAMPLES) as blocks:
        return compute_peaks(blocks)
