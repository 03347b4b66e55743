"""Track selection: the audio and subtitle tracks that a person chose for a dub."""

from dataclasses import dataclass

NO_SUBTITLES = "none"  # speech recognition, whatever subtitles the film has


@dataclass(frozen=True, slots=True)
class TrackSelection:
    """Tracks that a person chose; None: Dubarr chooses.

    `audio`: number of the audio track, from 1 among the film's audio tracks. `subtitles`: number of the subtitle track likewise,
    the name of a file beside the film, the absolute path of a subtitle file, or `NO_SUBTITLES`.
    """

    audio: int | None = None
    subtitles: str | None = None

    @property
    def subtitle_number(self) -> int | None:
        """The number of a subtitle track in the film; None for any other choice."""
        text = self.subtitles or ""
        return int(text) if text.isascii() and text.isdecimal() else None

    @property
    def subtitle_file(self) -> str | None:
        """The name or path of a subtitle file; None for any other choice."""
        is_file = self.subtitles not in {None, NO_SUBTITLES} and self.subtitle_number is None
        return self.subtitles if is_file else None
