"""mix: dubbed takes over the ducked original, at the original's loudness, encoded as one track.

The film goes by in blocks, twice: once to learn how loud the mix is, once to encode it at the original's loudness.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.mixing import SILENCE, Ducking, Limiter, LoudnessMeter, Wave, gain, level
from pipeline.errors import StageError
from pipeline.ffmpeg import decoder, encoder, loudness_meter
from pipeline.ffmpeg.codecs import Codec, Layout, choose_codec, choose_mixing_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.ffmpeg.decoder import CENTRE_WEIGHT
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact, DubTrack, Film, Source, Stems
from pipeline.values.timeline import Placement, Span

if TYPE_CHECKING:
    import soundfile

log = logging.getLogger(__name__)

BLOCK_SAMPLES = (
    2 * FILM_SAMPLE_RATE_HZ
)  # samples mixed at a time: what fits into a pipe, so that decoder, mixer and encoder work at once
MAX_TRUE_PEAK_DBTP = -1.5  # dBTP, the highest that an encoded track may reach
LIMITER_HEADROOM_DB = 0.8  # dB under it for the limiter: what a lossy codec adds to a peak, as a rule
LOUDNESS_TOLERANCE_LU = 0.4  # LU between dub and original
CEILING_MARGIN_DB = 0.2  # dB that the ceiling goes lower than a peak was too high: the next peak may lie elsewhere
MAX_ENCODINGS = 4  # at encoding within both bounds
GAIN_PER_LU_DB = 2.0  # dB of gain for each LU that is missing: a mix that came out too quiet is one that the limiter held down
MIN_LINE_LEVEL_DB, MAX_LINE_LEVEL_DB = -12.0, 6.0  # dB a line may lie from the film's median line
STEM_DUCKING_DB = -60.0  # dB of the original's voices under a dub, where they are a stem of their own
MAX_LEVEL_WINDOW_S = 60.0  # of a line, to tell its level
DEFAULT_LEVEL_DB = -27.0  # dB, of a voice where the original says nothing that could tell


@dataclass(frozen=True, slots=True)
class PlacedTake:
    """A take ready to mix: mono `wave` at 48 kHz and at its level, from sample `start` of the film on."""

    start: int
    wave: Wave


@dataclass(frozen=True)
class MixInputs:
    """What one dub is mixed from. Iterating is repeatable: every pass decodes anew, and holds one block."""

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
        return _gains(self.placements, self.stems, self.layout)

    @cached_property
    def ducking(self) -> Ducking:
        """Down wherever the original or the dub speaks: all of the original, or its voices alone where they are a stem."""
        spans = [span for each in self.placements for span in (each.line.span, each.span)]
        return Ducking(spans, depth=STEM_DUCKING_DB, attack=0.05, release=0.1) if self.stems.background else Ducking(spans)

    def blocks(self) -> "Iterator[MixBlock]":
        """The film, block by block."""
        voices = _Voices(self.placements, self.gains)
        with ExitStack() as stack:
            originals = stack.enter_context(
                decoder.decode_blocks(self.source.content, self.film.dialogue, self.layout, self.samples, block=BLOCK_SAMPLES)
            )
            backgrounds = self._backgrounds(stack)
            for number, original in enumerate(originals):
                start = number * BLOCK_SAMPLES
                voice = voices.between(start, len(original))
                mixed = self._bed(original, start, next(backgrounds) if backgrounds else None)
                mixed[:, self.layout.voiced] += voice[:, None]
                yield MixBlock(original, voice, mixed)

    def _backgrounds(self, stack: ExitStack) -> Iterator[Wave] | None:
        """The separated background of the voiced channels, block by block; None where there is none."""
        if self.stems.background is None:
            return None
        layout = Layout("mono" if len(self.layout.voiced) == 1 else "stereo")
        return stack.enter_context(
            decoder.decode_blocks(self.stems.background.path, 0, layout, self.samples, block=BLOCK_SAMPLES, ours=True)
        )

    def _bed(self, original: Wave, start: int, background: Wave | None) -> Wave:
        """What the dub is laid over. Where nobody is dubbed it is the original: laughter, songs, a line left undubbed."""
        gains = self.ducking.gains(start, len(original), FILM_SAMPLE_RATE_HZ)[:, None]
        if background is None:
            return original * gains
        bed = original.copy()
        bed[:, self.layout.voiced] = background + (original[:, self.layout.voiced] - background) * gains
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
    with reserve_disk_space(workdir, _encoded_size(mixing, codec), "mix"):
        original, mixed, speech = _measured(mixing, workdir / "speech.flac")
        encoded, found = _encoded(mixing, codec, _Loudnesses(original, mixed), workdir / "dub.mka")
    return DubTrack(ordered[0].line.language, encoded, speech, found.integrated, found.true_peak, original)


def _encoded_size(mixing: MixInputs, codec: Codec) -> int:
    """Bytes of the voices and of the encoded track, as if what is lossless were not compressed."""
    bit_rate = codec.bit_rate(mixing.layout) or FILM_SAMPLE_RATE_HZ * mixing.layout.channels * 16
    return round(mixing.film.duration * (FILM_SAMPLE_RATE_HZ * 16 + bit_rate) / 8)


@dataclass(frozen=True, slots=True)
class _Loudnesses:
    """LUFS of the dialogue track and of the mix before any gain."""

    original: float
    mixed: float


def _measured(mixing: MixInputs, speech: Path) -> tuple[float, float, Artifact]:
    """The first pass: loudness of the original and of the mix in LUFS, and the dubbed voices written down."""
    import soundfile

    weights = _weights(mixing.layout)
    original, mixed = LoudnessMeter(weights, FILM_SAMPLE_RATE_HZ), LoudnessMeter(weights, FILM_SAMPLE_RATE_HZ)
    with soundfile.SoundFile(speech, "w", FILM_SAMPLE_RATE_HZ, channels=1, format="FLAC", subtype="PCM_16") as file:
        for block in mixing.blocks():
            original.add(block.original)
            mixed.add(block.mixed)
            file.write(np.clip(block.voice, -1.0, 1.0))
    return original.integrated(), mixed.integrated(), Artifact.of(speech)


def _encoded(mixing: MixInputs, codec: Codec, loudness: _Loudnesses, path: Path) -> tuple[Artifact, loudness_meter.Loudness]:
    """The second pass, repeated with another gain or a lower ceiling while the encoded track misses its bounds.

    The true peak is a law. An original louder than the law allows gets a dub as near to it as was tried.
    """
    quiet = min(loudness.original, loudness.mixed) <= SILENCE
    mastering = _Mastering(0.0 if quiet else loudness.original - loudness.mixed, MAX_TRUE_PEAK_DBTP - LIMITER_HEADROOM_DB)
    lawful: dict[float, _Mastering] = {}  # LU from the original → what got there under the true peak
    for _ in range(MAX_ENCODINGS):
        found = _encode(mixing, codec, mastering, path)
        excess = found.true_peak - MAX_TRUE_PEAK_DBTP
        lack = 0.0 if quiet else loudness.original - found.integrated
        if excess <= 0.0:
            if abs(lack) <= LOUDNESS_TOLERANCE_LU:
                return Artifact.of(path), found
            lawful[abs(lack)] = mastering
        log.info("mix: encoded at %.1f LUFS and %.1f dBTP; once more", found.integrated, found.true_peak)
        mastering = mastering.corrected(lack, excess)
    if not lawful:
        raise StageError(
            "mix", f"the dub of {mixing.source.path.name} stays over {MAX_TRUE_PEAK_DBTP} dBTP; is its sound distorted?"
        )
    log.warning("mix: the dub of %s is %.1f LU off its original's loudness", mixing.source.path.name, min(lawful))
    found = _encode(mixing, codec, lawful[min(lawful)], path)
    return Artifact.of(path), found


@dataclass(frozen=True, slots=True)
class _Mastering:
    """`decibels`: gain of the whole mix. `ceiling`: dBTP the limiter holds it under."""

    decibels: float
    ceiling: float

    def corrected(self, lack: float, excess: float) -> "_Mastering":
        """For another attempt, after one that was `lack` LU too quiet and `excess` dB over the true peak."""
        over = max(0.0, excess)
        return _Mastering(self.decibels + GAIN_PER_LU_DB * lack, self.ceiling - over - (CEILING_MARGIN_DB if over else 0.0))


def _encode(mixing: MixInputs, codec: Codec, mastering: _Mastering, path: Path) -> loudness_meter.Loudness:
    """Encode the mix and measure it. Left out are as many first samples as the encoder comes late: the rest is in time."""
    limiter = Limiter(gain(mastering.ceiling), FILM_SAMPLE_RATE_HZ, mixing.layout.channels)
    factor = np.float32(gain(mastering.decibels))
    with encoder.open_encoder(codec, mixing.layout, path, seconds=mixing.film.duration) as write:
        write_late = _only(codec.delay, codec.count_samples_to_encode(mixing.samples), write)
        for block in mixing.blocks():
            write_late(limiter.add(block.mixed * factor))
        write_late(limiter.rest())
    return loudness_meter.measure_loudness(path, 0, seconds=mixing.film.duration, ours=True)


def _only(first: int, length: int, write: Callable[[Wave], None]) -> Callable[[Wave], None]:
    """Hand on `length` samples from the sample `first` on, whatever blocks they come in."""
    at = 0

    def write_part(block: Wave) -> None:
        nonlocal at
        part = block[max(0, first - at) : max(0, first + length - at)]
        at += len(block)
        if len(part):
            write(part)

    return write_part


class _Voices:
    """The dubbed voices as one mono stream. A take is read when its time comes, and let go when it is over."""

    def __init__(self, placements: Sequence[Placement], gains: Sequence[float]) -> None:
        self._coming = list(zip(placements, gains, strict=True))[::-1]  # the next one last
        self._sounding: list[PlacedTake] = []

    def between(self, start: int, length: int) -> Wave:
        """The sum of all takes in `[start, start + length)`. Called in order of time."""
        while self._coming and round(self._coming[-1][0].start * FILM_SAMPLE_RATE_HZ) < start + length:
            placement, factor = self._coming.pop()
            self._sounding.append(
                PlacedTake(
                    round(placement.start * FILM_SAMPLE_RATE_HZ), _read(placement.audio, FILM_SAMPLE_RATE_HZ) * np.float32(factor)
                )
            )
        voice = np.zeros(length, np.float32)
        for take in self._sounding:
            offset = take.start - start
            part = take.wave[max(0, -offset) : max(0, length - offset)]
            voice[max(0, offset) : max(0, offset) + len(part)] += part
        self._sounding = [take for take in self._sounding if take.start + len(take.wave) > start + length]
        return voice


def _read(audio: Artifact, rate: int) -> Wave:
    """A mono take at `rate` Hz."""
    import soundfile
    import soxr

    wave, own_rate = soundfile.read(audio.path, dtype="float32", always_2d=True)
    mono = wave.mean(axis=1)
    return mono if own_rate == rate else np.asarray(soxr.resample(mono, own_rate, rate), np.float32)


def _gains(placements: Sequence[Placement], stems: Stems, layout: Layout) -> tuple[float, ...]:
    """Factors that give every take the level of its source line, kept near the film's median line."""
    import soundfile

    with soundfile.SoundFile(stems.speech.path) as speech:
        found = [_level_of(speech, placement.line.span) for placement in placements]
    heard = [decibels for decibels in found if np.isfinite(decibels)]
    # A voice in the centre is weaker in the stem than in its channel, where the stem was mixed down rather than separated.
    shift = -20.0 * np.log10(CENTRE_WEIGHT) if layout.has_centre and stems.voices is None else 0.0
    median = float(np.median(heard)) if heard else DEFAULT_LEVEL_DB
    factors = []
    for placement, decibels in zip(placements, found, strict=True):
        wanted = (
            float(np.clip(decibels, median + MIN_LINE_LEVEL_DB, median + MAX_LINE_LEVEL_DB)) if np.isfinite(decibels) else median
        )
        own = level(_read(placement.audio, SPEECH_RATE_HZ), SPEECH_RATE_HZ)
        factors.append(gain(wanted + shift - own) if np.isfinite(own) else 0.0)
    return tuple(factors)


def _level_of(speech: "soundfile.SoundFile", span: Span) -> float:
    rate = speech.samplerate
    speech.seek(min(round(span.start * rate), speech.frames))
    return level(speech.read(round(min(span.duration, MAX_LEVEL_WINDOW_S) * rate), dtype="float32", always_2d=True)[:, 0], rate)


def _weights(layout: Layout) -> tuple[float, ...]:
    """BS.1770 channel weights in ffmpeg's channel order: fronts 1, LFE 0, everything behind 1.41."""
    fronts = 3 if layout.has_centre else min(layout.channels, 2)
    low = [3] if layout.name in {"3.1", "4.1", "5.1", "5.1(side)", "6.1", "7.1"} else [2] if layout.name == "2.1" else []
    return tuple(0.0 if n in low else 1.0 if n < fronts else 1.41 for n in range(layout.channels))
