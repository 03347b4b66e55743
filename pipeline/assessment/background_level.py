"""Background level under dubbed lines: what remains of the finished dub once the known voice is subtracted.

The voice is fitted to the dub by least squares in short frames, because mastering has changed its gain, and its limiter changes it
within a word: in frames of 0.25 s the voice itself was left over where a line begins, up to 20 dB above the background. A lossy codec
leaves noise about 25 dB under the voice, so that a quieter background counts as one at that level. A background that is 20 dB or more
under the voice in both is no disturbance (W3C, WCAG 2.2, success criterion 1.4.7), and no figure is given.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.levels import Wave
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import Layout, choose_mixing_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.values.media import Artifact, DubTrack, Film
from pipeline.values.timeline import Span

FRAME_S = 0.05  # s over which the voice's gain is taken as constant
FRAME_SAMPLES = round(FRAME_S * FILM_SAMPLE_RATE_HZ)
BLOCK_SAMPLES = 200 * FRAME_SAMPLES  # samples read at a time
MAX_DEPTH_DB = 22.0  # dB under the voice down to which a background is measured
MAX_AUDIBLE_DEPTH_DB = 20.0  # dB under the voice from which on a background is as good as none (WCAG 2.2, 1.4.7)
MIN_AUDIBLE_DBFS = -60.0  # of the original's background; a quieter one is silence

Powers = NDArray[np.float64]  # (frames,)


@dataclass(frozen=True, slots=True)
class FramePowers:
    """Power of each frame: of the dub's voice, of the rest of the dub, of the original's background."""

    voice: Powers
    rest: Powers
    original: Powers


def measure_frame_powers(film: Film, track: DubTrack, background: Artifact) -> FramePowers:
    """Powers along a film, over the channels that carry voices. `background`: the separated background of these channels."""
    import soundfile

    layout, samples = choose_mixing_layout(film), round(film.duration * FILM_SAMPLE_RATE_HZ)
    with ExitStack() as stack:
        decode = stack.enter_context(decoder.decode_blocks(track.audio.path, 0, layout, samples, block=BLOCK_SAMPLES, ours=True))
        voice, original = (stack.enter_context(soundfile.SoundFile(each.path)) for each in (track.speech, background))
        blocks = zip(decode, _read_blocks(voice), _read_blocks(original), strict=False)
        found = [split_powers(_mix_voiced_channels(dub, layout), spoken, bed) for dub, spoken, bed in blocks]
    empty = np.zeros(0)
    return (
        FramePowers(*(np.concatenate([empty, *parts]) for parts in zip(*found, strict=True)))
        if found
        else FramePowers(*[empty] * 3)
    )


def _mix_voiced_channels(block: Wave, layout: Layout) -> Wave:
    return block[:, layout.voice_channels].mean(axis=1, dtype=np.float32)


def _read_blocks(file: Iterable[Wave]) -> Iterator[Wave]:
    """Mono blocks of a 48 kHz file."""
    for block in file.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True):  # type: ignore[attr-defined]  # a SoundFile
        yield block.mean(axis=1, dtype=np.float32)


def split_powers(dub: Wave, voice: Wave, original: Wave) -> tuple[Powers, Powers, Powers]:
    """Powers of the voice in the dub, of the rest of the dub, and of the original's background, frame by frame.

    Mono waves from one sample on; what is no whole frame is left out.
    """
    frames = min(len(dub), len(voice), len(original)) // FRAME_SAMPLES
    cut = [each[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES) for each in (dub, voice, original)]
    total, own, bed = (np.einsum("ij,ij->i", each, each, dtype=np.float64) / FRAME_SAMPLES for each in cut)
    shared = np.einsum("ij,ij->i", cut[0], cut[1], dtype=np.float64) / FRAME_SAMPLES
    spoken = np.divide(np.square(shared), own, out=np.zeros(frames), where=own > 0.0)  # of the projection on the voice
    return spoken, np.maximum(0.0, total - spoken), bed


def compute_background_changes(powers: FramePowers, spans: Sequence[Span]) -> tuple[float | None, ...]:
    """Level of the dub's background against the original's under each span, in dB; None where neither is audible under the voice."""
    return tuple(_compute_change(powers, span) for span in spans)


def _compute_change(powers: FramePowers, span: Span) -> float | None:
    inside = slice(int(np.ceil(span.start / FRAME_S)), int(span.end / FRAME_S))
    voice, rest, original = (float(each[inside].sum()) for each in (powers.voice, powers.rest, powers.original))
    frames = len(powers.voice[inside])
    is_silent = original <= frames * 10 ** (MIN_AUDIBLE_DBFS / 10)
    if not frames or is_silent or max(rest, original) <= voice * 10 ** (-MAX_AUDIBLE_DEPTH_DB / 10):
        return None
    return 10.0 * float(np.log10(max(rest, voice * 10 ** (-MAX_DEPTH_DB / 10)) / original))
