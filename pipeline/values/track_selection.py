"""Track selection: the audio and subtitle tracks that a person chose for a dub."""

from dataclasses import dataclass
from typing import Self

NO_SUBTITLES = "none"  # speech recognition, whatever subtitles the film has
MAX_CHOICE_CHARACTERS = 4096  # of a subtitle's file


@dataclass(frozen=True, slots=True)
class TrackSelection:
    """Tracks that a person chose; None: Dubarr chooses.

    `audio`: number of the audio track, from 1 among the film's audio tracks. `subtitles`: number of the subtitle track likewise,
    the name of a file beside the film, the absolute path of a subtitle file, or `NO_SUBTITLES`.
    """

    audio: int | None = None
    subtitles: str | None = None

    @classmethod
    def parse(cls, audio: int | None, subtitles: str | int | None) -> Self:
        """Parse a choice as people write it: a number as text, `None` in any case of letters, blank for Dubarr's own choice."""
        text = "" if subtitles is None else str(subtitles).strip()
        if text.casefold() == NO_SUBTITLES:
            text = NO_SUBTITLES
        return cls(audio, (str(int(text)) if text.isascii() and text.isdecimal() else text) or None)

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
