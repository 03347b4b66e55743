"""Subtitle files from strangers, and those that we write."""

import itertools
import os
import time
from pathlib import Path

import pytest
from hostile_names import is_harmless

from pipeline.errors import FilmError
from pipeline.text.subtitle_files import (
    MAX_SIDECARS,
    MAX_SUBTITLE_BYTES,
    SpeakerCue,
    find_sidecars,
    format_srt,
    format_vtt,
    is_full_subtitle,
    parse_cues,
    read_cues,
)
from pipeline.values.timeline import Cue, Span

HELLO = "1\n00:00:01,000 --> 00:00:02,500\nHello, world.\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>Bye</i>\nnow.\n"


def texts(content: bytes | str) -> list[str]:
    return [cue.text for cue in parse_cues(content)]


def folder_with(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text(HELLO)
    return folder / "Film.mkv"


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


def test_sidecars_are_found_by_name_with_language_and_forced_flag(tmp_path: Path) -> None:
    film = folder_with(
        tmp_path,
        "Film.mkv", "film.srt", "Film.en.SRT", "Film.eng.forced.srt", "Film.en.sdh.srt", "Film.pt-BR.vtt", "Film.Spanish.ass",
        "Film.hi.srt", "Film.fr.hi.srt",
        "Film.sub", "Film.idx", "Films.srt", "Other.en.srt", "Film.en.txt", "Film.2.mkv", "Film.2.en.srt",
    )  # fmt: skip
    found = {sidecar.path.name: (sidecar.language, sidecar.forced) for sidecar in find_sidecars(film)}
    assert found == {
        "film.srt": (None, False),
        "Film.en.SRT": ("en", False),
        "Film.eng.forced.srt": ("en", True),
        "Film.en.sdh.srt": ("en", False),
        "Film.pt-BR.vtt": ("pt-BR", False),
        "Film.Spanish.ass": ("es", False),
        "Film.hi.srt": ("hi", False),
        "Film.fr.hi.srt": ("fr", False),
    }


def test_plain_sidecars_come_first_and_forced_ones_last(tmp_path: Path) -> None:
    film = folder_with(tmp_path, "Film.en.forced.srt", "Film.en.sdh.srt", "Film.english.srt")
    assert [sidecar.path.name for sidecar in find_sidecars(film)] == ["Film.english.srt", "Film.en.sdh.srt", "Film.en.forced.srt"]


def test_only_regular_files_of_the_same_folder_are_sidecars(tmp_path: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    library.mkdir()
    outside.mkdir()
    film = folder_with(library, "Film.en.srt")
    (outside / "secret.srt").write_text(HELLO)
    (library / "Film.es.srt").symlink_to(outside / "secret.srt")
    (library / "Film.ca.srt").symlink_to(library / "nowhere.srt")
    (library / "Film.it.srt").mkdir()
    (library / "Film.pt.srt").touch()
    os.mkfifo(library / "Film.fr.srt")
    assert [sidecar.path.name for sidecar in find_sidecars(film)] == ["Film.en.srt"]


def test_a_folder_full_of_sidecars_gives_as_many_as_anybody_needs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = folder_with(tmp_path, *(f"Film.{n:03}.srt" for n in range(MAX_SIDECARS + 5)))
    assert len(find_sidecars(film)) == MAX_SIDECARS
    assert f"Film.mkv has more than {MAX_SIDECARS} subtitle files beside it" in caplog.text


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


def test_written_subtitles_read_back_the_same() -> None:
    cues = (Cue(Span(1.0, 2.5), "Hola, mundo."), Cue(Span(3661.042, 3663.0), "¿Qué tal?"))
    assert parse_cues(format_srt(reversed(cues))) == cues
    assert "01:01:01,042 --> 01:01:03,000" in format_srt(cues)


def test_long_text_is_shown_two_rows_of_42_at_a_time_and_nothing_is_lost() -> None:
    words = (
        "Esta es una frase bastante larga, que no cabe de ninguna manera en una sola pantalla, "
        "porque no acaba nunca de decir lo que dice. " * 2
    )
    shown = parse_cues(format_srt([Cue(Span(10.0, 22.0), words)]))
    assert len(shown) > 2
    assert all(len(rows := cue.text.splitlines()) <= 2 and max(map(len, rows)) <= 42 for cue in shown)
    assert " ".join(cue.text for cue in shown).split() == words.split()
    assert shown[0].span.start == 10.0
    assert 22.0 <= shown[-1].span.end <= 22.0 + 1.0  # the last one may need the second that it stays on screen
    assert all(one.span.end <= two.span.start + 0.001 for one, two in itertools.pairwise(shown))


def test_a_flash_stays_a_second_where_there_is_room_and_nothing_stays_over_seven() -> None:
    flash, crowded, long = parse_cues(
        format_srt([Cue(Span(1, 1.2), "Sí."), Cue(Span(5, 5.1), "No."), Cue(Span(5.5, 30), "Bueno.")])
    )
    assert flash.span.duration == pytest.approx(1.0)
    assert crowded.span == Span(5.0, 5.5)
    assert long.span.duration == pytest.approx(7.0)


def test_a_word_wider_than_the_screen_and_an_arrow_do_not_break_the_file() -> None:
    cues = parse_cues(format_srt([Cue(Span(1, 3), "x" * 100), Cue(Span(4, 5), "a --> b\n\n\nc"), Cue(Span(6, 7), "  ")]))
    assert "".join("".join(cue.text.split()) for cue in cues) == "x" * 100 + "a→bc"


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


def test_written_subtitles_hold_no_control_characters() -> None:
    hostile = "Hi\x1b]0;x\x07 \u202ethere\u2067 \x9b31m\udcff\u2028\n00:00:09,000 --> 00:00:10,000"
    for text in (format_srt([Cue(Span(1, 3), hostile)]), format_vtt([SpeakerCue(Cue(Span(1, 3), hostile), "Bob\x1b\n\u202e")])):
        assert is_harmless(text.replace("\n", ""))
        assert text.count("-->") == 1 and "Hi" in text and text.encode()
