import re
from dataclasses import replace

import pytest

from dashboard.urls import LINES, Film, Which
from dashboard.view_models import FilmShown
from dashboard.views.film_page.script_table import chosen, line_row, script_regions, script_rows
from pipeline.values.edits import Edit
from tests.support.dashboard import DONE
from tests.support.dashboard import line_row as row_of

ROWS = tuple(row_of(number, "es") for number in range(1, 121))
SHOWN = FilmShown(DONE, "es", lines=ROWS)
NAMES = {"SPEAKER_00": "Ada", "SPEAKER_01": "Speaker 2"}


def test_a_row_tells_who_says_what_when_and_how_it_fits():
    row = line_row(ROWS[4], NAMES)
    for part in (
        "0:12",
        ">This is line 5.<",
        ">es: línea 5.<",
        "1.65× rushed",
        'value="SPEAKER_01" selected>Speaker 2<',
        'lang="es"',
    ):
        assert part in row
    assert "1.00× at ease" in line_row(ROWS[0], NAMES)


def test_a_line_left_to_the_original_has_no_take_to_hear():
    assert 'data-hear="take"' not in line_row(ROWS[9], NAMES) and 'data-hear="source"' in line_row(ROWS[9], NAMES)


def test_what_people_want_is_shown_although_it_is_not_dubbed_yet():
    edited = replace(ROWS[0], edit=Edit("es", 1, text="otra", skip=True, speaker="SPEAKER_00"))
    row = line_row(edited, NAMES)
    assert ">otra<" in row and 'name="skip" checked' in row and 'value="SPEAKER_00" selected' in row
    assert 'data-undo="text speaker skip"' in row and 'data-edited="yes"' in row


def test_a_speaker_whom_nobody_knows_is_there_to_choose_from():
    assert 'value="" selected>nobody<' in line_row(replace(ROWS[0], speaker=None), NAMES)


@pytest.mark.parametrize(
    ("place", "numbers"),
    [
        (Film(7, search="línea 12"), [12, 120]),
        (Film(7, search="THIS IS LINE 7."), [7]),
        (Film(7, which=Which.LEFT), list(range(10, 121, 10))),
        (Film(7, which=Which.PRESSED), list(range(5, 121, 10))),
        (Film(7, which=Which.EDITED), []),
    ],
)
def test_lines_are_searched_and_filtered(place, numbers):
    assert [line.number for line in chosen(ROWS, place)] == numbers


@pytest.mark.parametrize(("offset", "first"), [(0, 1), (LINES, LINES + 1), (10_000, 2 * LINES + 1)])
def test_a_long_script_is_turned_page_by_page(offset, first):
    rows = script_rows(SHOWN, Film(7, offset=offset))
    assert next(iter(rows)) == str(first) and len(rows) <= LINES
    assert f"{first}–" in script_regions(SHOWN, Film(7, offset=offset))["turns"]


def test_a_script_that_is_not_there_says_why():
    assert "before the first dub" in script_rows(FilmShown(DONE, "es"), Film(7))["none"]
    assert "No line is like that" in script_rows(SHOWN, Film(7, search="nothing"))["none"]


def test_each_way_of_looking_says_how_many_lines_it_has():
    assert re.findall(r">(\w[\w ]*) <b>(\d+)<", script_regions(SHOWN, Film(7))["which"]) == [
        ("All", "120"),
        ("Hurried", "12"),
        ("Left out", "12"),
        ("Edited", "0"),
    ]
