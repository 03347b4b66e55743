"""Generated subtitle files in SRT, WebVTT and ASS, with the noise of real ones: every line of speech is read once, and nothing else."""

import string
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.text.subtitles.subtitle_reader import read_subtitle_text

WORDS = ("train", "river", "window", "brother", "letter", "morning", "station", "garden", "doctor", "money", "silence", "bridge", "yellow", "never", "always", "leaves", "comes", "waits", "speaks", "knows")  # fmt: skip
NOISE = ("[door slams]", "(sighs)", "♪ la la la ♪", "# la la la #", "[APPLAUSE]", "♪ riding on the evening star", "(MUSIC)")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")
NUMBERS = ("{n}", "{n}.", "#{n}", "\u200f{n}", " {n} ", "[{n}]")
CLOCKS = (
    "{h:02}:{m:02}:{s:02},{f:03}",
    "{h}:{m:02}:{s:02}.{f:03}",
    "{h:02}:{m:02}:{s:02}:{f:03}",
    "{h:02} : {m:02} : {s:02},{f:03}",
)
MARKUP = (
    "{text}",
    "<i>{text}</i>",
    '<font color="#ffff00">{text}</font>',
    "{{\\an8}}{text}",
    "<b><i>{text}</i></b>",
    "{text}\u200b",
)


@dataclass(frozen=True)
class Speech:
    """A cue that somebody says."""

    start: float
    end: float
    text: str


@st.composite
def dialogues(draw: st.DrawFn) -> tuple[list[Speech], list[tuple[float, float, str]]]:
    """Cues of speech in order of time, each with words of its own; and what is not speech, between them."""
    spoken: list[Speech] = []
    noise: list[tuple[float, float, str]] = []
    now = draw(st.floats(0.0, 30.0))
    for number in range(draw(st.integers(4, 30))):
        words = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=8))
        rows = draw(st.integers(1, 2))
        half = len(words) // 2 if rows == 2 else len(words)
        mark = string.ascii_lowercase[number % 26] * 3  # makes every cue's text its own
        parts = [
            " ".join(words[:half]).capitalize(),
            " ".join([*words[half:], mark]) + draw(st.sampled_from((".", "?", "!", "…"))),
        ]
        length = draw(st.floats(0.8, 5.0))
        spoken.append(Speech(now, now + length, "\n".join(filter(None, parts)) if rows == 2 else " ".join(parts)))
        now += length + draw(st.floats(0.05, 6.0))
        if draw(st.booleans()):
            noise.append((now, now + 1.0, draw(st.sampled_from(NOISE))))
            now += 1.0 + draw(st.floats(0.05, 2.0))
    return spoken, noise


@st.composite
def srt_files(draw: st.DrawFn) -> tuple[list[Speech], bytes]:
    """An SRT file in one of the notations and encodings found."""
    spoken, noise = draw(dialogues())
    number, clock, gap = (
        draw(st.sampled_from(NUMBERS)),
        draw(st.sampled_from(CLOCKS)),
        draw(st.sampled_from(("\n", "\n\n", "\n\n\n"))),
    )
    arrow, ending = draw(st.sampled_from((" --> ", " -> ", "-->"))), draw(st.sampled_from(("\n", "\r\n")))
    inner = draw(st.sampled_from(("", "\n")))  # a blank line between the times and the text
    blocks = []
    for n, (start, end, text) in enumerate(sorted([(each.start, each.end, each.text) for each in spoken] + noise), 1):
        shown = "\n".join(draw(st.sampled_from(MARKUP)).format(text=row) for row in text.split("\n"))
        blocks.append(f"{number.format(n=n)}\n{write_clock(clock, start)}{arrow}{write_clock(clock, end)}\n{inner}{shown}\n")
    return spoken, encode(draw, gap.join(blocks).replace("\n", ending))


@st.composite
def vtt_files(draw: st.DrawFn) -> tuple[list[Speech], bytes]:
    """A WebVTT file with a header, notes, identifiers, settings and voices."""
    spoken, noise = draw(dialogues())
    blocks = [draw(st.sampled_from(("WEBVTT", "WEBVTT - of the film", "WEBVTT\nKind: captions\nLanguage: en")))]
    for n, (start, end, text) in enumerate(sorted([(each.start, each.end, each.text) for each in spoken] + noise), 1):
        if draw(st.integers(0, 4)) == 0:
            blocks.append(draw(st.sampled_from(("NOTE nothing to say", "STYLE\n::cue { color: yellow }", "NOTE\nof two\nlines"))))
        name = draw(st.sampled_from(("", f"{n}\n", f"cue-{n}\n")))
        place = draw(st.sampled_from(("", " align:start position:0%", " line:90%")))
        voice = draw(st.sampled_from(("", "<v Bob>", "<c.yellow>")))
        blocks.append(
            f"{name}{write_clock('{h:02}:{m:02}:{s:02}.{f:03}', start)} --> {write_clock('{h:02}:{m:02}:{s:02}.{f:03}', end)}{place}\n{voice}{text}"
        )
    return spoken, ("\n\n".join(blocks) + "\n").encode()


@st.composite
def ass_files(draw: st.DrawFn) -> tuple[list[Speech], bytes]:
    """An ASS file with styles, layers, signs, karaoke, drawings and comments."""
    spoken, noise = draw(dialogues())
    rows = []
    for start, end, text in sorted([(each.start, each.end, each.text) for each in spoken] + noise):
        tag = draw(st.sampled_from(("", "{\\an8}", "{\\i1}", "{\\fad(200,200)}")))
        row = format_event(start, end, "Default", tag + text.replace("\n", "\\N"))
        rows += [row] * draw(st.sampled_from((1, 1, 1, 2)))  # layers repeat a line
        extra = draw(st.sampled_from((None, "sign", "karaoke", "drawing", "comment")))
        if extra == "sign":
            rows.append(
                format_event(start, end, draw(st.sampled_from(("Signs", "Sign_1", "OP English", "Songs"))), "Bakery open daily")
            )
        elif extra == "karaoke":
            rows.append(format_event(start, end, "Romaji", "{\\k30}yo{\\k30}ru {\\kf30}no"))
        elif extra == "drawing":
            rows.append(format_event(start, end, "Default", "{\\p1}m 0 0 l 100 0 100 100{\\p0}"))
        elif extra == "comment":
            rows.append(format_event(start, end, "Default", "note of the typesetter").replace("Dialogue:", "Comment:"))
    columns = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    head = f"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\nFormat: {columns}\n"
    return spoken, encode(draw, head + "\n".join(rows) + "\n")


def format_event(start: float, end: float, style: str, text: str) -> str:
    clock = "{h}:{m:02}:{s:02}.{c:02}"
    return f"Dialogue: 0,{write_clock(clock, start)},{write_clock(clock, end)},{style},,0,0,0,,{text}"


def write_clock(form: str, seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    parts = {"h": milliseconds // 3_600_000, "m": milliseconds // 60_000 % 60, "s": milliseconds // 1000 % 60}
    return form.format(**parts, f=milliseconds % 1000, c=milliseconds % 1000 // 10)


def encode(draw: st.DrawFn, text: str) -> bytes:
    """The text in one of the encodings, in UTF-8 where that has no sign for all of it."""
    try:
        return text.encode(draw(st.sampled_from(ENCODINGS)))
    except UnicodeEncodeError:
        return text.encode()


def flatten(text: str) -> str:
    return " ".join(text.replace("\u200b", "").replace("…", "").split())


@pytest.mark.parametrize("files", [srt_files, vtt_files, ass_files])
def test_every_line_of_speech_is_read_once_and_nothing_else(
    files: Callable[[], st.SearchStrategy[tuple[list[Speech], bytes]]],
) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(files())
    def check(case: tuple[list[Speech], bytes]) -> None:
        spoken, content = case
        cues = read_subtitle_text(content, name="generated").cues
        assert [flatten(cue.text) for cue in cues] == [flatten(each.text) for each in spoken]
        assert [cue.span.start for cue in cues] == pytest.approx([each.start for each in spoken], abs=0.011)

    check()
