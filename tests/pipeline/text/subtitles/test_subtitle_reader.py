"""Subtitle files from strangers: read into cues, with what was left out, or refused."""

import os
from pathlib import Path

import pytest

from pipeline.errors import FilmError
from pipeline.text.subtitles.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.subtitles.subtitle_parser import parse_subtitle
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file, read_subtitle_text
from pipeline.values.timeline import Cue, Span

HELLO = "1\n00:00:01,000 --> 00:00:02,500\nHello, world.\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>Bye</i>\nnow.\n"


def texts(content: bytes | str) -> list[str]:
    return [cue.text for cue in read_subtitle_text(content).cues]


def test_srt_gives_cues_with_times_and_without_markup() -> None:
    assert read_subtitle_text(HELLO).cues == (Cue(Span(1.0, 2.5), "Hello, world."), Cue(Span(3.0, 4.0), "Bye\nnow."))


def test_webvtt_is_read_with_its_settings_and_voice_tags() -> None:
    vtt = "WEBVTT\n\nNOTE a remark\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Bob>Hi <c.yellow>you</c>\n"
    assert read_subtitle_text(vtt).cues == (Cue(Span(1.0, 2.0), "Hi you"),)


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


def test_cues_come_in_order() -> None:
    late = "1\n00:00:09,000 --> 00:00:10,000\nlate\n\n"
    backwards = "2\n00:00:05,000 --> 00:00:04,000\nbackwards\n\n"
    early = "3\n00:00:01,000 --> 00:00:02,000\nearly\n"
    assert texts(late + backwards + early) == ["early", "backwards", "late"]


@pytest.mark.parametrize(
    "content", [b"", b"just words\n", b"\x00\x01\x02" * 100, b"#EXTM3U\nhttp://x/y\n", b"<tt xmlns='http://www.w3.org/ns/ttml'/>"]
)
def test_what_is_no_subtitle_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(FilmError, match="the subtitles evil.srt cannot be used: they are neither SRT, WebVTT nor ASS"):
        read_subtitle_text(content, name="evil.srt")


def test_a_huge_subtitle_is_refused() -> None:
    with pytest.raises(FilmError, match="larger than 10 MB"):
        read_subtitle_text(b"x" * (MAX_SUBTITLE_BYTES + 1))


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
        cues = read_subtitle_text(content).cues
    except FilmError:
        return
    assert all(len(cue.text) < 100_000 for cue in cues)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="gone.srt cannot be read"):
        read_subtitle_file(tmp_path / "gone.srt")


def test_a_pipe_under_a_subtitles_name_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Film.srt")
    with pytest.raises(FilmError, match="Film.srt cannot be read"):
        read_subtitle_file(tmp_path / "Film.srt")


def test_what_is_left_out_is_counted() -> None:
    texts = ["JOHN: Good morning.", "MARY: Hello.", "[door slams]", "♪ la la ♪", "Yes."]
    content = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}\n\n" for n, text in enumerate(texts))
    parsed = read_subtitle_text(content + "6\n00:00:09,000 --> 00:00:08,000\nbackwards\n\n7\n00:0x:09 --> 00:00:10\nwhen?\n")
    assert [cue.text for cue in parsed.cues] == ["Good morning.", "Hello.", "Yes.", "backwards"]
    assert set(parsed.removals) == {"1 lyrics", "1 sound descriptions", "2 names of speakers"}
    assert set(parsed.faults) == {
        "1 cues whose times cannot be read",
        "1 cues that did not end after they began, whose ends were estimated",
    }


def test_a_guessed_encoding_is_told() -> None:
    text = HELLO.replace("Hello, world.", "Привет, как дела? Я думаю, что мы опоздаем.")
    assert read_subtitle_text(text.encode("cp1251"), language="ru").encoding == "cp1251"
    assert read_subtitle_text(text.encode()).encoding is None


@pytest.mark.parametrize(
    "time",
    [
        "00:00:01 --> 00:00:04",
        "0:00:01.000 --> 0:00:04.000",
        "00:01,000 --> 00:04,000",
        "1:00 --> 1:04",
        "00:00:01,000 --> 00:00:04,000 X1:100 X2:200 Y1:300 Y2:400",
        "00:00:01,000 -> 00:00:04,000",
        "00:00:01:000 --> 00:00:04:000",
        "00:00:01,0 --> 00:00:04,0",
        "00 : 00 : 01,000 --> 00 : 00 : 04,000",
    ],
)
def test_times_in_every_notation_are_read(time: str) -> None:
    cues = read_subtitle_text(f"1\n{time}\nGood morning.\n").cues
    assert cues == (Cue(Span(60.0, 64.0) if time.startswith("1:") else Span(1.0, 4.0), "Good morning."),)


@pytest.mark.parametrize("number", ["{n}", "{n}.", "#{n}", "\u200f{n}", "[{n}]", " {n} "])
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
def test_cue_numbers_are_never_spoken(number: str, gap: str) -> None:
    content = gap.join(f"{number.format(n=n)}\n00:00:0{n},000 --> 00:00:0{n},900\nLine {'abcd'[n]}" for n in range(4))
    assert texts(content) == ["Line a", "Line b", "Line c", "Line d"]


def test_a_number_that_is_said_stays() -> None:
    content = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{40 + n}\n\n" for n in range(1, 5))
    assert texts(content) == ["41", "42", "43", "44"]


def test_blank_lines_inside_a_cue_do_not_end_it() -> None:
    assert texts("1\n00:00:01,000 --> 00:00:02,000\n\nFirst row\n\nsecond row\n\n2\n00:00:03,000 --> 00:00:04,000\nNext\n") == [
        "First row\nsecond row",
        "Next",
    ]


@pytest.mark.parametrize(
    "times",
    [
        "00.00.01,500 --> 00.00.04,000", "00.00.01.500 -> 00.00.04.000", "0:01.5 --> 0:04", "00:00:01,5000 --> 00:00:04,0000", "00:00:01.500000 --> 00:00:04.000000",
        "00:00:01'500 --> 00:00:04'000", "00：00：01，500 --> 00：00：04，000", "00:00:01,500 ==> 00:00:04,000", "00:00:01,500 ⟶ 00:00:04,000", "00:00:01,500 --&gt; 00:00:04,000",
    ],
)  # fmt: skip
def test_unusual_clocks_and_arrows_are_read(times: str) -> None:
    parsed = parse_subtitle(f"1\n{times}\nGood morning.\n", name="f.srt")
    assert [(cue.span.start, cue.span.end, cue.text) for cue in parsed.cues] == [(1.5, 4.0, "Good morning.")]
    assert parsed.faults == ()


@pytest.mark.parametrize("speech", ["It is 10.30.15 now => run", "A -> B at 10:30"])
def test_speech_with_an_arrow_is_no_time_line(speech: str) -> None:
    parsed = parse_subtitle(f"1\n00:00:01,000 --> 00:00:04,000\n{speech}\n", name="f.srt")
    assert [cue.text for cue in parsed.cues] == [speech]


def test_a_line_break_of_html_begins_a_row() -> None:
    parsed = parse_subtitle("1\n00:00:01,000 --> 00:00:04,000\nHello there<br/>my friend\n", name="f.srt")
    assert [cue.text for cue in parsed.cues] == ["Hello there\nmy friend"]


@pytest.mark.parametrize(
    ("effect", "is_said"), [("Banner;40", False), ("fx", False), ("Scroll up;1;2", False), ("", True), ("fade", True)]
)
def test_moving_signs_of_ass_are_left_out_and_counted(effect: str, is_said: bool) -> None:
    row = f"Dialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,{effect},Good morning."
    fields = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    parsed = parse_subtitle(f"[Script Info]\n\n[Events]\n{fields}\n{row}\n", name="f.ass")
    assert (bool(parsed.cues), bool(parsed.removals)) == (is_said, not is_said)


@pytest.mark.parametrize(
    ("times", "span"),
    [
        ("00:00:01,000 >> 00:00:02,000", (1.0, 2.0)),
        ("00:00:01,000 - 00:00:02,000", (1.0, 2.0)),
        ("00:00:01,000 -->", (1.0, 2.0)),
        ("00:00:01,000 --> 00:00:01,000", (1.0, 2.0)),
    ],
)
def test_times_with_rarer_arrows_and_without_an_end_are_read(times: str, span: tuple[float, float]) -> None:
    parsed = read_subtitle_text(f"1\n{times}\nHello there.\n\n2\n00:00:05,000 --> 00:00:06,000\n10:30 - 11:30\n")
    assert [cue.text for cue in parsed.cues] == ["Hello there.", "10:30 - 11:30"]
    assert (parsed.cues[0].span.start, parsed.cues[0].span.end) == span


def test_less_than_is_no_tag() -> None:
    (cue,) = read_subtitle_text("1\n00:00:01,000 --> 00:00:02,000\n<i>5 < 6 and 7 > 2</i>, I <3 you\n").cues
    assert cue.text == "5 ＜ 6 and 7 > 2, I ＜3 you"


@pytest.mark.parametrize(
    ("tags", "is_said"),
    [(r"{\pos(10,20)}", True), (r"{\an8}", True), (r"{\move(1,2,3,4)}", False), (r"{\pos(1,2)\frz12}", False)],
)
def test_signs_are_told_from_dialogue_of_the_same_style_by_their_movement(tags: str, is_said: bool) -> None:
    head = "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    lines = [
        f"Dialogue: 0,0:00:0{n}.00,0:00:0{n}.90,Default,,0,0,0,,{text}" for n, text in enumerate(("Hello.", f"{tags}Bakery"))
    ]
    parsed = read_subtitle_text(head + "\n".join(lines))
    assert [cue.text for cue in parsed.cues] == (["Hello.", "Bakery"] if is_said else ["Hello."])
