"""Subtitle reader: cues of a sidecar file or of a text, with the counts of what was left out.

Subtitle files come from strangers. `subtitle_parser` reads them, and never ffmpeg: a vobsub index opens its sibling.
"""

import logging
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.text.subtitles.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.subtitles.subtitle_parser import ParsedSubtitle, parse_subtitle
from pipeline.text.subtitles.subtitle_sandbox import parse_in_sandbox
from pipeline.text.subtitles.subtitle_sidecars import compute_digest, read_bytes_in_folder

log = logging.getLogger(__name__)

SANDBOX_THRESHOLD_BYTES = 1 << 18  # larger texts are parsed in a child process; speech alone has 50 to 300 kB


def read_subtitle_file(path: Path, *, digest: str | None = None, language: str | None = None) -> ParsedSubtitle:
    """Cues of a subtitle file. `digest`: of the file that was found, which it must still be. FilmError, in a sentence, where
    it cannot be read.
    """
    name, content = path.name, read_bytes_in_folder(path.parent, path)
    if content is None:
        limit_mb = MAX_SUBTITLE_BYTES // 1_000_000
        raise FilmError(f"the subtitles {name} cannot be read, or are larger than {limit_mb} MB; check the file")
    if digest is not None and compute_digest(content) != digest:
        raise FilmError(f"the subtitles {name} changed since they were found; queue the film again")
    return read_subtitle_text(content, name=name, language=language)


def read_subtitle_text(content: bytes | str, *, name: str = "in the film", language: str | None = None) -> ParsedSubtitle:
    """Cues of dialogue of an SRT, WebVTT or ASS text, in order of time. FilmError, with `name`, for any other text.

    ProgramError where the process that parses a large text is ended by `process_groups.kill_all`.
    """
    is_small = len(content) <= SANDBOX_THRESHOLD_BYTES or len(content) > MAX_SUBTITLE_BYTES  # the latter is refused at once
    if not is_small:
        return parse_in_sandbox(content, name, language)
    return parse_subtitle(content, name=name, language=language)
