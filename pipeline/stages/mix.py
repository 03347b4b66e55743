"""mix: dubbed takes over the ducked original, at the original's loudness, encoded as one track.

The film is decoded in blocks, twice: first the mix's loudness is measured, then it is encoded at the original's loudness.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pipeline.audio.ducking import Ducking
from pipeline.audio.levels import Wave, compute_gain_factor
from pipeline.audio.limiter import Limiter
from pipeline.audio.line_levels import compute_line_gains
from pipeline.audio.loudness import SILENCE_LUFS, LoudnessMeter
from pipeline.audio.mastering import MAX_TRUE_PEAK_DBTP, Mastering
from pipeline.audio.voice_track import VoiceTrack
from pipeline.errors import StageError
from pipeline.ffmpeg import decoder, encoder, loudness_meter
from pipeline.ffmpeg.codecs import Codec, Layout, choose_codec, choose_mixing_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.ffmpeg.decoder import CENTRE_WEIGHT
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import Artifact, DubTrack, Film, Source, Stems
from pipeline.values.timeline import Placement

log = logging.getLogger(__name__)

BLOCK_SAMPLES = 2 * FILM_SAMPLE_RATE_HZ  # samples mixed at a time: they fit into a pipe, so decoder, mixer and encoder overlap
LOUDNESS_TOLERANCE_LU = 0.4  # LU between dub and original
MAX_ENCODINGS = 4  # attempts at encoding within both bounds
STEM_DUCKING_DB = -60.0  # dB of the original's voices under a dub, where they are a stem of their own
STEM_ATTACK_S, STEM_RELEASE_S = 0.05, 0.1  # s of its ramps


@dataclass(frozen=True)
class MixInputs:
    """Input signals of one dub's mix. Every iteration over its blocks decodes the film again, and holds one block."""

    source: Source
    film: Film
    stems: Stems
    placements: tuple[Placement, ...]  # in order of start
    layout: Layout

    @property
    def samples(self) -> int:
        """The film's length at 48 kHz."""
        return round(self.film.duration * FILM_SAMPLE_RATE_HZ)

    @cached_property
    def gains(self) -> tuple[float, ...]:
        """The factor of each take that gives it its source line's level."""
        # A voice in the centre is weaker in the stem than in its channel, where the stem was mixed down rather than separated.
        shift = -20.0 * np.log10(CENTRE_WEIGHT) if self.layout.has_centre and self.stems.voices is None else 0.0
        return compute_line_gains(self.placements, self.stems.speech, shift=shift)

    @cached_property
    def ducking(self) -> Ducking:
        """Ducking wherever the original or the dub speaks: of the whole original, or of its voices alone where they are a stem."""
        spans = [span for each in self.placements for span in (each.line.span, each.span)]
        if self.stems.background:
            return Ducking(spans, depth=STEM_DUCKING_DB, attack=STEM_ATTACK_S, release=STEM_RELEASE_S)
        return Ducking(spans)

    def mix_blocks(self) -> "Iterator[MixBlock]":
        """Mix the film, block by block."""
        voices = VoiceTrack(self.placements, self.gains, FILM_SAMPLE_RATE_HZ)
        with ExitStack() as stack:
            originals = stack.enter_context(
                decoder.decode_blocks(self.source.content, self.film.dialogue, self.layout, self.samples, block=BLOCK_SAMPLES)
            )
            backgrounds = self._decode_background(stack)
            for number, original in enumerate(originals):
                start = number * BLOCK_SAMPLES
                voice = voices.mix_block(start, len(original))
                mixed = self._build_bed(original, start, next(backgrounds) if backgrounds else None)
                mixed[:, self.layout.voice_channels] += voice[:, None]
                yield MixBlock(original, voice, mixed)

    def _decode_background(self, stack: ExitStack) -> Iterator[Wave] | None:
        """The separated background of the voiced channels, block by block; None where there is none."""
        if self.stems.background is None:
            return None
        layout = Layout("mono" if len(self.layout.voice_channels) == 1 else "stereo")
        return stack.enter_context(
            decoder.decode_blocks(self.stems.background.path, 0, layout, self.samples, block=BLOCK_SAMPLES, ours=True)
        )

    def _build_bed(self, original: Wave, start: int, background: Wave | None) -> Wave:
        """The signal under the dubbed voices: the original with its speech ducked. Where no line is dubbed it is the original:
        laughter, songs, a line left undubbed.
        """
        gains = self.ducking.compute_gains(start, len(original), FILM_SAMPLE_RATE_HZ)[:, None]
        if background is None:
            return original * gains
        bed = original.copy()
        bed[:, self.layout.voice_channels] = background + (original[:, self.layout.voice_channels] - background) * gains
        return bed


@dataclass(frozen=True, slots=True)
class MixBlock:
    """Two seconds of film: `original` and `mixed` (samples, channels), the dubbed `voice` alone (samples,)."""

    original: Wave
    voice: Wave
    mixed: Wave


@stage(version=1)
def mix(source: Source, film: Film, stems: Stems, placements: tuple[Placement, ...], *, workdir: Path) -> DubTrack:
    """One dub as an encoded track as long as the film, in the dialogue track's layout, and its voices alone."""
    if not placements:
        raise StageError("mix", f"no line to say in {source.path.name}; check its transcription and translation")
    codec = choose_codec(film.container, film.track(film.dialogue))
    ordered = tuple(sorted(placements, key=lambda placement: placement.start))
    mixing = MixInputs(source, film, stems, ordered, choose_mixing_layout(film))
    with reserve_disk_space(workdir, _estimate_encoded_size(mixing, codec), "mix"):
        original, mixed, speech = _measure_mix(mixing, workdir / "speech.flac")
        encoded, found = _encode_at_loudness(mixing, codec, _Loudnesses(original, mixed), workdir / "dub.mka")
    return DubTrack(ordered[0].line.language, encoded, speech, found.integrated, found.true_peak, original)


def _estimate_encoded_size(mixing: MixInputs, codec: Codec) -> int:
    """Bytes of the voices and of the encoded track, as if what is lossless were not compressed."""
    bit_rate = codec.get_bit_rate(mixing.layout) or FILM_SAMPLE_RATE_HZ * mixing.layout.channels * 16
    return round(mixing.film.duration * (FILM_SAMPLE_RATE_HZ * 16 + bit_rate) / 8)


@dataclass(frozen=True, slots=True)
class _Loudnesses:
    """LUFS of the dialogue track and of the mix before any gain."""

    original: float
    mixed: float


def _measure_mix(mixing: MixInputs, speech: Path) -> tuple[float, float, Artifact]:
    """The first pass: loudness of the original and of the mix in LUFS, and the file of the dubbed voices."""
    import soundfile

    weights = _list_channel_weights(mixing.layout)
    original, mixed = LoudnessMeter(weights, FILM_SAMPLE_RATE_HZ), LoudnessMeter(weights, FILM_SAMPLE_RATE_HZ)
    with soundfile.SoundFile(speech, "w", FILM_SAMPLE_RATE_HZ, channels=1, format="FLAC", subtype="PCM_16") as file:
        for block in mixing.mix_blocks():
            original.add(block.original)
            mixed.add(block.mixed)
            file.write(np.clip(block.voice, -1.0, 1.0))
    return original.compute_loudness(), mixed.compute_loudness(), Artifact.of(speech)


def _encode_at_loudness(
    mixing: MixInputs, codec: Codec, loudness: _Loudnesses, path: Path
) -> tuple[Artifact, loudness_meter.Loudness]:
    """The second pass, repeated with another gain or a lower ceiling while the encoded track misses its bounds.

    The true peak is never exceeded. An original louder than that allows gets the nearest of the dubs that were tried.
    """
    quiet = min(loudness.original, loudness.mixed) <= SILENCE_LUFS
    mastering = Mastering(0.0 if quiet else loudness.original - loudness.mixed)
    within_peak: dict[float, Mastering] = {}  # LU from the original → the mastering that got there under the true peak
    for _ in range(MAX_ENCODINGS):
        found = _encode(mixing, codec, mastering, path)
        excess = found.true_peak - MAX_TRUE_PEAK_DBTP
        lack = 0.0 if quiet else loudness.original - found.integrated
        if excess <= 0.0:
            if abs(lack) <= LOUDNESS_TOLERANCE_LU:
                return Artifact.of(path), found
            within_peak[abs(lack)] = mastering
        log.info("mix: encoded at %.1f LUFS and %.1f dBTP; encoding again", found.integrated, found.true_peak)
        mastering = mastering.correct(lack, excess)
    if not within_peak:
        raise StageError(
            "mix",
            f"the dub of {mixing.source.path.name} stays over {MAX_TRUE_PEAK_DBTP} dBTP; check its dialogue track for distortion",
        )
    log.warning("mix: the dub of %s is %.1f LU off its original's loudness", mixing.source.path.name, min(within_peak))
    found = _encode(mixing, codec, within_peak[min(within_peak)], path)
    return Artifact.of(path), found


def _encode(mixing: MixInputs, codec: Codec, mastering: Mastering, path: Path) -> loudness_meter.Loudness:
    """Encode the mix and measure it. The encoder's delay is compensated: as many first samples are left out."""
    limiter = Limiter(compute_gain_factor(mastering.ceiling), FILM_SAMPLE_RATE_HZ, mixing.layout.channels)
    factor = np.float32(compute_gain_factor(mastering.decibels))
    with encoder.open_encoder(codec, mixing.layout, path, seconds=mixing.film.duration) as write:
        write_aligned = _select_samples(codec.delay, codec.count_samples_to_encode(mixing.samples), write)
        for block in mixing.mix_blocks():
            write_aligned(limiter.add(block.mixed * factor))
        write_aligned(limiter.flush())
    return loudness_meter.measure_loudness(path, 0, seconds=mixing.film.duration, ours=True)


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


def _list_channel_weights(layout: Layout) -> tuple[float, ...]:
    """BS.1770 channel weights in ffmpeg's channel order: fronts 1, LFE 0, everything behind 1.41."""
    fronts = 3 if layout.has_centre else min(layout.channels, 2)
    low = [3] if layout.name in {"3.1", "4.1", "5.1", "5.1(side)", "6.1", "7.1"} else [2] if layout.name == "2.1" else []
    return tuple(0.0 if n in low else 1.0 if n < fronts else 1.41 for n in range(layout.channels))
