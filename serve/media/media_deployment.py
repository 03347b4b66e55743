"""Deployment of the media encoder: ffmpeg for viewers runs in its replicas, so that no ingress shares a process with it.

A stream comes back over a UNIX socket that the ingress listens on: a viewer who reads slowly holds ffmpeg up through it, and one
who leaves, or an ingress that dies, closes it, which ends ffmpeg. A call lasts as long as its stream, so that Serve spreads streams
over the replicas and bounds them.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ray import serve

from pipeline import logs
from pipeline.exports.waveform_peaks import Peaks
from pipeline.settings import Settings
from pipeline.values.media import AudioFormat, Film
from pipeline.values.timeline import Span
from serve.media.local_encoder import LocalEncoder
from serve.replica_profiles import MediaProfile
from serve.runtime.ray_patches import adapt_replica
from serve.store.store_actor import HEAD_NODE

log = logging.getLogger(__name__)

DEPLOYMENT = "media"
CHUNK_BYTES = 1 << 16  # passed on at a time
CLIP_PLACES = 7  # calls beside the streams: as many as a web server makes at a time, for excerpts, conversions and waveforms
SHUTDOWN_TIMEOUT_S = 5.0  # players ask again from where they are


class MediaReplica:
    """Replica of the media encoder. `streams`: the number that it encodes at a time; another one waits."""

    def __init__(self, settings: Settings, streams: int) -> None:
        adapt_replica()
        logs.configure_logging(settings.processing_log)
        self._encoder, self._streams = LocalEncoder(), asyncio.Semaphore(streams)

    async def stream(self, command: Sequence[str], socket: str) -> None:
        """Run a command and send its stdout to a UNIX socket, until its end or until the socket is closed. ProgramError."""
        async with self._streams:
            await send_stdout(command, socket)

    async def encode_excerpt(self, path: Path, film: Film, sound: int, spans: Sequence[Span]) -> bytes:
        """Encode spans of a track as a FLAC. ProgramError."""
        return await self._encoder.encode_excerpt(path, film, sound, spans)

    async def convert_artifact(self, path: Path, destination: Path, form: AudioFormat, *, seconds: float) -> None:
        """Convert an artifact to a file. ProgramError, StageError."""
        await self._encoder.convert_artifact(path, destination, form, seconds=seconds)

    async def measure_peaks(self, path: Path, index: int, seconds: float) -> Peaks:
        """Measure the waveform peaks of a track. ProgramError."""
        return await self._encoder.measure_peaks(path, index, seconds)


async def send_stdout(command: Sequence[str], socket: str) -> None:
    """Send the stdout of a command to a UNIX socket, with back-pressure; a closed socket ends the command. ProgramError."""
    _, writer = await asyncio.open_unix_connection(socket)
    with closing(writer):
        try:
            async with LocalEncoder().stream(command) as stdout:
                while chunk := await stdout.read(CHUNK_BYTES):
                    writer.write(chunk)
                    await writer.drain()
        except ConnectionError:
            log.debug("a viewer left")


def bind_media(settings: Settings, profile: MediaProfile) -> serve.Application:
    """Bind the deployment. It runs on the head's machine, where films lie, and where the ingress holds them open."""
    deployment = serve.deployment(MediaReplica).options(
        name=DEPLOYMENT,
        num_replicas=profile.replicas,
        max_ongoing_requests=profile.streams + CLIP_PLACES,
        ray_actor_options={"num_cpus": profile.num_cpus, "resources": HEAD_NODE},
        graceful_shutdown_timeout_s=SHUTDOWN_TIMEOUT_S,
    )
    return deployment.bind(settings, profile.streams)
