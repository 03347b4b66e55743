import re
from dataclasses import replace

import pytest

from dashboard.urls import FilmListRoute, FilmRoute, FilmTab, SystemRoute
from dashboard.view_models import FilmListModel, FilmModel, PageModel, SystemModel
from dashboard.views.page import render_page
from pipeline.values.edits import Cast, CastMember
from tests.support.dashboard import DONE, LANGUAGES, NOON, READY, REPORT, SYSTEM, line_row, run

HOSTILE = "<img src=x onerror=alert(1)>{tasks}{log}{0}\"'&"
LINES = tuple(replace(line_row(number, "es"), source_text=HOSTILE, text=HOSTILE) for number in range(1, 61))
CAST = Cast((CastMember("SPEAKER_00", HOSTILE, 9.0, 110.0, "low", 3, None, {"es": HOSTILE}, {}, None),), {"es": (HOSTILE,)})
TASK = replace(DONE, path=DONE.path.with_name(HOSTILE.replace("/", "")), error=HOSTILE, source_lang=HOSTILE)
FILM = FilmModel(TASK, "es", mark=HOSTILE, runs=(run(HOSTILE),), lines=LINES, cast=CAST, reports={"es": REPORT}, log=(HOSTILE,))
BOARDS = [
    PageModel(NOON, FilmListRoute(search=HOSTILE), health=READY, content=FilmListModel((TASK,), 60, 25, {7: 3.0}, LANGUAGES)),
    *(PageModel(NOON, FilmRoute(7, part, search=""), health=READY, content=FILM) for part in FilmTab),
    PageModel(NOON, SystemRoute(search=HOSTILE), health=READY, content=SystemModel(SYSTEM, (HOSTILE,))),
]
every_page = pytest.mark.parametrize("board", BOARDS, ids=lambda board: type(board.route).__name__)


def test_the_page_is_complete_before_any_script_runs():
    html = render_page(
        PageModel(NOON, FilmListRoute(), health=READY, content=FilmListModel((DONE,), 1, languages=LANGUAGES)), title="Dubarr"
    )
    for part in ("voyage.mkv", "Worker <b>READY</b>", 'action="/upload"', 'value="es" checked', 'name="source_lang"'):
        assert part in html


@every_page
def test_a_page_names_no_other_host(board):
    assert not re.search(r"""(?:https?:)?//[a-z]""", render_page(board, title="Dubarr"))


@every_page
def test_whatever_is_not_ours_is_text_and_no_place_of_the_frame(board):
    html = render_page(board, title="Dubarr")
    assert "<img" not in html and 'onerror=alert(1)>"' not in html
    assert html.count('id="log"') <= 1 and html.count('id="tasks"') <= 1


@every_page
def test_every_field_has_a_label(board):
    html = render_page(board, title="x")
    named = {f'id="{name}"' for name in re.findall(r'<label[^>]* for="([^"]+)"', html)}
    unlabelled = re.sub(r"<label.*?</label>", "", html, flags=re.DOTALL)
    fields = [field for field in re.findall(r"<(?:input|select|textarea)[^>]*>", unlabelled) if 'type="hidden"' not in field]
    assert [field for field in fields if "aria-label" not in field and not any(name in field for name in named)] == []


@every_page
def test_no_id_stands_twice(board):
    ids = re.findall(r'\bid="([^"]+)"', render_page(board, title="x"))
    assert len(ids) == len(set(ids)) > 8


def test_an_empty_library_invites_and_an_unknown_one_does_not():
    assert "No videos yet" in render_page(PageModel(NOON, FilmListRoute(), health=READY, content=FilmListModel()), title="x")
    assert "No videos yet" not in render_page(PageModel(NOON, FilmListRoute()), title="x")


def test_a_search_that_finds_nothing_says_so():
    html = render_page(PageModel(NOON, FilmListRoute(search="x"), health=READY, content=FilmListModel()), title="x")
    assert "No results" in html and "No videos yet" not in html


def test_a_title_is_text():
    assert "&lt;b&gt;" in render_page(PageModel(NOON, FilmListRoute()), title="<b>")
