"""Hashes of streams as they are stored: equal hashes, equal packets."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.ffmpeg.command_line import FFMPEG_MEMORY_LIMIT_BYTES, build_film_input, compile_command, compute_time_limit
from pipeline.processes import subprocesses


def build_hash_command(path: Path, streams: Sequence[str]) -> list[str]:
    """Command line that hashes the packets of streams (`v:0`, `a:1`, …) as they are stored."""
    film = build_film_input(path)
    mapped = {"map" if n == 0 else f"map#{n}": f"0:{stream}" for n, stream in enumerate(streams)}
    return compile_command(film.output("pipe:1", c="copy", f="streamhash", hash="murmur3", **mapped))


def hash_streams(path: Path, streams: Sequence[str], *, seconds: float) -> tuple[str, ...]:
    """One hash per stream, in order: equal hashes, equal packets. Not against malice: the hash is a fast one."""
    answer = subprocesses.run(
        build_hash_command(path, streams), timeout=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES
    )
    return tuple(line.partition("=")[2] for line in answer.decode().splitlines())
