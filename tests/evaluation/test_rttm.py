import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.rttm import MAX_RTTM_BYTES, format_rttm, read_rttm
from pipeline.errors import FilmError
from pipeline.values.timeline import Span, Turn


@pytest.mark.parametrize(
    "line",
    [
        "SPEAKER talk 1 soon 0.3 <NA> <NA> B",
        "SPEAKER talk 1 0.5 -0.3 <NA> <NA> B",
        "SPEAKER talk 1 0.5 inf <NA> <NA> B",
        "SPEAKER talk",
    ],
)
def test_a_turn_that_is_none_is_named_by_its_line(tmp_path, line):
    (tmp_path / "talk.rttm").write_text(f"\n{line}\n")
    with pytest.raises(FilmError, match=r"line 2 of talk\.rttm"):
        read_rttm(tmp_path / "talk.rttm")


def test_a_file_of_megabytes_is_refused(tmp_path):
    (tmp_path / "talk.rttm").write_bytes(b"a" * (MAX_RTTM_BYTES + 1))
    with pytest.raises(FilmError, match="larger than"):
        read_rttm(tmp_path / "talk.rttm")


def test_turns_are_written_in_order_with_one_field_for_each_name():
    turns = [Turn(Span(1.5, 2.25), "Ben"), Turn(Span(0.0, 1.0), "Anna  Lee")]
    assert format_rttm(turns, name="my film").splitlines() == [
        "SPEAKER my_film 1 0.000 1.000 <NA> <NA> Anna_Lee <NA> <NA>",
        "SPEAKER my_film 1 1.500 0.750 <NA> <NA> Ben <NA> <NA>",
    ]


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**5), st.sampled_from("ABC"))))
def test_turns_that_are_written_and_read_are_the_same(tmp_path_factory, milliseconds):
    turns = [Turn(Span(start / 1000, (start + length) / 1000), who) for start, length, who in milliseconds]
    path = tmp_path_factory.mktemp("rttm") / "talk.rttm"
    path.write_text(format_rttm(turns, name="talk"))
    found = read_rttm(path)
    assert [turn.speaker for turn in found] == [
        turn.speaker for turn in sorted(turns, key=lambda turn: (turn.span, turn.speaker))
    ]
    assert [turn.span.start for turn in found] == pytest.approx(sorted(turn.span.start for turn in turns), abs=2e-3)
