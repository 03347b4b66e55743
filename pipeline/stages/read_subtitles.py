"""read: the cues of a subtitle track of the film, or of a sidecar subtitle beside it."""

import logging
from dataclasses import dataclass

from pipeline.errors import FilmError, ProgramError, ProgramTimeout
from pipeline.ffmpeg import extraction
from pipeline.runner import stage
from pipeline.text import languages, subtitle_reader
from pipeline.values.media import Film, Sidecar, Source, Track, TrackKind
from pipeline.values.timeline import Cue

log = logging.getLogger(__name__)

MAX_SUBTITLE_TRACKS = 64  # subtitles of a film that are read: the film goes by once for each
TEXT_CODECS = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A full subtitle that can stand in for recognition or translation. `language`: BCP 47."""

    language: str
    cues: tuple[Cue, ...]


def list_subtitle_candidates(source: Source, film: Film) -> tuple[Track | Sidecar, ...]:
    """Every text subtitle that is not marked as forced: the film's own tracks, then the files beside it."""
    tracks = tuple(
        track for track in film.of_kind(TrackKind.SUBTITLE) if track.codec in TEXT_CODECS and "forced" not in track.dispositions
    )
    return tracks[:MAX_SUBTITLE_TRACKS] + tuple(sidecar for sidecar in source.sidecars if not sidecar.forced)


@stage(version=2, name="read")
def read_subtitles(candidate: Track | Sidecar, source: Source, film: Film) -> Subtitles | None:
    """The full subtitle in this track or file; None for one that is broken, partial, or in no language that can be detected."""
    where = candidate.path.name if isinstance(candidate, Sidecar) else f"stream {candidate.index}"
    try:
        cues = _read_cues(candidate, source)
    except (FilmError, ProgramError) as error:
        if isinstance(error, ProgramError) and (error.code < 0 or error.code == ProgramTimeout.CODE):
            raise  # it was ended from outside: no fault of the subtitle
        log.warning("read: %s of %s is left aside: %s", where, source.path.name, error)
        return None
    if not subtitle_reader.is_full_subtitle(cues, film.duration):
        log.info("read: %s of %s is no full subtitle (%d cues); it is left aside", where, source.path.name, len(cues))
        return None
    language = candidate.language or _detect_language(cues)
    return Subtitles(language, cues) if language else None


def _detect_language(cues: tuple[Cue, ...]) -> str | None:
    guess = languages.guess_language(" ".join(cue.text for cue in cues)[:5_000])
    return guess.language if guess else None


def _read_cues(candidate: Track | Sidecar, source: Source) -> tuple[Cue, ...]:
    if isinstance(candidate, Sidecar):
        return subtitle_reader.read_cues(candidate.path, digest=candidate.digest)
    return subtitle_reader.parse_cues(extraction.extract_subtitle(source.content, candidate.index))
