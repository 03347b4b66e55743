"""Encoding of PCM blocks into one audio track."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ffmpeg
import numpy as np

from pipeline.errors import ProgramError
from pipeline.ffmpeg.codecs import Codec, Layout
from pipeline.ffmpeg.command_line import (
    FILM_SAMPLE_RATE_HZ,
    Block,
    compile_command,
    compute_time_limit,
    format_file_url,
    widen_pipe,
)
from pipeline.processes import subprocesses


def build_encode_command(codec: Codec, layout: Layout, destination: Path) -> list[str]:
    """Command line that encodes float32 PCM at 48 kHz from stdin into a Matroska file of one track."""
    audio = ffmpeg.input("pipe:0", f="f32le", ar=FILM_SAMPLE_RATE_HZ, ac=layout.channels, protocol_whitelist="pipe")
    if layout.channels > 2:  # raw PCM says how many channels there are, not which
        order = "|".join(str(n) for n in range(layout.channels))
        audio = audio.filter("channelmap", map=order, channel_layout=layout.name)
    bitrate = codec.get_bit_rate(layout)
    options = codec.options | ({"b:a": str(bitrate)} if bitrate else {})
    return compile_command(
        audio.output(format_file_url(destination), f="matroska", acodec=codec.encoder, bitexact=None, **options)
    )


@contextmanager
def open_encoder(codec: Codec, layout: Layout, destination: Path, *, seconds: float) -> Iterator[Callable[[Block], None]]:
    """A function that takes blocks (samples, channels) in order; the file is finished when the block is left."""
    command = build_encode_command(codec, layout, destination)
    with subprocesses.start_process(
        command, timeout=compute_time_limit(seconds), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        pipe = process.stdin
        widen_pipe(pipe)

        def write(block: Block) -> None:
            pipe.write(np.ascontiguousarray(block, np.float32).data)
            pipe.flush()

        try:
            yield write
        except BrokenPipeError as error:  # the encoder is gone: its exit code says why
            if process.wait() == 0:
                raise ProgramError(command[0], 0, "it stopped reading before the end") from error
