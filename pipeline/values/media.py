"""Media files as values: films, their tracks and sidecar subtitles, and the artifacts that stages make; their content hashes."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from pipeline.errors import FilmNotFound

SPEECH_RATE_HZ = 16_000  # input of every recogniser and diarizer
BLOCK_BYTES = 1 << 20  # read at a time
SAMPLED_BLOCK_COUNT = 16  # of a film, spread over its length: 16 MiB, read in milliseconds, distinguish two films
DIGEST_BYTES = 16
NOT_IDENTITY = {"identity": False}  # field metadata: the cache key leaves this field out
IDENTITY_UNLESS_DEFAULT = {"unless_default": True}  # the same while the field has its default: values of before it stay known


def compute_digest(path: Path) -> str:
    """BLAKE2b-128 of a whole file, hexadecimal."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def compute_sampled_digest(path: Path, size: int) -> str:
    """BLAKE2b-128 over a film's size and blocks spread evenly over it, the first and the last included."""
    digest = hashlib.blake2b(str(size).encode(), digest_size=DIGEST_BYTES)
    last = max(0, size - BLOCK_BYTES)
    with path.open("rb") as file:
        for offset in sorted({last * n // (SAMPLED_BLOCK_COUNT - 1) for n in range(SAMPLED_BLOCK_COUNT)}):
            file.seek(offset)
            digest.update(file.read(BLOCK_BYTES))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a stage made, identified by its content. The row in the store commits it; without a row it is garbage."""

    path: Path = field(metadata=NOT_IDENTITY)
    size: int
    digest: str
    mtime_ns: int | None = field(default=None, metadata=NOT_IDENTITY, compare=False)  # None in rows of earlier releases

    @classmethod
    def of(cls, path: Path) -> Self:
        """Identify a finished file."""
        stat = path.stat()
        return cls(path=path, size=stat.st_size, digest=compute_digest(path), mtime_ns=stat.st_mtime_ns)

    def find_fault(self) -> str | None:
        """Describe why the file is not the one that was made; None where it is.

        Size and mtime decide. A file of another mtime (copied, restored, or touched by the artifact scrub) is decided by its digest.
        """
        try:
            stat = self.path.stat()
            if stat.st_size != self.size:
                return f"{self.path.name} has {stat.st_size} bytes, not {self.size}"
            if stat.st_mtime_ns != self.mtime_ns and compute_digest(self.path) != self.digest:
                return f"the content of {self.path.name} has changed"
        except OSError as error:
            return f"{self.path.name} cannot be read: {error.strerror}"
        return None


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A subtitle file beside the film (`film.en.srt`). `language`: BCP 47 from its name, None where it names none.

    `kind`: that of its name (a `SubtitleKind`), "" where it was not looked for. `real`: its real path, where it is a link to
    another folder.
    """

    path: Path = field(metadata=NOT_IDENTITY)
    digest: str
    language: str | None
    forced: bool = False
    kind: str = field(default="", metadata=NOT_IDENTITY)
    real: Path | None = field(default=None, metadata=NOT_IDENTITY)

    @property
    def content(self) -> Path:
        """Path to read the file by: no link leads from it to another folder."""
        return self.real or self.path


@dataclass(frozen=True, slots=True)
class Source:
    """A film on disk, identified by its size and sampled content, not by its path. `sidecars`: subtitles beside it."""

    path: Path = field(metadata=NOT_IDENTITY)
    size: int  # bytes
    mtime_ns: int = field(metadata=NOT_IDENTITY)
    digest: str
    sidecars: tuple[Sidecar, ...] = ()
    opened: Path | None = field(default=None, metadata=NOT_IDENTITY)  # `OpenedPath.content`, where the film is held open

    @property
    def content(self) -> Path:
        """Path to read the film by: that of its open file handle, where one is held, else its path."""
        return self.opened or self.path

    @classmethod
    def of(cls, path: Path, sidecars: tuple[Sidecar, ...] = (), *, opened: Path | None = None) -> Self:
        """Identify a film. FilmNotFound where there is no regular file."""
        content = opened or path
        try:
            stat = content.stat()
            if not content.is_file():
                raise FilmNotFound(f"{path} is not a file; give the path of a film")
            digest = compute_sampled_digest(content, stat.st_size)
        except OSError as error:
            raise FilmNotFound(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
        return cls(path, stat.st_size, stat.st_mtime_ns, digest, sidecars, opened)

    def find_fault(self) -> str | None:
        """Describe why the file at this path is not this one; None where it is."""
        return None if self.is_intact() else f"{self.path.name} was changed, moved or deleted"

    def is_intact(self) -> bool:
        """True while the file at this path has this size and mtime."""
        try:
            stat = self.path.stat()
        except OSError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


class AudioFormat(StrEnum):
    """Format of an audio file for editing programs."""

    WAV = "wav"
    FLAC = "flac"


class TrackKind(StrEnum):
    """Kind of a stream: video, audio, subtitle, attachment or data."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    ATTACHMENT = "attachment"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Track:
    """A stream in a container. `index` is ffmpeg's, `start` seconds on the film's axis, `language` BCP 47 or None."""

    index: int
    kind: TrackKind
    codec: str
    language: str | None = None
    title: str = ""
    start: float = 0.0
    channels: int = 0  # audio only
    layout: str = ""  # ffmpeg's channel layout name, "" where the file gives none
    sample_rate: int = 0  # Hz, audio only
    dispositions: tuple[str, ...] = ()  # ffmpeg's names: default, forced, comment, attached_pic, …
    cover: bool = False  # an attached picture, not a film's video
    filename: str = ""  # of attachments, and of covers that are such


@dataclass(frozen=True, slots=True)
class Truncation:
    """A file that is cut off a little before its film's end. Seconds from the film's start: its last picture or sound, and the
    duration that its header states.
    """

    end: float
    stated: float


@dataclass(frozen=True, slots=True)
class Film:
    """Contents of a film file, as probed: container, duration, tracks. Holds no path: the same film elsewhere is the same film."""

    container: str  # ffmpeg's muxer to write it back with: mp4, mov, matroska, webm, avi, mpegts
    duration: float  # seconds
    tracks: tuple[Track, ...]
    dialogue: int  # index of the audio track that is dubbed
    chapters: int
    dubbed_by: str = ""  # our container tag, where this file is a dub of ours
    truncation: Truncation | None = field(default=None, metadata=NOT_IDENTITY)

    def track(self, index: int) -> Track:
        """The track of this stream index."""
        return next(track for track in self.tracks if track.index == index)

    def of_kind(self, kind: TrackKind) -> tuple[Track, ...]:
        """All tracks of a kind, in the file's order."""
        return tuple(track for track in self.tracks if track.kind is kind)


@dataclass(frozen=True, slots=True)
class BackgroundStems:
    """Music and effects stems of a background, in its format, rate, channels and length, whose sum it is bit for bit."""

    music: Artifact
    effects: Artifact


@dataclass(frozen=True, slots=True)
class Separation:
    """Source separation of a file: FLAC files of its rate, channels and length; speech and background add up to it bit for bit."""

    speech: Artifact
    background: Artifact
    background_stems: BackgroundStems | None = None  # of a separator that `separates_effects`


@dataclass(frozen=True, slots=True)
class Stems:
    """Separated parts, full length. `speech`: 16 kHz mono WAV for the recognisers. Where a separator ran, `voices` is the
    speech and `background` all else of the dialogue's channels (`Layout.voice_channels`), 48 kHz; the mix then ducks nothing.
    `background_stems`: the background once more, in two parts, where the separator's model has music and effects.
    """

    speech: Artifact
    background: Artifact | None = None
    voices: Artifact | None = None
    background_stems: BackgroundStems | None = field(default=None, metadata=IDENTITY_UNLESS_DEFAULT)


@dataclass(frozen=True, slots=True)
class DubTrack:
    """One finished dub of a film: encoded audio and subtitles, ready to mux. `language`: BCP 47."""

    language: str
    audio: Artifact
    speech: Artifact  # the dubbed voices alone, FLAC mono, for assessment and study
    loudness: float  # LUFS, integrated, of the encoded track
    true_peak: float  # dBTP
    original_loudness: float  # LUFS, of the track that was dubbed


@dataclass(frozen=True, slots=True)
class StereoTrack:
    """The stereo fold-down of a surround dub: encoded audio, ready to mux behind it. `language`: BCP 47."""

    language: str
    audio: Artifact
    loudness: float  # LUFS, integrated, of the encoded track
    true_peak: float  # dBTP
    original_loudness: float  # LUFS, of the original's fold-down
