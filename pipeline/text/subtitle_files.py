"""Subtitles: found beside the film, read into cues, judged, and written for the dub.

Subtitle files come from strangers. `subtitle_parser` reads them, and never ffmpeg: a vobsub index opens its sibling.
"""

import hashlib
import html
import json
import logging
import math
import os
import re
import signal
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.control_characters import remove_invisible_characters
from pipeline.errors import FilmError, ProgramError, ProgramTimeout
from pipeline.filesystem.path_guard import open_file
from pipeline.processes import subprocesses
from pipeline.text import languages, subtitle_parser
from pipeline.text.subtitle_parser import ParsedSubtitle
from pipeline.values.media import DIGEST_BYTES, Sidecar
from pipeline.values.timeline import Cue, Span, merge_spans

log = logging.getLogger(__name__)

MAX_SUBTITLE_BYTES = subtitle_parser.MAX_BYTES
SANDBOX_THRESHOLD_BYTES = (
    1 << 18
)  # larger files are parsed in a process of their own, which can be ended; speech alone has 50 to 300 kB
PARSE_TIMEOUT_S = 30.0  # of that process, which has 3 s of CPU time: for a machine that is busy or stands still
SANDBOX_VARIABLES = ("PATH", "LD_LIBRARY_PATH")  # of the environment, to start Python
MAX_SIDECARS = 64  # of one film
MAX_CHARACTERS_PER_S = 50.0  # of film: fast talk has 25, and nobody reads faster

SUBTITLE_SUFFIXES = frozenset({".srt", ".vtt", ".ass", ".ssa"})
FILM_SUFFIXES = frozenset({".mkv", ".mp4", ".m4v", ".mov", ".webm", ".avi", ".ts", ".m2ts", ".mpg", ".mpeg", ".wmv"})
SIDECAR_FLAGS = frozenset({"forced", "foreign", "sdh", "cc", "hi", "full", "default", "dialog", "dialogue"})
WIDTH, ROWS = 42, 2  # characters and lines of one subtitle on screen
SHORTEST, LONGEST = 1.0, 7.0  # seconds one stays on screen


# --- found beside the film ---


def find_sidecars(film: Path) -> tuple[Sidecar, ...]:
    """The subtitle files that belong to a film: same folder, `film.srt`, `film.en.srt`, `film.eng.forced.srt` and the like.

    In any case of letters; plain ones first, then those for the deaf, forced ones last. Files that are empty, oversized,
    not regular, or links out of the folder are left out, and so is one that fits a longer-named film better. At most 64.
    """
    folder, stem = film.parent, film.stem.casefold()
    rivals = [path.stem.casefold() for path in folder.iterdir() if path.suffix.casefold() in FILM_SUFFIXES]
    rivals = [rival for rival in rivals if rival.startswith(stem + ".")]
    found: list[tuple[Sidecar, bool]] = []
    for path in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)):
        name = path.stem.casefold()
        if path.suffix.casefold() not in SUBTITLE_SUFFIXES or not (name == stem or name.startswith(stem + ".")):
            continue
        if any(name == rival or name.startswith(rival + ".") for rival in rivals):
            continue
        if (content := read_bytes_in_folder(folder, path)) is None:
            continue
        if len(found) == MAX_SIDECARS:
            log.warning("%s has more than %d subtitle files beside it; the others are left aside", film.name, MAX_SIDECARS)
            break
        words = tuple(word for word in re.split(r"[.\s()\[\]_]+", path.stem[len(film.stem) :]) if word)
        flags = {word.casefold() for word in words} & SIDECAR_FLAGS
        sidecar = Sidecar(path, compute_digest(content), _find_language(words), forced=bool(flags & {"forced", "foreign"}))
        found.append((sidecar, bool(flags & {"sdh", "cc", "hi"})))
    return tuple(sidecar for sidecar, deaf in sorted(found, key=lambda pair: (pair[0].forced, pair[1])))


def read_bytes_in_folder(folder: Path, path: Path) -> bytes | None:
    """The bytes of a subtitle file of this folder; None where there are none, too many, or they lie elsewhere."""
    real = folder.resolve()
    try:
        with open_file(path, (real,)) as opened:
            if opened.path.parent != real:
                return None
            content = _read_up_to(opened.content, MAX_SUBTITLE_BYTES)
    except (FilmError, OSError):
        return None
    return content if 0 < len(content) <= MAX_SUBTITLE_BYTES else None


def _read_up_to(path: Path, size: int) -> bytes:
    """A file's bytes, or `size` and one more where it has more."""
    with path.open("rb") as file:
        return file.read(size + 1)


def compute_digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def _find_language(words: tuple[str, ...]) -> str | None:
    """`hi` is Hindi only where it stands alone: beside another language it means "hearing impaired"."""
    candidates = [word for word in words if word.casefold() not in SIDECAR_FLAGS] or [
        word for word in words if word.casefold() == "hi"
    ]
    for word in candidates:
        is_code = re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", word)
        if found := languages.normalize_tag_or_none(word) if is_code else languages.find_tag_by_name(word):
            return found
    return None


# --- read ---


def read_cues(path: Path, *, digest: str | None = None) -> tuple[Cue, ...]:
    """The cues of a subtitle file. `digest`: of the file that was found, which it must still be. FilmError says in a sentence
    why it cannot be read.
    """
    name, content = path.name, read_bytes_in_folder(path.parent, path)
    if content is None:
        raise FilmError(
            f"the subtitles {name} cannot be read, or are larger than {MAX_SUBTITLE_BYTES // 1_000_000} MB; check the file"
        )
    if digest is not None and compute_digest(content) != digest:
        raise FilmError(f"the subtitles {name} changed since they were found; queue the film again")
    return parse_cues(content, name=name)


def parse_cues(content: bytes | str, *, name: str = "in the film") -> tuple[Cue, ...]:
    """The spoken cues of an SRT, WebVTT or ASS text, in order of time. `name` words the FilmError for what is none.

    ProgramError where the process that parses a large text is ended by `programs.end_all`.
    """
    is_small = (
        len(content) <= SANDBOX_THRESHOLD_BYTES or len(content) > MAX_SUBTITLE_BYTES
    )  # what is too large is refused at once
    parsed = subtitle_parser.parse_subtitle(content, name=name) if is_small else parse_in_sandbox(content, name)
    if parsed.omissions:
        log.warning("the subtitles %s were read without %s", name, ", ".join(parsed.omissions))
    return parsed.cues


def parse_in_sandbox(content: bytes | str, name: str) -> ParsedSubtitle:
    """As `parse_subtitle`, by a process that has limits of time and memory and that cancelling ends."""
    command = [sys.executable, "-s", "-P", "-m", subtitle_parser.__name__, name]
    needed = {name: value for name in SANDBOX_VARIABLES if (value := os.environ.get(name)) is not None}
    environment = {**needed, "PYTHONPATH": str(Path(__file__).parents[2])}  # a parser of strangers' files needs no secrets
    stdin = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        output = subprocesses.run(command, timeout=PARSE_TIMEOUT_S, stdin=stdin, env=environment)
    except ProgramTimeout as error:
        raise subtitle_parser.make_refusal(name, f"not parsed within {PARSE_TIMEOUT_S:.0f} s") from error
    except ProgramError as error:
        if error.code == -signal.SIGXCPU:
            raise subtitle_parser.make_refusal(name, f"not parsed within {subtitle_parser.CPU_LIMIT_S} s of CPU time") from error
        if error.code < 0:
            raise  # it was ended from outside, which says nothing of the subtitle
        raise subtitle_parser.make_refusal(name, "more than the parser has memory for, or broken") from error
    answer = json.loads(output)
    if refusal := answer.get("refusal"):
        raise FilmError(refusal)
    return ParsedSubtitle(tuple(Cue(Span(start, end), text) for start, end, text in answer["cues"]), tuple(answer["omissions"]))


# --- judged ---


def is_full_subtitle(cues: tuple[Cue, ...], duration: float) -> bool:
    """Whether the cues hold the dialogue of a film of `duration` seconds, rather than its forced signs or another cut.

    A full subtitle shows 8 to 20 cues a minute over half of the film; forced ones fewer than one a minute, over 1 or 2 %.
    """
    inside = tuple(cue for cue in cues if cue.span.start < duration)
    if not inside or len(inside) < 0.9 * len(cues) or len(inside) < 1.5 * duration / 60:
        return False
    if sum(len(cue.text) for cue in inside) > MAX_CHARACTERS_PER_S * duration:
        return False
    if not any(character.isalpha() for cue in inside for character in cue.text):
        return False
    shown = sum(span.duration for span in merge_spans([cue.span for cue in inside]))
    reach = max(cue.span.end for cue in inside) - min(cue.span.start for cue in inside)
    return shown >= 0.08 * duration and reach >= 0.35 * duration


# --- written ---


@dataclass(frozen=True, slots=True)
class SpeakerCue:
    """A cue and who says it: a name for eyes, "" where nobody knows."""

    cue: Cue
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class _Caption:
    """One subtitle as it is shown."""

    start: float  # seconds
    end: float
    text: str
    speaker: str


def format_srt(cues: Iterable[Cue], *, until: float = math.inf) -> str:
    """SubRip text of cues: at most two lines of 42 characters at a time, on screen 1 to 7 s where there is room.

    Nothing is shown after `until`, the film's end in seconds: a subtitle that outlasts the film would lengthen the file.
    """
    shown = _lay_out_captions(map(SpeakerCue, cues), until)
    return "\n".join(f"{n}\n{_format_time_line(screen, ',')}\n{screen.text}\n" for n, screen in enumerate(shown, 1))


def format_vtt(said: Iterable[SpeakerCue], *, until: float = math.inf) -> str:
    """WebVTT text, laid out like `srt`, each cue in the voice of its speaker."""
    blocks = ["WEBVTT\n"]
    for screen in _lay_out_captions(said, until):
        voice = f"<v {_escape_markup(screen.speaker)}>" if screen.speaker else ""
        blocks.append(f"{_format_time_line(screen, '.')}\n{voice}{_escape_markup(screen.text)}\n")
    return "\n".join(blocks)


def _escape_markup(text: str) -> str:
    """Text that holds no markup, whatever it holds."""
    return html.escape(text, quote=False)


def _lay_out_captions(said: Iterable[SpeakerCue], until: float) -> Iterator[_Caption]:
    screens = [screen for each in sorted(said, key=lambda each: each.cue.span) for screen in _split_cue(each)]
    for screen, following in zip(screens, [*screens[1:], None], strict=True):
        room = following.start if following and following.start > screen.start else screen.start + LONGEST
        end = min(max(screen.end, min(screen.start + SHORTEST, room)), screen.start + LONGEST, until)
        yield replace(screen, end=max(end, screen.start + 0.001))


def _split_cue(said: SpeakerCue) -> Iterator[_Caption]:
    """A cue, divided where its text does not fit one screen; each part gets time by its length."""
    cue = said.cue
    text = remove_invisible_characters(cue.text).replace("-->", "→")
    rows = textwrap.wrap(" ".join(text.split()), WIDTH, break_on_hyphens=False)
    parts = max(1, -(-len(rows) // ROWS))
    words = sum(len(row) for row in rows)
    start = cue.span.start
    for n in range(parts if rows else 0):
        part = rows[n * ROWS : (n + 1) * ROWS]
        end = start + cue.span.duration * sum(len(row) for row in part) / words
        yield _Caption(
            start, end, "\n".join(_balance_rows(" ".join(part))), " ".join(remove_invisible_characters(said.speaker).split())
        )
        start = end


def _balance_rows(text: str) -> list[str]:
    """One row where it fits, else two of about the same width."""
    if len(text) <= WIDTH:
        return [text]
    width = next(
        width for width in range(len(text) // 2, WIDTH + 1) if len(textwrap.wrap(text, width, break_on_hyphens=False)) <= ROWS
    )
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _format_time_line(screen: _Caption, point: str) -> str:
    return f"{_format_time(screen.start, point)} --> {_format_time(screen.end, point)}"


def _format_time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
