"""mix: dubbed takes over the ducked original, at the original's loudness, encoded as one track.

The film is decoded in blocks, twice: first the mix's loudness is measured, then it is encoded at the original's loudness.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pipeline.audio.channel_positions import list_front_channels, list_loudness_weights
from pipeline.audio.ducking import Ducking
from pipeline.audio.levels import Wave
from pipeline.audio.line_levels import compute_line_gains
from pipeline.audio.loudness import LoudnessMeter
from pipeline.audio.voice_track import VoiceTrack
from pipeline.errors import StageError
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import Codec, Layout, choose_codec, choose_mixing_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.ffmpeg.decoder import CENTRE_WEIGHT
from pipeline.ffmpeg.loudness_encoder import MeasuredLoudness, TrackEncoding, encode_at_loudness
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import Artifact, DubTrack, Film, Source, Stems
from pipeline.values.timeline import Placement

BLOCK_SAMPLES = 2 * FILM_SAMPLE_RATE_HZ  # samples mixed at a time: they fit into a pipe, so decoder, mixer and encoder overlap
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
    follow_loudness: bool = True

    @property
    def samples(self) -> int:
        """The film's length at 48 kHz."""
        return round(self.film.duration * FILM_SAMPLE_RATE_HZ)

    @cached_property
    def gains(self) -> tuple[float, ...]:
        """The factor of each take that gives it its source line's level."""
        # A voice in the centre is weaker in the stem than in its channel, where the stem was mixed down rather than separated.
        shift = -20.0 * np.log10(CENTRE_WEIGHT) if self.layout.has_centre and self.stems.voices is None else 0.0
        return compute_line_gains(self.placements, self.stems.speech, shift=shift, follow=self.follow_loudness)

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

    def iter_mixed(self) -> Iterator[Wave]:
        """The mix alone, block by block."""
        return (block.mixed for block in self.mix_blocks())

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
        laughter, songs, a line left undubbed. LFE and surrounds are the original's throughout.
        """
        gains = self.ducking.compute_gains(start, len(original), FILM_SAMPLE_RATE_HZ)[:, None]
        ducked = list_front_channels(self.layout.name) if background is None else self.layout.voice_channels
        lowered = original[:, ducked] if background is None else original[:, ducked] - background
        bed = original.copy()
        bed[:, ducked] -= lowered * (1.0 - gains)  # where the gain is 1 the original stays bit for bit
        return bed


@dataclass(frozen=True, slots=True)
class MixBlock:
    """Two seconds of film: `original` and `mixed` (samples, channels), the dubbed `voice` alone (samples,)."""

    original: Wave
    voice: Wave
    mixed: Wave


@stage(version=2)
def mix(
    source: Source,
    film: Film,
    stems: Stems,
    placements: tuple[Placement, ...],
    *,
    follow_loudness: bool = True,
    workdir: Path,
) -> DubTrack:
    """One dub as an encoded track as long as the film, in the dialogue track's layout, and its voices alone.

    `follow_loudness`: each line as loud as its source, within bounds; else all as loud as the film's median line.
    """
    if not placements:
        raise StageError("mix", f"no line to say in {source.path.name}; check its transcription and translation")
    codec = choose_codec(film.container, film.track(film.dialogue))
    ordered = tuple(sorted(placements, key=lambda placement: placement.start))
    mixing = MixInputs(source, film, stems, ordered, choose_mixing_layout(film), follow_loudness)
    with reserve_disk_space(workdir, _estimate_encoded_size(mixing, codec), "mix"):
        measured, speech = _measure_mix(mixing, workdir / "speech.flac")
        track = TrackEncoding("mix", source.path.name, codec, mixing.layout, mixing.samples, mixing.iter_mixed)
        encoded, found = encode_at_loudness(track, measured, workdir / "dub.mka")
    return DubTrack(ordered[0].line.language, encoded, speech, found.integrated, found.true_peak, measured.original)


def _estimate_encoded_size(mixing: MixInputs, codec: Codec) -> int:
    """Bytes of the voices and of the encoded track, as if what is lossless were not compressed."""
    bit_rate = codec.get_bit_rate(mixing.layout) or FILM_SAMPLE_RATE_HZ * mixing.layout.channels * 16
    return round(mixing.film.duration * (FILM_SAMPLE_RATE_HZ * 16 + bit_rate) / 8)


def _measure_mix(mixing: MixInputs, speech: Path) -> tuple[MeasuredLoudness, Artifact]:
    """The first pass: loudness of the original and of the mix, and the file of the dubbed voices."""
    import soundfile

    weights = list_loudness_weights(mixing.layout.name)
    original, mixed = LoudnessMeter(weights, FILM_SAMPLE_RATE_HZ), LoudnessMeter(weights, FILM_SAMPLE_RATE_HZ)
    with soundfile.SoundFile(speech, "w", FILM_SAMPLE_RATE_HZ, channels=1, format="FLAC", subtype="PCM_16") as file:
        for block in mixing.mix_blocks():
            original.add(block.original)
            mixed.add(block.mixed)
            file.write(np.clip(block.voice, -1.0, 1.0))
    return MeasuredLoudness(original.compute_loudness(), mixed.compute_loudness()), Artifact.of(speech)
