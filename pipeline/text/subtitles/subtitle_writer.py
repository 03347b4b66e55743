"""Subtitle writer: cues as SubRip (.srt) and WebVTT (.vtt) text, laid out in rows and screens that people can read."""

import html
import itertools
import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.control_characters import remove_invisible_characters
from pipeline.values.timeline import Cue

MAX_ROW_CHARACTERS, MAX_ROWS = 42, 2  # of one subtitle on screen
MIN_SHOWN_S, MAX_SHOWN_S = 1.0, 7.0  # seconds that one stays on screen


@dataclass(frozen=True, slots=True)
class SpeakerCue:
    """A cue and its speaker's name as shown, "" where it is unknown."""

    cue: Cue
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class _Caption:
    """One subtitle on screen, of at most two rows."""

    start: float  # seconds
    end: float
    text: str
    speaker: str


def format_srt(cues: Iterable[Cue], *, until: float = math.inf) -> str:
    """SubRip text of cues: at most two lines of 42 characters at a time, on screen 1 to 7 s where there is room.

    Nothing is shown after `until`, the film's end in seconds: a subtitle that outlasts the film would lengthen the file.
    """
    shown = _lay_out_captions(map(SpeakerCue, cues), until)
    return "\n".join(f"{n}\n{_format_time_line(caption, ',')}\n{caption.text}\n" for n, caption in enumerate(shown, 1))


def format_vtt(cues: Iterable[SpeakerCue], *, until: float = math.inf) -> str:
    """WebVTT text, laid out like `format_srt`, with the speaker's name as the cue's voice tag."""
    blocks = ["WEBVTT\n"]
    for caption in _lay_out_captions(cues, until):
        voice = f"<v {_escape_markup(caption.speaker)}>" if caption.speaker else ""
        blocks.append(f"{_format_time_line(caption, '.')}\n{voice}{_escape_markup(caption.text)}\n")
    return "\n".join(blocks)


def _escape_markup(text: str) -> str:
    """Text with `&`, `<` and `>` as entities."""
    return html.escape(text, quote=False)


def _lay_out_captions(cues: Iterable[SpeakerCue], until: float) -> Iterator[_Caption]:
    captions = [caption for each in sorted(cues, key=lambda each: each.cue.span) for caption in _split_cue(each)]
    for caption, following in itertools.zip_longest(captions, captions[1:]):
        room = following.start if following and following.start > caption.start else caption.start + MAX_SHOWN_S
        end = min(max(caption.end, min(caption.start + MIN_SHOWN_S, room)), caption.start + MAX_SHOWN_S, until)
        yield replace(caption, end=max(end, caption.start + 0.001))


def _split_cue(spoken: SpeakerCue) -> Iterator[_Caption]:
    """Captions of a cue: more than one where its text does not fit one screen; each part gets time by its length."""
    cue = spoken.cue
    text = remove_invisible_characters(cue.text).replace("-->", "→")
    rows = textwrap.wrap(" ".join(text.split()), MAX_ROW_CHARACTERS, break_on_hyphens=False)
    parts = max(1, -(-len(rows) // MAX_ROWS))
    words = sum(len(row) for row in rows)
    start = cue.span.start
    for n in range(parts if rows else 0):
        part = rows[n * MAX_ROWS : (n + 1) * MAX_ROWS]
        end = start + cue.span.duration * sum(len(row) for row in part) / words
        yield _Caption(
            start, end, "\n".join(_balance_rows(" ".join(part))), " ".join(remove_invisible_characters(spoken.speaker).split())
        )
        start = end


def _balance_rows(text: str) -> list[str]:
    """One row where it fits, else two of about the same width."""
    if len(text) <= MAX_ROW_CHARACTERS:
        return [text]
    width = next(
        width
        for width in range(len(text) // 2, MAX_ROW_CHARACTERS + 1)
        if len(textwrap.wrap(text, width, break_on_hyphens=False)) <= MAX_ROWS
    )
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _format_time_line(caption: _Caption, point: str) -> str:
    return f"{_format_time(caption.start, point)} --> {_format_time(caption.end, point)}"


def _format_time(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
