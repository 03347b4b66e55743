"""Hostile subtitle files are read or refused, in time that grows with their size alone."""

import time

import pytest
from hostile_subtitles import ASS, KINDS, dialogue, hostile_subtitle, srt_cue

from pipeline.errors import FilmError
from pipeline.text.subtitles import subtitle_reader
from pipeline.text.subtitles.subtitle_limits import (
    MAX_CUE_CHARACTERS,
    MAX_CUES,
    MAX_LINE_CHARACTERS,
    MAX_SUBTITLE_BYTES,
    MAX_TAGS_PER_LINE,
    MAX_TEXT_CHARACTERS,
    is_drawing,
)
from pipeline.text.subtitles.subtitle_parser import ParsedSubtitle, parse_subtitle

SMALL_BYTES = 60_000
CPU_FACTOR = 5  # by which a hostile file may cost more than an ordinary one of its size; none costs twice as much


def parse(content: bytes | str) -> ParsedSubtitle:
    return parse_subtitle(content, name="evil.srt")


def cpu_seconds(content: bytes) -> float:
    """Of this thread, so that a busy machine does not count; the least of two."""

    def once() -> float:
        began = time.thread_time()
        try:
            parsed = parse(content)
        except FilmError:
            pass
        else:
            assert len(parsed.cues) <= MAX_CUES
            assert all(len(cue.text) <= MAX_CUE_CHARACTERS for cue in parsed.cues)
        return time.thread_time() - began

    return min(once(), once())


@pytest.fixture(scope="module")
def ordinary_cpu_seconds() -> float:
    return cpu_seconds(hostile_subtitle("srt many cues", SMALL_BYTES))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_file_costs_about_what_an_ordinary_one_of_its_size_costs(kind: str, ordinary_cpu_seconds: float) -> None:
    assert cpu_seconds(hostile_subtitle(kind, SMALL_BYTES)) < CPU_FACTOR * ordinary_cpu_seconds


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_megabytes_are_read_or_refused_within_the_limit_of_cpu_time(kind: str) -> None:
    """By the rules themselves: the limit, which refuses with another sentence, is not met."""
    refusals = []
    try:
        assert (
            len(subtitle_reader.read_subtitle_text(hostile_subtitle(kind, MAX_SUBTITLE_BYTES), name="evil.srt").cues) <= MAX_CUES
        )
    except FilmError as error:
        refusals.append(str(error))
    assert not [sentence for sentence in refusals if "not parsed within" in sentence]


class TestOmissions:
    """Nothing is left out without being counted."""

    def test_an_ordinary_file_has_none(self) -> None:
        assert parse(srt_cue(1, "- [door]\n- <i>Hello</i>")).faults == ()

    def test_long_lines_are_cut(self) -> None:
        parsed = parse(srt_cue(1, "<i>" + "x" * 100 + "</i>" + " " * MAX_LINE_CHARACTERS))
        assert (len(parsed.cues), parsed.faults) == (1, ("1 lines longer than 4000 characters, which were cut",))

    def test_lines_after_the_twelfth_are_left_out(self) -> None:
        parsed = parse(srt_cue(1, "\n".join(f"row {n}" for n in range(15))))
        assert parsed.cues[0].text.splitlines()[-1] == "row 11"
        assert parsed.faults == ("3 lines after the 12th of a cue",)

    def test_lines_of_many_tags_are_left_out(self) -> None:
        tags = MAX_TAGS_PER_LINE + 1
        assert parse(ASS + dialogue(1, "{}" * tags + "x")).faults == ("1 lines with more than 300 tags",)
        assert parse(srt_cue(1, "<i>" * tags + "x")).faults == ("1 lines with more than 300 tags",)

    def test_cues_without_a_possible_time_are_left_out(self) -> None:
        assert parse(srt_cue(1, "x", seconds=61.0)).faults == ("1 cues that stay longer than 60 s",)

    @pytest.mark.parametrize("seconds", [-0.5, 0.0])
    def test_a_cue_that_does_not_end_after_it_begins_ends_when_it_is_said(self, seconds: float) -> None:
        parsed = parse(srt_cue(1, "Where have you been all the time?", seconds=seconds))
        assert parsed.faults == ("1 cues that did not end after they began, whose ends were estimated",)
        assert [round(cue.span.duration, 2) for cue in parsed.cues] == [2.15]

    def test_cues_that_no_screen_holds_are_left_out(self) -> None:
        long = "1 cues of more than 2000 characters or 40 rows"
        assert parse(srt_cue(1, "word " * 500)).faults == (long,)
        assert parse(ASS + dialogue(1, r"row\N" * 50)).faults == (long,)

    def test_they_come_back_from_the_parsing_process(self) -> None:
        many = "".join(srt_cue(n, f"Good evening to all {n}.") for n in range(8_000))
        parsed = subtitle_reader.read_subtitle_text(many + srt_cue(1, "x", seconds=61.0) + srt_cue(1, "[door]"), name="evil.srt")
        assert len(parsed.cues) == 8_000
        assert parsed.faults == ("1 cues that stay longer than 60 s",)
        assert parsed.removals == ("1 sound descriptions",)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            ("x" * (MAX_SUBTITLE_BYTES + 1), "larger than 10 MB"),
            ("1\n" * 500_001, "made of more than 500000 lines"),
            ("".join(srt_cue(n, "x") for n in range(20_001)), "made of more than 20000 cues"),
            ("00:00:01,000 --> 00:00:02,000\n" * 50_001, "made of more than 50000 timed texts"),
            ("".join(srt_cue(n, "word " * 390) for n in range(1_100)), f"made of more than {MAX_TEXT_CHARACTERS} characters"),
        ],
        ids=["bytes", "lines", "cues", "times", "characters"],
    )
    def test_what_exceeds_a_limit_is_refused_in_a_sentence(self, content: str, fault: str) -> None:
        with pytest.raises(FilmError, match=rf"the subtitles evil\.srt cannot be used: they are {fault}; replace them with"):
            parse(content)


class TestAss:
    def test_typesetting_does_not_count_against_the_dialogue(self) -> None:
        signs = "".join(dialogue(n, "HOTEL", style="Signs") + dialogue(n, r"{\p1}m 0 0 l 9 9") for n in range(30_000))
        parsed = parse(ASS + signs + dialogue(1, "Good evening."))
        assert [cue.text for cue in parsed.cues] == ["Good evening."]
        assert parsed.faults == ()
        assert parsed.removals == ("60000 signs, songs and drawings",)

    def test_rows_in_other_sections_are_no_dialogue(self) -> None:
        assert (
            parse(ASS + "[Fonts]\nfontname: a.ttf\n" + dialogue(1, "no") + "[Events]\n" + dialogue(2, "yes")).cues[0].text
            == "yes"
        )
        assert len(parse(ASS + "[FONT BYTES]\n" + dialogue(2, "yes")).cues) == 1  # capitals alone begin no section

    @pytest.mark.parametrize(
        ("text", "drawing"),
        [
            ("", False),
            (r"{\p1}m 0 0", True),
            (r"{\p0}Hello", False),
            (r"{\p1\p0}Hello", False),
            (r"{\p1}m 0 0{\p0}Hello", True),
            (r"{\p2\r}Hello", False),
            (r"{\p1\rOther}m 0 0", True),
            (r"{\pos(1,2)}Hello", False),
            (r"{\fn p1}Hello", False),
            (r"\p1 Hello", False),
        ],
    )
    def test_drawings_are_told_as_pysubs2_tells_them(self, text: str, drawing: bool) -> None:
        from pysubs2 import SSAEvent

        assert is_drawing(text) is drawing
        assert SSAEvent(text=text).is_drawing is drawing
