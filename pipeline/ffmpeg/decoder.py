"""Decoding of audio tracks to PCM: speech for the recognisers, blocks for the mix, files for editing programs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.ffmpeg.codecs import Layout
from pipeline.ffmpeg.command_line import (
    ALIGNED_RESAMPLING,
    FFMPEG_MEMORY_LIMIT_BYTES,
    FILM_SAMPLE_RATE_HZ,
    Block,
    build_artifact_input,
    build_film_input,
    compile_command,
    compute_time_limit,
    format_file_url,
    widen_pipe,
)
from pipeline.processes import subprocesses
from pipeline.values.media import SPEECH_RATE_HZ, Artifact, AudioFormat

CENTRE_WEIGHT, FRONT_WEIGHT = 0.6, 0.2  # together 1: cannot clip; a voice in the centre alone comes out at 0.6


def build_speech_command(path: Path, index: int, *, centre: bool, seconds: float, destination: Path) -> list[str]:
    """Decode a track to 16 kHz mono WAV on the film's axis, `seconds` long. `centre`: its dialogue is in the centre channel."""
    audio = build_film_input(path, threads=1, vn=None, sn=None)[str(index)]
    if centre:
        weighted = f"{CENTRE_WEIGHT}*FC+{FRONT_WEIGHT}*FL+{FRONT_WEIGHT}*FR"
        audio = audio.filter("pan", **{"mono|c0": weighted})  # pan=mono|c0=…, whose `=` must not be escaped
    audio = audio.filter("aresample", SPEECH_RATE_HZ, **ALIGNED_RESAMPLING).filter("aformat", channel_layouts="mono")
    audio = _cut_to_length(audio, round(seconds * SPEECH_RATE_HZ))
    return compile_command(audio.output(format_file_url(destination), f="wav", acodec="pcm_s16le", rf64="auto", bitexact=None))


def extract_speech(path: Path, index: int, *, centre: bool, seconds: float, destination: Path) -> Artifact:
    """The dialogue as 16 kHz mono WAV: see `build_speech_command`."""
    command = build_speech_command(path, index, centre=centre, seconds=seconds, destination=destination)
    subprocesses.run(command, timeout=compute_time_limit(seconds), memory=FFMPEG_MEMORY_LIMIT_BYTES)
    return Artifact.of(destination)


def build_convert_command(path: Path, destination: Path, form: AudioFormat, *, seconds: float) -> list[str]:
    """Decode an artifact to a file at 48 kHz on the film's axis, with all its channels. `seconds`: its length; 0: as it is."""
    audio = build_artifact_input(path, threads=1, vn=None, sn=None)["0"].filter(
        "aresample", FILM_SAMPLE_RATE_HZ, **ALIGNED_RESAMPLING
    )
    audio = _cut_to_length(audio, round(seconds * FILM_SAMPLE_RATE_HZ)) if seconds else audio
    options: dict[str, object] = {"acodec": "pcm_s16le", "rf64": "auto"} if form is AudioFormat.WAV else {"sample_fmt": "s16"}
    return compile_command(audio.output(format_file_url(destination), f=str(form), map_metadata=-1, bitexact=None, **options))


def build_decode_command(path: Path, index: int, layout: Layout, samples: int, *, ours: bool = False) -> list[str]:
    """Decode a track to float32 PCM at 48 kHz on stdout, on the film's axis, exactly `samples` long.

    `ours`: the file is an artifact of ours rather than a film. Its first sample is the film's, though Opus in Matroska starts at
    -7 ms, its codec delay, which ffmpeg would put before it as silence.
    """
    audio = (build_artifact_input if ours else build_film_input)(path, threads=1, vn=None, sn=None)[str(index)]
    audio = audio.filter("asetpts", "PTS-STARTPTS") if ours else audio
    audio = audio.filter("aresample", FILM_SAMPLE_RATE_HZ, **ALIGNED_RESAMPLING).filter("aformat", channel_layouts=layout.name)
    return compile_command(_cut_to_length(audio, samples).output("pipe:1", f="f32le", acodec="pcm_f32le"))


def _cut_to_length(audio: Any, samples: int) -> Any:
    """Exactly so many samples: silence where the track ends early, cut where it goes on (a wrong timestamp fills no disk)."""
    return audio.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


@contextmanager
def decode_blocks(
    path: Path, index: int, layout: Layout, samples: int, *, block: int, ours: bool = False
) -> Iterator[Iterator[Block]]:
    """A track's blocks of `block` samples, the last one shorter; all blocks together are `samples` long."""
    command = build_decode_command(path, index, layout, samples, ours=ours)
    with subprocesses.start_process(
        command, timeout=compute_time_limit(samples / FILM_SAMPLE_RATE_HZ), memory=FFMPEG_MEMORY_LIMIT_BYTES
    ) as process:
        assert process.stdout
        widen_pipe(process.stdout)
        yield _iter_blocks(process.stdout.read, layout.channels, samples, block)


def _iter_blocks(read: Callable[[int], bytes], channels: int, samples: int, block: int) -> Iterator[Block]:
    for start in range(0, samples, block):
        length = min(block, samples - start)
        pcm = read(length * channels * 4)
        if len(pcm) < length * channels * 4:
            return  # ffmpeg died, which its exit code tells
        yield np.frombuffer(pcm, np.float32).reshape(length, channels)
