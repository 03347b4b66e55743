"""Parser of subtitle files: SRT, WebVTT and ASS text to cues of dialogue, in linear time and within limits (pysubs2)."""

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import FilmError
from pipeline.text import languages
from pipeline.text.cleaning.clean import clean_texts
from pipeline.text.cleaning.markup import strip_markup
from pipeline.text.cleaning.timed_text import Removals, TimedText
from pipeline.text.subtitles import subtitle_limits
from pipeline.text.subtitles.encoding_detection import decode_text
from pipeline.text.subtitles.srt_repair import UNREADABLE_TIME, is_time_line, repair_srt, repair_vtt
from pipeline.text.subtitles.subtitle_limits import Omissions
from pipeline.values.timeline import Cue, Span

if TYPE_CHECKING:
    from pysubs2 import SSAEvent, SSAFile

EFFECT = re.compile(r"\s*(?:fx|karaoke|banner|scroll (?:up|down))\b", re.IGNORECASE)  # of ASS: moving signs, and syllables
SIGNS = "signs, songs and drawings"
MS_PER_CHARACTER, MIN_ESTIMATE_MS, MAX_ESTIMATE_MS = 65, 1_000, 6_000  # of a cue whose end is not known: 15 characters a second
LONG_SPACE = re.compile(r"(?<![^\S\n])[^\S\n]{20,}")


@dataclass(frozen=True, slots=True)
class ParsedSubtitle:
    """Cues of dialogue of a file in order of time, and the counts of what was left out, in words.

    `faults`: what could not be read or exceeds the limits. `removals`: what nobody says. `encoding`: guessed; None where certain.
    """

    cues: tuple[Cue, ...]
    faults: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()
    encoding: str | None = None


def parse_subtitle(content: bytes | str, *, name: str, language: str | None = None) -> ParsedSubtitle:
    """Cues of dialogue of an SRT, WebVTT or ASS text. FilmError, with `name`, for any other text or one beyond the limits.

    `language`: BCP 47 where the file's name or the track's tag tells it.
    """
    if len(content) > subtitle_limits.MAX_SUBTITLE_BYTES:
        raise make_refusal(name, f"larger than {subtitle_limits.MAX_SUBTITLE_BYTES // 1_000_000} MB")
    text, encoding = (content, None) if isinstance(content, str) else decode_text(content, language=language)
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > subtitle_limits.MAX_LINES:
        raise make_refusal(name, f"made of more than {subtitle_limits.MAX_LINES} lines")
    omissions, removals = Omissions(), Removals()
    document = _load_document(_bound_lines(lines, omissions, removals, name), name)
    texts = clean_texts(
        tuple(_iter_texts(document, omissions, removals, name)), removals, language=language, guess=_guess_language
    )
    cues = dict.fromkeys(Cue(Span(text.start_s, text.end_s), text.text) for text in texts)
    if len(cues) > subtitle_limits.MAX_CUES:
        raise make_refusal(name, f"made of more than {subtitle_limits.MAX_CUES} cues")
    return ParsedSubtitle(
        tuple(sorted(cues, key=lambda cue: cue.span)), omissions.format_counts(), removals.format_counts(), encoding
    )


def _guess_language(text: str) -> str | None:
    guess = languages.guess_language(text)
    return guess.language if guess else None


def make_refusal(name: str, fault: str) -> FilmError:
    """FilmError for a subtitle that cannot be used."""
    return FilmError(f"the subtitles {name} cannot be used: they are {fault}; replace them with a sound .srt, or remove them")


def _bound_lines(lines: list[str], omissions: Omissions, removals: Removals, name: str) -> tuple[str, str]:
    """The text that pysubs2 may read, and its format: within the limits, in the standard notation."""
    kind = _detect_format(lines, name)
    bounded = subtitle_limits.bound_ass(lines, omissions) if kind == "ass" else subtitle_limits.bound_srt(lines, omissions)
    if bounded.events > subtitle_limits.MAX_EVENTS:
        raise make_refusal(name, f"made of more than {subtitle_limits.MAX_EVENTS} timed texts")
    if kind == "ass":
        removals.add(SIGNS, bounded.signs)
        return LONG_SPACE.sub(" ", "\n".join(bounded.lines)), kind
    repaired = repair_vtt(bounded.lines) if kind == "vtt" else repair_srt(bounded.lines)
    for _ in range(repaired.unreadable):
        omissions.add(UNREADABLE_TIME)
    return LONG_SPACE.sub(" ", "\n".join(repaired.lines)), "srt"


def _detect_format(lines: list[str], name: str) -> str:
    head = "\n".join(lines[:200])[:4_000].lstrip("\ufeff \n")
    if head.startswith("WEBVTT"):
        return "vtt"
    if "[Script Info]" in head or any("[Events]" in line for line in lines):
        return "ass"
    if any(is_time_line(line) for line in lines):
        return "srt"
    raise make_refusal(name, "neither SRT, WebVTT nor ASS")


def _load_document(bounded: tuple[str, str], name: str) -> "SSAFile":
    text, kind = bounded
    from pysubs2 import Pysubs2Error, SSAFile

    try:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # fields it had to guess
            return SSAFile.from_string(text, format_=kind)
    except (Pysubs2Error, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        raise make_refusal(name, f"broken as {kind.upper()} ({type(error).__name__})") from error


def _iter_texts(document: "SSAFile", omissions: Omissions, removals: Removals, name: str) -> Iterator[TimedText]:
    characters = 0
    starts = sorted({event.start for event in document})
    for event in document:
        shown = _extract_text(event, removals)
        if not shown:
            continue
        if event.end <= event.start:
            event.end = _estimate_end(event.start, shown, starts)
            omissions.add(subtitle_limits.ESTIMATED_END)
        if fault := _find_fault(event, shown):
            omissions.add(fault)
            continue
        characters += len(shown)
        if characters > subtitle_limits.MAX_TEXT_CHARACTERS:
            raise make_refusal(name, f"made of more than {subtitle_limits.MAX_TEXT_CHARACTERS} characters")
        yield TimedText(event.start / 1000, event.end / 1000, strip_markup(shown), event.style)


def _estimate_end(start: int, shown: str, starts: Sequence[int]) -> int:
    """End in ms of a cue that has none: when its text is said, and before the next cue begins unless that is at once."""
    said = start + min(max(len(shown) * MS_PER_CHARACTER, MIN_ESTIMATE_MS), MAX_ESTIMATE_MS)
    after = bisect_right(starts, start)
    following = starts[after] if after < len(starts) else said
    return min(said, max(following, start + MIN_ESTIMATE_MS))


def _extract_text(event: "SSAEvent", removals: Removals) -> str:
    """The text without override blocks, as `SSAEvent.plaintext` gives it; "" for signs, karaoke, drawings and comments."""
    event.text = subtitle_limits.UNCLOSED_BRACKET.sub("", event.text)  # once more: a removed tag may have held a closing brace
    if event.is_comment:
        return ""
    if subtitle_limits.is_sign(event.style, event.text):
        removals.add(SIGNS)
        return ""
    if EFFECT.match(event.effect):
        removals.add(SIGNS)
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
