"""read: the cues of a subtitle track of the film, or of a sidecar subtitle beside it."""

import logging
from dataclasses import dataclass

from pipeline.errors import FilmError, ProgramError, ProgramTimeout
from pipeline.ffmpeg import extraction
from pipeline.runner import stage
from pipeline.text import languages
from pipeline.text.subtitles import subtitle_reader
from pipeline.text.subtitles.subtitle_parser import ParsedSubtitle
from pipeline.values.media import Sidecar, Source, Track
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Cue

log = logging.getLogger(__name__)

LANGUAGE_SAMPLE_CHARACTERS = 5_000  # from which the language of a subtitle without a tag is detected


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A subtitle that can stand in for recognition or translation. `language`: BCP 47, "" where it cannot be detected.

    `label`: the track or file, for people. `notes`: on what was left out of it. Without cues where it cannot be used.
    """

    language: str
    cues: tuple[Cue, ...]
    label: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class SubtitleCandidate:
    """A subtitle that may hold the dialogue, with its name for people."""

    subtitle: Track | Sidecar
    label: str


@stage(version=3, name="read")
def read_subtitles(candidate: SubtitleCandidate, source: Source) -> Subtitles:
    """The cues in this track or file; none, and a note, where it is broken or in no language that can be detected."""
    subtitle, label = candidate.subtitle, candidate.label
    name = label[:1].upper() + label[1:]
    try:
        parsed = _parse(subtitle, source)
    except (FilmError, ProgramError) as error:
        if isinstance(error, ProgramError) and (error.code < 0 or error.code == ProgramTimeout.CODE):
            raise  # it was ended from outside: no fault of the subtitle
        log.warning("read: %s of %s is not used: %s", label, source.path.name, error)
        return Subtitles("", (), label, (Note(f"{name} was not used: {error}", Severity.WARNING),))
    language = subtitle.language or _detect_language(parsed.cues) or ""
    notes = _describe_parsing(parsed, label, name)
    if not language and parsed.cues:
        notes = (
            *notes,
            Note(f"{name} was not used: its language cannot be detected; name it as in film.en.srt", Severity.WARNING),
        )
    return Subtitles(language, parsed.cues if language else (), label, notes)


def _describe_parsing(parsed: ParsedSubtitle, label: str, name: str) -> tuple[Note, ...]:
    notes = [Note(f"{name} was read without {', '.join(parsed.faults)}", Severity.WARNING)] if parsed.faults else []
    if parsed.removals:
        notes.append(Note(f"Left out of {label}, because nobody says it: {', '.join(parsed.removals)}"))
    if parsed.encoding:
        notes.append(Note(f"{name} does not name its encoding: read as {parsed.encoding}"))
    return tuple(notes)


def _detect_language(cues: tuple[Cue, ...]) -> str | None:
    guess = languages.guess_language(" ".join(cue.text for cue in cues)[:LANGUAGE_SAMPLE_CHARACTERS])
    return guess.language if guess else None


def _parse(candidate: Track | Sidecar, source: Source) -> ParsedSubtitle:
    if isinstance(candidate, Sidecar):
        return subtitle_reader.read_subtitle_file(candidate.content, digest=candidate.digest, language=candidate.language)
    content = extraction.extract_subtitle(source.content, candidate.index, codec=candidate.codec)
    return subtitle_reader.read_subtitle_text(content, name="in the film", language=candidate.language)
