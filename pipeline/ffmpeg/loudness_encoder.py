"""Encoding of a mix as one track at a wanted loudness, under the bound of the true peak."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio.levels import Wave, compute_gain_factor
from pipeline.audio.limiter import Limiter
from pipeline.audio.loudness import SILENCE_LUFS
from pipeline.audio.mastering import MAX_TRUE_PEAK_DBTP, Mastering
from pipeline.errors import StageError
from pipeline.ffmpeg import encoder, loudness_meter
from pipeline.ffmpeg.codecs import Codec, Layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.values.media import Artifact

log = logging.getLogger(__name__)

LOUDNESS_TOLERANCE_LU = 0.4  # LU between dub and original
MAX_ENCODINGS = 4  # attempts at encoding within both bounds


@dataclass(frozen=True, slots=True)
class TrackEncoding:
    """One track to encode: `samples` long at 48 kHz, from `blocks`, which gives the mix anew, block by block, at each call.

    `stage` and `film`: their names, for errors.
    """

    stage: str
    film: str
    codec: Codec
    layout: Layout
    samples: int
    blocks: Callable[[], Iterator[Wave]]

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.samples / FILM_SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class MeasuredLoudness:
    """LUFS of the original, and of the mix before any gain."""

    original: float
    mixed: float


def encode_at_loudness(track: TrackEncoding, measured: MeasuredLoudness, path: Path) -> tuple[Artifact, loudness_meter.Loudness]:
    """Encode a mix at its original's loudness; again with another gain or a lower ceiling while it misses its bounds.

    The true peak is never exceeded. An original louder than that allows gets the nearest of the dubs that were tried.
    """
    quiet = min(measured.original, measured.mixed) <= SILENCE_LUFS
    mastering = Mastering(0.0 if quiet else measured.original - measured.mixed)
    within_peak: dict[float, Mastering] = {}  # LU from the original → the mastering that got there under the true peak
    for _ in range(MAX_ENCODINGS):
        found = _encode(track, mastering, path)
        excess = found.true_peak - MAX_TRUE_PEAK_DBTP
        lack = 0.0 if quiet else measured.original - found.integrated
        if excess <= 0.0:
            if abs(lack) <= LOUDNESS_TOLERANCE_LU:
                return Artifact.of(path), found
            within_peak[abs(lack)] = mastering
        log.info("%s: encoded at %.1f LUFS and %.1f dBTP; encoding again", track.stage, found.integrated, found.true_peak)
        mastering = mastering.correct(lack, excess)
    if not within_peak:
        raise StageError(
            track.stage,
            f"the dub of {track.film} stays over {MAX_TRUE_PEAK_DBTP} dBTP; check its dialogue track for distortion",
        )
    log.warning("%s: the dub of %s is %.1f LU off its original's loudness", track.stage, track.film, min(within_peak))
    found = _encode(track, within_peak[min(within_peak)], path)
    return Artifact.of(path), found


def _encode(track: TrackEncoding, mastering: Mastering, path: Path) -> loudness_meter.Loudness:
    """Encode the mix and measure it. The encoder's delay is compensated: as many first samples are left out."""
    limiter = Limiter(compute_gain_factor(mastering.ceiling), FILM_SAMPLE_RATE_HZ, track.layout.channels)
    factor = np.float32(compute_gain_factor(mastering.decibels))
    with encoder.open_encoder(track.codec, track.layout, path, seconds=track.seconds) as write:
        write_aligned = _select_samples(track.codec.delay, track.codec.count_samples_to_encode(track.samples), write)
        for block in track.blocks():
            write_aligned(limiter.add(block * factor))
        write_aligned(limiter.flush())
    return loudness_meter.measure_loudness(path, 0, seconds=track.seconds, ours=True)


def _select_samples(first: int, length: int, write: Callable[[Wave], None]) -> Callable[[Wave], None]:
    """A writer that passes on `length` samples from the sample `first` on, in whatever blocks they come."""
    at = 0

    def write_part(block: Wave) -> None:
        nonlocal at
        part = block[max(0, first - at) : max(0, first + length - at)]
        at += len(block)
        if len(part):
            write(part)

    return write_part
