"""Subtitle reader: cues of a sidecar file or of a text, and the check that they cover a film's dialogue.

Subtitle files come from strangers. `subtitle_parser` reads them, and never ffmpeg: a vobsub index opens its sibling.
"""

import logging
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.text.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.subtitle_parser import parse_subtitle
from pipeline.text.subtitle_sandbox import parse_in_sandbox
from pipeline.text.subtitle_sidecars import compute_digest, read_bytes_in_folder
from pipeline.values.timeline import Cue, merge_spans

log = logging.getLogger(__name__)

SANDBOX_THRESHOLD_BYTES = 1 << 18  # larger texts are parsed in a child process; speech alone has 50 to 300 kB
MAX_CHARACTERS_PER_S = 50.0  # of film: fast talk has 25, and nobody reads faster
MIN_CUES_PER_MINUTE = 1.5  # of film: forced subtitles have fewer than one
MIN_FRACTION_INSIDE = 0.9  # of the cues: those of a longer cut begin after the film's end
MIN_FRACTION_SHOWN, MIN_FRACTION_SPANNED = 0.08, 0.35  # of the film: with a cue on screen; first to last cue


def read_cues(path: Path, *, digest: str | None = None) -> tuple[Cue, ...]:
    """Cues of a subtitle file. `digest`: of the file that was found, which it must still be. FilmError, in a sentence, where
    it cannot be read.
    """
    name, content = path.name, read_bytes_in_folder(path.parent, path)
    if content is None:
        limit_mb = MAX_SUBTITLE_BYTES // 1_000_000
        raise FilmError(f"the subtitles {name} cannot be read, or are larger than {limit_mb} MB; check the file")
    if digest is not None and compute_digest(content) != digest:
        raise FilmError(f"the subtitles {name} changed since they were found; queue the film again")
    return parse_cues(content, name=name)


def parse_cues(content: bytes | str, *, name: str = "in the film") -> tuple[Cue, ...]:
    """Cues of dialogue of an SRT, WebVTT or ASS text, in order of time. FilmError, with `name`, for any other text.

    ProgramError where the process that parses a large text is ended by `process_groups.kill_all`.
    """
    is_small = len(content) <= SANDBOX_THRESHOLD_BYTES or len(content) > MAX_SUBTITLE_BYTES  # the latter is refused at once
    parsed = parse_subtitle(content, name=name) if is_small else parse_in_sandbox(content, name)
    if parsed.omissions:
        log.warning("the subtitles %s were read without %s", name, ", ".join(parsed.omissions))
    return parsed.cues


def is_full_subtitle(cues: tuple[Cue, ...], duration: float) -> bool:
    """True if the cues hold the dialogue of a film of `duration` seconds, rather than its forced signs or another cut.

    A full subtitle shows 8 to 20 cues a minute over half of the film; forced ones fewer than one a minute, over 1 or 2 %.
    """
    inside = tuple(cue for cue in cues if cue.span.start < duration)
    if not inside or len(inside) < MIN_FRACTION_INSIDE * len(cues) or len(inside) < MIN_CUES_PER_MINUTE * duration / 60:
        return False
    if sum(len(cue.text) for cue in inside) > MAX_CHARACTERS_PER_S * duration:
        return False
    if not any(character.isalpha() for cue in inside for character in cue.text):
        return False
    shown = sum(span.duration for span in merge_spans([cue.span for cue in inside]))
    reach = max(cue.span.end for cue in inside) - min(cue.span.start for cue in inside)
    return shown >= MIN_FRACTION_SHOWN * duration and reach >= MIN_FRACTION_SPANNED * duration
