"""refer: a reference clip of each speaker, from which a cloning synthesizer takes the voice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipeline.audio.levels import Wave
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import choose_mixing_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.runner import stage
from pipeline.values.media import Artifact, Film, Source, Stems
from pipeline.values.timeline import Clip, Diarization, Span, Turn, merge_spans

CLIP_SAMPLE_RATE_HZ = 24_000  # Hz, what cloning models work at
MAX_CLIP_S = 10.0  # s of speech in a clip; more does not improve a clone
MIN_CLIP_S = 1.0  # s of the shortest clip that lends a voice
TURN_EDGE_S = 0.1  # s left out at both ends of a turn, where others may still be heard
MIN_PIECE_S = 0.8  # s of the shortest piece of a clip
MAX_BREATH_S = 0.3  # s of silence within a stretch of speech; diarizers end a turn at shorter ones
PIECE_PAUSE_S = 0.15  # s of silence between two pieces
FADE_S = 0.01  # s at the ends of a piece
BLOCK_SAMPLES = 10 * FILM_SAMPLE_RATE_HZ  # samples read at a time


@stage(version=3, name="refer")
def extract_reference_clips(
    source: Source, film: Film, stems: Stems, diarization: Diarization, *, workdir: Path
) -> tuple[Clip, ...]:
    """One clip of each speaker who says enough alone; from the separated voices where there are some."""
    chosen = {speaker.label: choose_pieces(diarization.turns, speaker.label) for speaker in diarization.speakers}
    wanted = {speaker: spans for speaker, spans in chosen.items() if sum(span.duration for span in spans) >= MIN_CLIP_S}
    waves = _decode_spans(source, film, stems, sorted(span for spans in wanted.values() for span in spans))
    return tuple(
        Clip(speaker, _write_clip([waves[span] for span in spans], workdir / f"{speaker}.flac"))
        for speaker, spans in wanted.items()
    )


def choose_pieces(turns: Sequence[Turn], speaker: str) -> tuple[Span, ...]:
    """Spans in which the speaker speaks alone: the longest, up to 10 s in all, in order of time."""
    others = merge_spans(tuple(turn.span for turn in turns if turn.speaker != speaker))
    own = merge_spans(tuple(turn.span for turn in turns if turn.speaker == speaker), gap=MAX_BREATH_S)
    alone = [piece for span in own for piece in _subtract_spans(span, others)]
    chosen, seconds = [], 0.0
    for span in sorted(alone, key=lambda span: (-span.duration, span.start)):
        if span.duration < MIN_PIECE_S + 2 * TURN_EDGE_S or seconds >= MAX_CLIP_S - MIN_PIECE_S:
            break
        piece = Span(span.start + TURN_EDGE_S, min(span.end - TURN_EDGE_S, span.start + TURN_EDGE_S + MAX_CLIP_S - seconds))
        chosen.append(piece)
        seconds += piece.duration
    return tuple(sorted(chosen))


def _subtract_spans(span: Span, others: Sequence[Span]) -> Iterator[Span]:
    """The parts of a span that no other one overlaps."""
    edges = [span.start, *(edge for other in others if span.overlap(other) for edge in (other.start, other.end)), span.end]
    return (Span(start, end) for start, end in list(pairwise(edges))[::2] if start < end)


def _decode_spans(source: Source, film: Film, stems: Stems, spans: Sequence[Span]) -> dict[Span, Wave]:
    """The mono samples of each span, at 48 kHz; the film is decoded once, block by block."""
    parts: dict[Span, list[Wave]] = {span: [] for span in spans}
    with _open_blocks(source, film, stems) as blocks:
        for number, block in enumerate(blocks):
            here = number * BLOCK_SAMPLES
            for span in spans:
                part = block[
                    max(0, round(span.start * FILM_SAMPLE_RATE_HZ) - here) : max(0, round(span.end * FILM_SAMPLE_RATE_HZ) - here)
                ]
                if len(part):
                    parts[span].append(part.mean(axis=1, dtype=np.float32))
    return {span: np.concatenate(found) if found else np.zeros(0, np.float32) for span, found in parts.items()}


@contextmanager
def _open_blocks(source: Source, film: Film, stems: Stems) -> Iterator[Iterator[Wave]]:
    """The voices, else the dialogue track's channels that carry them, as blocks (samples, channels)."""
    if stems.voices is not None:
        import soundfile

        with soundfile.SoundFile(stems.voices.path) as file:
            yield file.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True)
        return
    layout = choose_mixing_layout(film)
    with decoder.decode_blocks(
        source.content, film.dialogue, layout, round(film.duration * FILM_SAMPLE_RATE_HZ), block=BLOCK_SAMPLES
    ) as blocks:
        yield (block[:, layout.voice_channels] for block in blocks)


def _write_clip(waves: Sequence[Wave], path: Path) -> Artifact:
    import soundfile
    import soxr

    silence = np.zeros(round(PIECE_PAUSE_S * FILM_SAMPLE_RATE_HZ), np.float32)
    joined = np.concatenate([part for wave in waves for part in (_fade_ends(wave), silence)][:-1])
    soundfile.write(
        path,
        np.clip(soxr.resample(joined, FILM_SAMPLE_RATE_HZ, CLIP_SAMPLE_RATE_HZ), -1.0, 1.0),
        CLIP_SAMPLE_RATE_HZ,
        subtype="PCM_16",
        format="FLAC",
    )
    return Artifact.of(path)


def _fade_ends(wave: Wave) -> Wave:
    length = min(round(FADE_S * FILM_SAMPLE_RATE_HZ), len(wave) // 2)
    faded = wave.copy()
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded
