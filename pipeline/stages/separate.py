"""separate: source separation, the speech for recognition, and the background where there is a separator."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from pipeline.engines.protocols import Separator
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import choose_mixing_layout, find_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact, Film, Source, Stems

BLOCK_SAMPLES = 10 * FILM_SAMPLE_RATE_HZ  # samples decoded at a time
PCM_16_BYTES = 2  # bytes a sample
FULL_FILES = 3  # at 48 kHz: the dialogue, the speech and the background


@stage(version=1)
def separate(source: Source, film: Film, separator: Separator | None, *, workdir: Path) -> Stems:
    """Speech is the dialogue as 16 kHz mono on the film's axis; without a separator there are no other stems.

    A separator gets the channels that carry voices alone (the centre, else both fronts): the rest has nothing to lose.
    """
    with reserve_disk_space(workdir, _decoded_size(film, separated=separator is not None), "separate"):
        return _write_stems(source, film, separator, workdir)


def _decoded_size(film: Film, *, separated: bool) -> int:
    """Bytes of all files that separating writes, as if nothing were compressed."""
    speech = film.duration * SPEECH_RATE_HZ * PCM_16_BYTES
    if not separated:
        return round(speech)
    return round(
        speech + FULL_FILES * film.duration * FILM_SAMPLE_RATE_HZ * len(choose_mixing_layout(film).voice_channels) * PCM_16_BYTES
    )


def _write_stems(source: Source, film: Film, separator: Separator | None, workdir: Path) -> Stems:
    if separator is None:
        centre = find_layout(film.track(film.dialogue)).has_centre
        destination = workdir / "speech.wav"
        return Stems(
            decoder.extract_speech(source.content, film.dialogue, centre=centre, seconds=film.duration, destination=destination)
        )
    dialogue = _decode_voiced_channels(source, film, workdir / "dialogue.flac")
    parts = separator.separate(dialogue, workdir=str(workdir))
    dialogue.path.unlink()
    return Stems(_write_speech(parts.speech, workdir / "speech.wav"), parts.background, parts.speech)


def _decode_voiced_channels(source: Source, film: Film, destination: Path) -> Artifact:
    """The channels of the dialogue track that a dub speaks on, 48 kHz FLAC, exactly as long as the film."""
    import soundfile

    layout, samples = choose_mixing_layout(film), round(film.duration * FILM_SAMPLE_RATE_HZ)
    with ExitStack() as stack:
        file = stack.enter_context(
            soundfile.SoundFile(
                destination, "w", FILM_SAMPLE_RATE_HZ, channels=len(layout.voice_channels), format="FLAC", subtype="PCM_16"
            )
        )
        for block in stack.enter_context(
            decoder.decode_blocks(source.content, film.dialogue, layout, samples, block=BLOCK_SAMPLES)
        ):
            file.write(np.clip(block[:, layout.voice_channels], -1.0, 1.0))
    return Artifact.of(destination)


def _write_speech(voices: Artifact, destination: Path) -> Artifact:
    """The speech stem as 16 kHz mono WAV."""
    import soundfile
    import soxr

    resampler = soxr.ResampleStream(FILM_SAMPLE_RATE_HZ, SPEECH_RATE_HZ, 1, dtype="float32")
    with (
        soundfile.SoundFile(voices.path) as whole,
        soundfile.SoundFile(destination, "w", SPEECH_RATE_HZ, channels=1, format="WAV", subtype="PCM_16") as file,
    ):
        for frames in whole.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True):
            mono = frames.mean(axis=1, dtype=np.float32)  # (samples,)
            file.write(np.clip(resampler.resample_chunk(mono, last=whole.tell() == whole.frames), -1.0, 1.0))
    return Artifact.of(destination)
