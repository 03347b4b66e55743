"""Subtitle files from strangers: read into cues, refused, or found not to cover the dialogue."""

import os
import time
from pathlib import Path

import pytest

from pipeline.errors import FilmError
from pipeline.text.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.subtitle_reader import is_full_subtitle, parse_cues, read_cues
from pipeline.text.subtitle_writer import SpeakerCue, format_srt, format_vtt
from pipeline.values.timeline import Cue, Span

HELLO = "1\n00:00:01,000 --> 00:00:02,500\nHello, world.\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>Bye</i>\nnow.\n"


def texts(content: bytes | str) -> list[str]:
    return [cue.text for cue in parse_cues(content)]


def spread(number: int, duration: float, *, each: float = 2.0, text: str = "Yes, I do.") -> tuple[Cue, ...]:
    """`number` cues spread evenly over `duration` seconds."""
    step = duration / number
    return tuple(Cue(Span(n * step, n * step + min(each, step)), text) for n in range(number))


def test_srt_gives_cues_with_times_and_without_markup() -> None:
    assert parse_cues(HELLO) == (Cue(Span(1.0, 2.5), "Hello, world."), Cue(Span(3.0, 4.0), "Bye\nnow."))


def test_webvtt_is_read_with_its_settings_and_voice_tags() -> None:
    vtt = "WEBVTT\n\nNOTE a remark\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Bob>Hi <c.yellow>you</c>\n"
    assert parse_cues(vtt) == (Cue(Span(1.0, 2.0), "Hi you"),)


def test_ass_gives_dialogue_once_and_neither_signs_drawings_nor_comments() -> None:
    columns = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    head = f"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: {columns}\n"
    rows = [
        r"Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Second\Nrow",
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\an8}First, with comma",
        "Dialogue: 1,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\an8}First, with comma",
        "Dialogue: 0,0:00:01.00,0:00:02.00,Signs,,0,0,0,,HOTEL",
        r"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0{\p0}",
        "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,note to self",
    ]
    assert texts(head + "\n".join(rows)) == ["First, with comma", "Second\nrow"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_every_usual_encoding_is_understood(encoding: str) -> None:
    content = HELLO.replace("Hello, world.", "¿Qué? Señor Núñez").replace("\n", "\r\n").encode(encoding)
    assert texts(content)[0] == "¿Qué? Señor Núñez"


def test_cues_come_in_order_and_without_impossible_times() -> None:
    late = "1\n00:00:09,000 --> 00:00:10,000\nlate\n\n"
    backwards = "2\n00:00:05,000 --> 00:00:04,000\nbackwards\n\n"
    early = "3\n00:00:01,000 --> 00:00:02,000\nearly\n"
    assert texts(late + backwards + early) == ["early", "late"]


@pytest.mark.parametrize(
    "content", [b"", b"just words\n", b"\x00\x01\x02" * 100, b"#EXTM3U\nhttp://x/y\n", b"<tt xmlns='http://www.w3.org/ns/ttml'/>"]
)
def test_what_is_no_subtitle_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(FilmError, match="the subtitles evil.srt cannot be used: they are neither SRT, WebVTT nor ASS"):
        parse_cues(content, name="evil.srt")


def test_a_huge_subtitle_is_refused() -> None:
    with pytest.raises(FilmError, match="larger than 10 MB"):
        parse_cues(b"x" * (MAX_SUBTITLE_BYTES + 1))


ASS = "[Script Info]\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,"
TIME = "1\n00:00:01,000 --> 00:00:02,000\n"


@pytest.mark.parametrize(
    "content",
    [
        TIME + "<a" * 1_000_000,
        TIME + "<a\n" * 300_000,
        TIME + "\n" * 1_000_000 + "x",
        TIME + " " * 1_000_000 + "1",
        TIME + "{" * 1_000_000,
        TIME + "(" * 500_000 + "[" * 500_000 + "♪" * 500_000,
        TIME + "A" * 2_000_000 + ":",
        ("99:99:99,999 --> " * 50_000),
        "[Script Info]\n[Events]\nFormat: Start, End\nDialogue: 1\nDialogue: ,,,,\n" + "Dialogue: 0,0:00:01.00\n" * 1_000,
        ASS + "\\N" * 1_900 + "x",
        ASS + "\\h" * 1_900 + "x",
        "WEBVTT\n\n" + "00:00.000 --> 99999999999999999999:00.000\nx\n\n" * 10,
        "1\n" + "9" * 400 + ":00:00,000 --> 00:00:02,000\nx\n",
    ],
    ids=[
        "tags",
        "tag-lines",
        "newlines",
        "spaces",
        "braces",
        "brackets",
        "name",
        "times",
        "ass",
        "ass-rows",
        "ass-spaces",
        "vtt",
        "digits",
    ],
)
def test_hostile_content_ends_quickly_in_cues_or_in_an_error_of_ours(content: str) -> None:
    try:
        cues = parse_cues(content)
    except FilmError:
        return
    assert all(len(cue.text) < 100_000 for cue in cues)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="gone.srt cannot be read"):
        read_cues(tmp_path / "gone.srt")


def test_a_full_subtitle_is_usable_and_forced_ones_are_not() -> None:
    film = 5_400.0
    assert is_full_subtitle(spread(900, film), film)
    assert is_full_subtitle(spread(300, film, each=3.0), film)  # a quiet film
    assert not is_full_subtitle(spread(40, film), film)  # forced: signs and foreign speech
    assert not is_full_subtitle((), film)


def test_a_subtitle_of_another_cut_or_of_numbers_is_not_usable() -> None:
    assert not is_full_subtitle(spread(900, 5_400.0), 2_700.0)
    assert not is_full_subtitle(spread(300, 1_000.0), 5_400.0)  # stops early
    assert not is_full_subtitle(spread(900, 5_400.0, text="1 2 3"), 5_400.0)


def test_a_short_clip_needs_few_cues() -> None:
    assert is_full_subtitle((Cue(Span(0.5, 5.0), "And so, my fellow Americans:"), Cue(Span(5.2, 10.8), "ask not …")), 11.0)


def test_a_pipe_under_a_subtitles_name_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Film.srt")
    with pytest.raises(FilmError, match="Film.srt cannot be read"):
        read_cues(tmp_path / "Film.srt")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["Good evening.", "x" * 100, "a b " * 25, "\u0301" * 100], ids=["line", "word", "words", "marks"]
)
def test_20_000_cues_are_judged_and_written_in_time_in_proportion(text: str) -> None:
    cues = spread(20_000, 9_000.0, text=text)
    began = time.thread_time()
    is_full_subtitle(cues, 9_000.0)
    assert format_srt(cues)
    assert format_vtt(map(SpeakerCue, cues))
    assert time.thread_time() - began < 30.0  # many times what they take; what is quadratic takes minutes
