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
CERTAIN_LANGUAGES = frozenset(
    {"ar", "de", "el", "en", "es", "fi", "fr", "he", "hu", "it", "ja", "ko", "nl", "pl", "ru", "th", "tr", "zh"}
)
MIN_CONTRADICTION_CHARACTERS = 100  # of a subtitle's text, from which it can contradict the language that it is named for
MIN_CONTRADICTION_CONFIDENCE = 0.99  # of the identification


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


@stage(version=4, name="read")
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
    if subtitle.language and (other := _find_other_language(parsed.cues, subtitle.language)):
        named, found = map(languages.get_english_name, (language, other))
        notes = (*notes, Note(f"{name} is named {named}, but its text is {found}: it was taken for {found}", Severity.WARNING))
        language = other
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
    if not parsed.cues:
        notes.append(Note(f"{name} was not used: there is no dialogue in it", Severity.WARNING))
    if parsed.encoding:
        notes.append(Note(f"{name} does not name its encoding: read as {parsed.encoding}"))
    return tuple(notes)


def _detect_language(cues: tuple[Cue, ...]) -> str | None:
    guess = languages.guess_language(" ".join(cue.text for cue in cues)[:LANGUAGE_SAMPLE_CHARACTERS])
    return guess.language if guess else None


def _find_other_language(cues: tuple[Cue, ...], named: str) -> str | None:
    """The language of the text where it is surely not the one that the subtitle is named for; None otherwise.

    Only large languages, told apart for certain in a text of some length, contradict a name.
    """
    text = " ".join(cue.text for cue in cues)[:LANGUAGE_SAMPLE_CHARACTERS]
    if len(text) < MIN_CONTRADICTION_CHARACTERS or languages.base_language(named) not in CERTAIN_LANGUAGES:
        return None
    guess = languages.guess_language(text)
    if guess is None or guess.language not in CERTAIN_LANGUAGES or guess.confidence < MIN_CONTRADICTION_CONFIDENCE:
        return None
    return None if languages.is_same_language(guess.language, named) else guess.language


def _parse(candidate: Track | Sidecar, source: Source) -> ParsedSubtitle:
    if isinstance(candidate, Sidecar):
        return subtitle_reader.read_subtitle_file(candidate.content, digest=candidate.digest, language=candidate.language)
    content = extraction.extract_subtitle(source.content, candidate.index, codec=candidate.codec)
    return subtitle_reader.read_subtitle_text(content, name="in the film", language=candidate.language)
