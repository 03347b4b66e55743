"""fold_down: a stereo track of a dub for players without surround sound, from its encoded surround track.

Both are folded by Lo/Ro of ITU-R BS.775: the dub gets the loudness that the original has as a fold-down.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pipeline.audio import channel_positions
from pipeline.audio.levels import Wave
from pipeline.audio.loudness import SILENCE_LUFS, LoudnessMeter
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import Layout, choose_mixing_layout, choose_stereo_codec
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.ffmpeg.loudness_encoder import LOUDNESS_TOLERANCE_LU, MeasuredLoudness, TrackEncoding, encode_at_loudness
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import DubTrack, Film, Source, StereoTrack
from pipeline.values.notes import Note, Severity

BLOCK_SAMPLES = 2 * FILM_SAMPLE_RATE_HZ  # samples folded at a time
STEREO = Layout("stereo")


def has_surround_dub(film: Film) -> bool:
    """True if a dub of this film has more than two channels."""
    return choose_mixing_layout(film).channels > STEREO.channels


@stage(version=2)
def fold_down(source: Source, film: Film, track: DubTrack, *, workdir: Path) -> StereoTrack:
    """The dub of a surround film as a stereo track."""
    folding = _Folding(source, film, track, choose_mixing_layout(film))
    codec = choose_stereo_codec(film.container)
    size = round(film.duration * (codec.get_bit_rate(STEREO) or FILM_SAMPLE_RATE_HZ * 32) / 8)
    with reserve_disk_space(workdir, size, "fold_down"):
        measured = folding.measure()
        encoding = TrackEncoding("fold_down", source.path.name, codec, STEREO, folding.samples, folding.iter_dub)
        audio, found = encode_at_loudness(encoding, measured, workdir / "stereo.mka")
    return StereoTrack(track.language, audio, found.integrated, found.true_peak, measured.original)


@dataclass(frozen=True, slots=True)
class _Folding:
    """Stereo fold-downs of the original dialogue track and of its dub, decoded anew at each iteration."""

    source: Source
    film: Film
    track: DubTrack
    layout: Layout

    @property
    def samples(self) -> int:
        """The film's length at 48 kHz."""
        return round(self.film.duration * FILM_SAMPLE_RATE_HZ)

    def iter_original(self) -> Iterator[Wave]:
        """The original, block by block `(samples, 2)`."""
        return self._fold_track(self.source.content, self.film.dialogue, ours=False)

    def iter_dub(self) -> Iterator[Wave]:
        """The dub, block by block `(samples, 2)`."""
        return self._fold_track(self.track.audio.path, 0, ours=True)

    def measure(self) -> MeasuredLoudness:
        """Loudness of both fold-downs."""
        found = []
        for blocks in (self.iter_original(), self.iter_dub()):
            meter = LoudnessMeter(channel_positions.list_loudness_weights(STEREO.name), FILM_SAMPLE_RATE_HZ)
            for block in blocks:
                meter.add(block)
            found.append(meter.compute_loudness())
        return MeasuredLoudness(*found)

    def _fold_track(self, path: Path, index: int, *, ours: bool) -> Iterator[Wave]:
        with ExitStack() as stack:
            decoding = decoder.decode_blocks(path, index, self.layout, self.samples, block=BLOCK_SAMPLES, ours=ours)
            for block in stack.enter_context(decoding):
                yield channel_positions.fold_down(block, self.layout.name)


def describe_fold_down(track: StereoTrack) -> tuple[Note, ...]:
    """Notes on a stereo track: that it is there, and where it is not as loud as the original."""
    added = Note("A stereo fold-down of the dub follows its surround track, for players without surround sound")
    lack = track.original_loudness - track.loudness
    if abs(lack) <= LOUDNESS_TOLERANCE_LU or track.original_loudness <= SILENCE_LUFS:
        return (added,)
    quieter = f"{abs(lack):.1f} LU {'quieter' if lack > 0.0 else 'louder'}"
    return added, Note(f"The stereo fold-down is {quieter} than the original's, to stay under the true peak", Severity.WARNING)
