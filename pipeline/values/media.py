"""Values about files: what a film consists of, and what the stages make."""

import hashlib
import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from pipeline.errors import FilmNotFound

SPEECH_RATE = 16_000  # Hz, what every recogniser listens at
BLOCK = 1 << 20  # bytes read at a time
SAMPLED_BLOCKS = 16  # of a film, spread over its length: 16 MiB tell two films apart in milliseconds
DIGEST_SIZE = 16  # bytes
NOT_IDENTITY = {"identity": False}  # field metadata: the cache key leaves this field out


def digest_of(path: Path) -> str:
    """BLAKE2b-128 of a whole file, hexadecimal."""
    digest = hashlib.blake2b(digest_size=DIGEST_SIZE)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sampled_digest(path: Path, size: int) -> str:
    """BLAKE2b-128 over a film's size and blocks spread evenly over it, the first and the last included."""
    digest = hashlib.blake2b(str(size).encode(), digest_size=DIGEST_SIZE)
    last = max(0, size - BLOCK)
    with path.open("rb") as file:
        for offset in sorted({last * n // (SAMPLED_BLOCKS - 1) for n in range(SAMPLED_BLOCKS)}):
            file.seek(offset)
            digest.update(file.read(BLOCK))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a stage made, known by its content. The row in the store is the commit; the file alone is litter."""

    path: Path = field(metadata=NOT_IDENTITY)
    size: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Identify a finished file."""
        return cls(path=path, size=path.stat().st_size, digest=digest_of(path))

    def is_intact(self) -> bool:
        """Whether the file is still there as it was made: a disk may have changed it without changing its size."""
        try:
            return self.path.stat().st_size == self.size and digest_of(self.path) == self.digest
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A subtitle file beside the film (`film.en.srt`). `language`: BCP 47 from its name, None where it names none."""

    path: Path = field(metadata=NOT_IDENTITY)
    digest: str
    language: str | None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A film on disk, known by its size and sampled content, wherever it lies. `sidecars`: subtitles beside it."""

    path: Path = field(metadata=NOT_IDENTITY)
    size: int  # bytes
    mtime_ns: int = field(metadata=NOT_IDENTITY)
    digest: str
    sidecars: tuple[Sidecar, ...] = ()
    opened: Path | None = field(default=None, metadata=NOT_IDENTITY)  # `OpenedPath.content`, where somebody holds the film open

    @property
    def content(self) -> Path:
        """The name to read the film by: that of the file which is held open, where one is, else its path."""
        return self.opened or self.path

    @classmethod
    def of(cls, path: Path, sidecars: tuple[Sidecar, ...] = (), *, opened: Path | None = None) -> Self:
        """Identify a film. FilmNotFound where there is no regular file."""
        content = opened or path
        try:
            stat = content.stat()
            if not content.is_file():
                raise FilmNotFound(f"{path} is not a file; give the path of a film")
            digest = sampled_digest(content, stat.st_size)
        except OSError as error:
            raise FilmNotFound(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
        return cls(path, stat.st_size, stat.st_mtime_ns, digest, sidecars, opened)

    def is_intact(self) -> bool:
        """True while the file at this path has this size and mtime."""
        try:
            stat = self.path.stat()
        except OSError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


class TrackKind(StrEnum):
    """What a stream carries."""

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
class Film:
    """What is inside a film file, as probed. Holds no path: the same film elsewhere is the same film."""

    container: str  # ffmpeg's muxer to write it back with: mp4, mov, matroska, webm, avi, mpegts
    duration: float  # seconds
    tracks: tuple[Track, ...]
    dialogue: int  # index of the audio track that is dubbed
    chapters: int
    dubbed_by: str = ""  # our container tag, where this file is a dub of ours

    def track(self, index: int) -> Track:
        """The track of this stream index."""
        return next(track for track in self.tracks if track.index == index)

    def of_kind(self, kind: TrackKind) -> tuple[Track, ...]:
        """All tracks of a kind, in the file's order."""
        return tuple(track for track in self.tracks if track.kind is kind)


@dataclass(frozen=True, slots=True)
class Stems:
    """Separated parts, full length. `speech`: 16 kHz mono WAV for the recognisers. Where a separator ran, `voices` is the
    speech and `background` all else of the dialogue's channels (`Layout.voiced`), 48 kHz; the mix then ducks nothing.
    """

    speech: Artifact
    background: Artifact | None = None
    voices: Artifact | None = None


@dataclass(frozen=True, slots=True)
class DubTrack:
    """One finished dub of a film: encoded audio and subtitles, ready to mux. `language`: BCP 47."""

    language: str
    audio: Artifact
    speech: Artifact  # the dubbed voices alone, FLAC mono, for assessment and study
    loudness: float  # LUFS, integrated, of the encoded track
    true_peak: float  # dBTP
    original_loudness: float  # LUFS, of the track that was dubbed


def fsync_folder(folder: Path) -> None:
    """Make a rename in this folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
