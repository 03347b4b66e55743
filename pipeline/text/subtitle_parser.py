"""Parser of subtitle files: SRT, WebVTT and ASS text to cues of dialogue, in linear time and within limits (pysubs2)."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import FilmError
from pipeline.text import subtitle_limits
from pipeline.text.subtitle_cleaning import clean_cue_text
from pipeline.text.subtitle_limits import Omissions
from pipeline.values.timeline import Cue, Span

if TYPE_CHECKING:
    from pysubs2 import SSAEvent, SSAFile

LONG_SPACE = re.compile(r"(?<![^\S\n])[^\S\n]{20,}")


@dataclass(frozen=True, slots=True)
class ParsedSubtitle:
    """Cues of dialogue of a file in order of time, and the counts of omitted ones, in words for the log."""

    cues: tuple[Cue, ...]
    omissions: tuple[str, ...] = ()


def parse_subtitle(content: bytes | str, *, name: str) -> ParsedSubtitle:
    """Cues of dialogue of an SRT, WebVTT or ASS text. FilmError, with `name`, for any other text or one beyond the limits."""
    if len(content) > subtitle_limits.MAX_SUBTITLE_BYTES:
        raise make_refusal(name, f"larger than {subtitle_limits.MAX_SUBTITLE_BYTES // 1_000_000} MB")
    text = content if isinstance(content, str) else _decode(content)
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > subtitle_limits.MAX_LINES:
        raise make_refusal(name, f"made of more than {subtitle_limits.MAX_LINES} lines")
    omissions = Omissions()
    kind = _detect_format(lines, name)
    bound = subtitle_limits.bound_ass if kind == "ass" else subtitle_limits.bound_srt
    bounded = bound(lines, omissions)
    if bounded.events > subtitle_limits.MAX_EVENTS:
        raise make_refusal(name, f"made of more than {subtitle_limits.MAX_EVENTS} timed texts")
    document = _load_document(LONG_SPACE.sub(" ", "\n".join(bounded.lines)), kind, name)
    cues = dict.fromkeys(_iter_cues(document, omissions, name))  # layered ASS repeats a line; order is kept
    if len(cues) > subtitle_limits.MAX_CUES:
        raise make_refusal(name, f"made of more than {subtitle_limits.MAX_CUES} cues")
    return ParsedSubtitle(tuple(sorted(cues, key=lambda cue: cue.span)), omissions.format_counts())


def make_refusal(name: str, fault: str) -> FilmError:
    """FilmError for a subtitle that cannot be used."""
    return FilmError(f"the subtitles {name} cannot be used: they are {fault}; replace them with a sound .srt, or remove them")


def _decode(content: bytes) -> str:
    """By BOM, else UTF-8 where that fits, else Windows' Western code page: that is what old subtitles are in."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _detect_format(lines: list[str], name: str) -> str:
    head = "\n".join(lines[:200])[:4_000].lstrip("\ufeff \n")
    if head.startswith("WEBVTT"):
        return "vtt"
    if "[Script Info]" in head or any("[Events]" in line for line in lines):
        return "ass"
    if any("-->" in line for line in lines):
        return "srt"
    raise make_refusal(name, "neither SRT, WebVTT nor ASS")


def _load_document(text: str, kind: str, name: str) -> "SSAFile":
    from pysubs2 import Pysubs2Error, SSAFile

    try:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # fields it had to guess
            return SSAFile.from_string(text, format_=kind)
    except (Pysubs2Error, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        raise make_refusal(name, f"broken as {kind.upper()} ({type(error).__name__})") from error


def _iter_cues(document: "SSAFile", omissions: Omissions, name: str) -> Iterator[Cue]:
    characters = 0
    for event in document:
        shown = _extract_text(event)
        if not shown:
            continue
        if fault := _find_fault(event, shown):
            omissions.add(fault)
            continue
        characters += len(shown)
        if characters > subtitle_limits.MAX_TEXT_CHARACTERS:
            raise make_refusal(name, f"made of more than {subtitle_limits.MAX_TEXT_CHARACTERS} characters")
        if text := clean_cue_text(shown):
            yield Cue(Span(event.start / 1000, event.end / 1000), text)


def _extract_text(event: "SSAEvent") -> str:
    """The text without override blocks, as `SSAEvent.plaintext` gives it; "" for signs, drawings and comments."""
    event.text = subtitle_limits.UNCLOSED_BRACKET.sub("", event.text)  # once more: a removed tag may have held a closing brace
    if event.is_comment or subtitle_limits.NON_SPEECH_STYLE.search(event.style) or subtitle_limits.is_drawing(event.text):
        return ""
    return event.plaintext.strip()


def _find_fault(event: "SSAEvent", shown: str) -> str | None:
    """Description of the limit that an event exceeds; None where it exceeds none."""
    if not 0 <= event.start < event.end:
        return subtitle_limits.IMPOSSIBLE_TIME
    if event.end - event.start > subtitle_limits.MAX_CUE_S * 1000:
        return subtitle_limits.LONG_TIME
    if len(shown) > subtitle_limits.MAX_CUE_CHARACTERS or shown.count("\n") >= subtitle_limits.MAX_ROWS_PER_CUE:
        return subtitle_limits.LONG_CUE
    return None
