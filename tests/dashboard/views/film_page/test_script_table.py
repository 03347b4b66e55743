import re
from dataclasses import replace

import pytest

from dashboard.urls import FilmRoute, LineFilter
from dashboard.view_models import FilmModel
from dashboard.views.film_page.dub_tab import draw_dub_tab
from dashboard.views.film_page.script_table import draw_line_row, draw_script_regions, draw_script_rows, filter_lines
from dashboard.views.page_parts import PageParts
from pipeline.text.glossary_check import make_glossary_check
from pipeline.values.edits import Edit
from tests.support.dashboard import DONE
from tests.support.dashboard import line_row as row_of

ROWS = tuple(row_of(number, "es") for number in range(1, 121))
SHOWN = FilmModel(DONE, "es", lines=ROWS)
NAMES = {"SPEAKER_00": "Ada", "SPEAKER_01": "Speaker 2"}


def test_a_row_tells_who_says_what_when_and_how_it_fits():
    row = draw_line_row(ROWS[4], NAMES)
    for part in (
        'name="start" value="0:00:12.500"',
        'name="end" value="0:00:14.500"',
        ">This is line 5.<",
        ">es: línea 5.<",
        "Too fast · ",
        'value="SPEAKER_01" selected>Speaker 2<',
        'lang="es"',
    ):
        assert part in row
    assert "Normal · " in draw_line_row(ROWS[0], NAMES)


def test_a_line_left_to_the_original_has_no_take_to_hear():
    assert 'data-hear="take"' not in draw_line_row(ROWS[9], NAMES) and 'data-hear="source"' in draw_line_row(ROWS[9], NAMES)


def test_what_people_want_is_shown_although_it_is_not_dubbed_yet():
    edited = replace(ROWS[0], edit=Edit("es", 1, text="otra", skip=True, speaker="SPEAKER_00"))
    row = draw_line_row(edited, NAMES)
    assert ">otra<" in row and 'name="skip" checked' in row and 'value="SPEAKER_00" selected' in row
    assert 'data-undo="text speaker skip"' in row and 'data-edited="yes"' in row


def test_a_speaker_whom_nobody_knows_is_there_to_choose_from():
    assert 'value="" selected>Unknown<' in draw_line_row(replace(ROWS[0], speaker=None), NAMES)


@pytest.mark.parametrize(
    ("place", "numbers"),
    [
        (FilmRoute(7, search="12 línea"), [12, 112, 120]),
        (FilmRoute(7, search='"THIS IS LINE 7."'), [7]),
        (FilmRoute(7, lines=LineFilter.ORIGINAL), list(range(10, 121, 10))),
        (FilmRoute(7, lines=LineFilter.TOO_FAST), list(range(5, 121, 10))),
        (FilmRoute(7, lines=LineFilter.EDITED), []),
    ],
)
def test_lines_are_searched_and_filtered(place, numbers):
    assert [line.number for line in filter_lines(ROWS, place)] == numbers


def test_the_browser_gets_the_rows_of_all_lines_and_the_first_paint_some():
    content = draw_dub_tab(SHOWN, FilmRoute(7))
    assert [*content.lists["script"]] == [str(number) for number in range(1, 121)]
    parts = PageParts("k", "", content.frame, content.regions, content.lists, content.windowed)
    assert 0 < parts.html().count("data-seek") < 60


def test_a_script_that_is_not_there_says_why():
    assert "after the first dub" in draw_script_rows(FilmModel(DONE, "es"), FilmRoute(7))["none"]
    assert "No results" in draw_script_rows(SHOWN, FilmRoute(7, search="nothing"))["none"]


def test_each_way_of_looking_says_how_many_lines_it_has():
    assert re.findall(r">(\w[\w ]*) <b>(\d+)<", draw_script_regions(SHOWN, FilmRoute(7))["line_filters"]) == [
        ("All", "120"),
        ("Too fast", "12"),
        ("Original audio", "12"),
        ("Edited", "0"),
    ]


def test_glossary_terms_of_a_source_are_marked_and_those_that_the_translation_lacks_are_told():
    terms = "This = Esto\nline = línea\nes: LINE = renglón\nstage = <b>escenario</b>\nfr: is = est\nis [iz]"
    glossary = make_glossary_check("line = fila\nstage = tablas", terms, "es")
    row = draw_line_row(replace(ROWS[4], source_text="This is <i>LINE</i> 5, the line of the stage."), NAMES, glossary)
    marks = re.findall(r'data-kept="(yes|no)">(.*?) <span', row)
    assert marks == [("no", "This → Esto"), ("no", "LINE → renglón"), ("no", "stage → &lt;b&gt;escenario&lt;/b&gt;")]
    better = replace(ROWS[4], edit=Edit("es", 5, text="Ésta es la línea: esto, un renglón."))
    row = draw_line_row(better, NAMES, glossary)
    assert re.findall(r'data-kept="(yes|no)">(.*?) <span', row) == [("yes", "This → Esto"), ("yes", "LINE → renglón")]
    assert 'class="vh">is in the translation<' in row
    silent = [replace(ROWS[4], edit=Edit("es", 5, **change)) for change in ({"skip": True}, {"deleted": True}, {"text": ""})]
    assert not any("terms" in draw_line_row(line, NAMES, glossary) for line in (*silent, ROWS[9]))
    assert not any("terms" in draw_line_row(ROWS[4], NAMES, other) for other in (None, make_glossary_check("", "", "es")))


def test_a_line_with_many_terms_shows_the_first_and_their_number():
    terms = "\n".join(f"w{number} = x{number}" for number in range(12))
    line = replace(ROWS[4], source_text=" ".join(f"w{number}" for number in range(12)))
    row = draw_line_row(line, NAMES, make_glossary_check(terms, "", "es"))
    assert row.count("data-kept") == 8 and ">and 4 more<" in row


def test_a_line_that_was_added_is_told_until_it_is_dubbed():
    added = replace(ROWS[4], text_source="added", dub_seconds=0.0, audio="")
    assert "Not dubbed yet" in draw_line_row(added, NAMES)
