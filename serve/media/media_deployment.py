"""Deployment of the media encoder: ffmpeg for viewers runs in its replicas, so that no ingress shares a process with it.

A stream comes back over a UNIX socket that the ingress listens on: a viewer who reads slowly holds ffmpeg up through it, and one
who leaves, or an ingress that dies, closes it, which ends ffmpeg. A call lasts as long as its stream, so that Serve spreads streams
over the replicas and bounds them.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import closing

from ray import serve

from pipeline import logs
from pipeline.processes import subprocesses
from pipeline.settings import Settings
from serve.replica_profiles import MediaProfile
from serve.runtime.ray_patches import adapt_replica
from serve.store.store_actor import HEAD_NODE

log = logging.getLogger(__name__)

DEPLOYMENT = "media"
MAX_STREAM_S = 6 * 3600.0  # of one ffmpeg
CHUNK_BYTES = 1 << 16  # passed on at a time
SHUTDOWN_TIMEOUT_S = 5.0  # players ask again from where they are


class MediaReplica:
    """Replica of the media encoder."""

    def __init__(self, settings: Settings) -> None:
        adapt_replica()
        logs.configure_logging(settings.processing_log)

    async def encode(self, command: Sequence[str], socket: str) -> None:
        """Run a command and send its stdout to a UNIX socket, until its end or until the socket is closed. ProgramError."""
        await send_stdout(command, socket)


async def send_stdout(command: Sequence[str], socket: str) -> None:
    """Send the stdout of a command to a UNIX socket, with back-pressure; a closed socket ends the command. ProgramError."""
    _, writer = await asyncio.open_unix_connection(socket)
    with closing(writer):
        try:
            async with subprocesses.stream_stdout(command, longest=MAX_STREAM_S) as stdout:
                while chunk := await stdout.read(CHUNK_BYTES):
                    writer.write(chunk)
                    await writer.drain()
        except ConnectionError:
            log.debug("a viewer left")


def bind_media(settings: Settings, profile: MediaProfile) -> serve.Application:
    """Bind the deployment. It runs on the head's machine, where the ingress holds the film open."""
    deployment = serve.deployment(MediaReplica).options(
        name=DEPLOYMENT,
        num_replicas=profile.replicas,
        max_ongoing_requests=profile.streams,
        ray_actor_options={"num_cpus": profile.num_cpus, "resources": HEAD_NODE},
        graceful_shutdown_timeout_s=SHUTDOWN_TIMEOUT_S,
    )
    return deployment.bind(settings)
