"""The range of a preview, as people write and read it."""

import pytest

from pipeline.errors import FilmError
from pipeline.values.preview import PreviewRange, format_time, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"), [("600", 600.0), ("600.5", 600.5), ("10:00", 600.0), ("1:10:00", 4200.0), ("90:30", 5430.0), ("0", 0.0)]
)
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "ten", "-5", "10:75", "1:70:00", "1e9", "10:", "٣", "1:2:3:4", "inf"])
def test_what_is_no_time_is_refused_with_the_ways_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="MM:SS"):
        parse_time(text)


def test_a_preview_without_a_beginning_begins_with_the_film() -> None:
    assert PreviewRange.parse("", "1:00") == PreviewRange(0.0, 60.0)


@pytest.mark.parametrize(("start", "end"), [("15:00", "10:00"), ("10:00", "10:01"), ("10:00", ""), ("0", "999999")])
def test_a_range_that_is_none_is_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match="preview|time"):
        PreviewRange.parse(start, end)


def test_a_preview_after_the_film_names_the_films_end() -> None:
    with pytest.raises(FilmError, match="a.mkv ends at 9:00"):
        PreviewRange(600.0, 900.0).require_within(540.0, "a.mkv")


def test_ranges_are_shown_as_clock_times() -> None:
    assert str(PreviewRange(600.0, 900.0)) == "10:00–15:00"
    assert format_time(4200.0) == "1:10:00"
