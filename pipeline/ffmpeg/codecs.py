"""Codecs and channel layouts of a dub: the dialogue track's own codec where ffmpeg encodes it, else the container's usual one.

Delays are measured, not promised: ffmpeg 5.1 writes them into no Matroska file but Opus's, so that a player starts an encoded
track late by as much. The mix starts earlier by the delay instead (tested in `tests/pipeline/stages/test_mux.py`).
"""

from dataclasses import dataclass, field

from pipeline.audio.channel_positions import CHANNEL_POSITIONS
from pipeline.values.media import Film, Track

CHANNEL_COUNTS = {name: len(positions) for name, positions in CHANNEL_POSITIONS.items()}
LAYOUTS_WITHOUT_CENTRE = frozenset({"mono", "stereo", "2.1", "3.0(back)", "quad", "quad(side)"})


@dataclass(frozen=True, slots=True)
class Layout:
    """A channel layout by ffmpeg's name, channels in ffmpeg's order."""

    name: str

    @property
    def channels(self) -> int:
        """Number of channels."""
        return CHANNEL_COUNTS[self.name]

    @property
    def has_centre(self) -> bool:
        """True if a centre channel carries the dialogue."""
        return self.name not in LAYOUTS_WITHOUT_CENTRE

    @property
    def voice_channels(self) -> tuple[int, ...]:
        """Channel numbers that a voice is mixed into: the centre where there is one, else both fronts (a phantom centre)."""
        if self.has_centre:
            return (2,)  # ffmpeg orders FL FR FC …
        return (0,) if self.name == "mono" else (0, 1)


@dataclass(frozen=True, slots=True)
class Codec:
    """Parameters of one audio codec and its encoder. Samples are at 48 kHz.

    `delay`: samples by which ffmpeg's encoder comes late in Matroska. `frame`: samples of one packet. `tail`: samples that
    it adds behind the last ones.
    """

    name: str  # ffprobe's
    encoder: str
    layouts: frozenset[str]
    delay: int
    frame: int
    bitrates: tuple[int, int, int, int] | None  # bit/s of mono, stereo, up to 5.1, beyond; None: lossless
    options: dict[str, str] = field(default_factory=dict)
    tail: int = 0

    def count_samples_to_encode(self, samples: int) -> int:
        """Number of samples to encode so that the track is as long as a film of `samples`, or a part of a frame shorter.

        A track that outlasts its film lengthens the file.
        """
        return max(1, (samples - self.tail) // self.frame) * self.frame - self.delay

    def choose_layout(self, wanted: Layout) -> Layout:
        """The layout nearest to `wanted` that this codec can carry: the same, side for back, or the next larger."""
        bare = wanted.name.removesuffix("(side)")
        for name in (wanted.name, bare, f"{bare}(side)"):
            if name in self.layouts:
                return Layout(name)
        larger = sorted((CHANNEL_COUNTS[name], name) for name in self.layouts if CHANNEL_COUNTS[name] >= wanted.channels)
        return Layout(larger[0][1] if larger else min(self.layouts, key=lambda name: (-CHANNEL_COUNTS[name], name)))

    def get_bit_rate(self, layout: Layout) -> int | None:
        """bit/s for this layout; None where the codec is lossless."""
        if self.bitrates is None:
            return None
        return self.bitrates[min(layout.channels, 3) - 1 + (layout.channels > 6)]


DOLBY_LAYOUTS = frozenset(CHANNEL_COUNTS) - {"6.1", "7.1"}
PLAIN_LAYOUTS = frozenset(
    {"mono", "stereo", "3.0", "5.1", "7.1"}
)  # without AAC's programme config elements, which players dislike
USUAL_BIT_RATES = (128_000, 192_000, 448_000, 576_000)  # transparent for speech over music; all of them legal in AC-3
CODECS = {
    codec.name: codec
    for codec in (
        Codec(
            "aac", "aac", PLAIN_LAYOUTS | {"5.0"}, 1024, 1024, USUAL_BIT_RATES, {"aac_coder": "fast"}
        ),  # half the time of the default
        Codec("ac3", "ac3", DOLBY_LAYOUTS, 256, 1536, USUAL_BIT_RATES),
        Codec("eac3", "eac3", DOLBY_LAYOUTS, 256, 1536, USUAL_BIT_RATES),
        Codec(
            "opus",
            "libopus",
            PLAIN_LAYOUTS | {"quad", "5.0", "6.1"},
            0,
            960,
            (96_000, 128_000, 320_000, 448_000),
            {"compression_level": "5"},
            tail=384,
        ),
        Codec("mp3", "libmp3lame", frozenset({"mono", "stereo"}), 1105, 1152, USUAL_BIT_RATES, tail=1152),
        Codec(
            "flac", "flac", PLAIN_LAYOUTS | {"quad", "5.0", "5.0(side)", "5.1(side)", "6.1"}, 0, 1, None, {"sample_fmt": "s16"}
        ),
    )
}
CODECS_BY_CONTAINER = {  # by container, what it may carry, and what it falls back to: first up to stereo, then beyond
    "mp4": ("aac", "aac", "ac3", "eac3", "mp3"),
    "mov": ("aac", "aac", "ac3", "eac3", "mp3"),
    "matroska": ("aac", "ac3", "eac3", "opus", "mp3", "flac"),
    "webm": ("opus", "opus"),
    "avi": ("mp3", "ac3"),
    "mpegts": ("aac", "ac3", "eac3", "mp3"),
}


def find_layout(track: Track) -> Layout:
    """Channel layout of a track; where its file names none of `CHANNEL_COUNTS`, the usual one for as many channels."""
    if track.layout in CHANNEL_COUNTS:
        return Layout(track.layout)
    if track.channels <= 2:
        return Layout("mono" if track.channels == 1 else "stereo")
    return Layout("5.1" if track.channels <= 6 else "7.1")


def choose_codec(container: str, track: Track) -> Codec:
    """The codec of a dub of `track` in `container` (ffmpeg's muxer)."""
    carried, layout = CODECS_BY_CONTAINER[container], find_layout(track)
    own = CODECS.get(track.codec)
    if own and own.name in carried and max(CHANNEL_COUNTS[name] for name in own.layouts) >= layout.channels:
        return own
    return CODECS[carried[0] if layout.channels <= 2 or (layout.channels > 6 and "aac" in carried) else carried[1]]


def choose_mixing_layout(film: Film) -> Layout:
    """The layout that a dub of this film is mixed in: the dialogue track's, as far as the dub's codec can carry it."""
    track = film.track(film.dialogue)
    return choose_codec(film.container, track).choose_layout(find_layout(track))


def choose_stereo_codec(container: str) -> Codec:
    """The codec of a stereo track that every player of this container (ffmpeg's muxer) decodes."""
    return CODECS[CODECS_BY_CONTAINER[container][0]]
