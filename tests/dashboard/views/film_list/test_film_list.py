import re

import pytest

from dashboard.urls import FilmListRoute
from dashboard.views.film_list.film_list import draw_filters, draw_pager
from pipeline.values.tasks import TaskStatus


def test_one_page_needs_no_pager():
    assert draw_pager(25, FilmListRoute(), 0) == ""


@pytest.mark.parametrize(
    ("offset", "shown", "ways"),
    [(0, "1–25 of 60", ["Next"]), (25, "26–50 of 60", ["Previous", "Next"]), (50, "51–60 of 60", ["Previous"])],
)
def test_the_pager_tells_where_we_are_and_ends_at_both_ends(offset, shown, ways):
    html = draw_pager(60, FilmListRoute(search="a", offset=offset), offset)
    assert shown in html and re.findall(r">(\w+)</a>", html) == ways
    assert all("search=a" in href for href in re.findall(r'href="([^"]+)"', html))


def test_the_filters_count_every_state_keep_the_search_and_begin_at_the_first_page():
    html = draw_filters({"QUEUED": 2, "ERROR": 1, "CANCELLED": 4, "SKIPPED": 0}, FilmListRoute(TaskStatus.ERROR, "storm", 50))
    assert re.findall(r"> ?(\w+) <b>(\d+)</b>", html) == [
        ("All", "7"),
        ("Queued", "2"),
        ("Processing", "0"),
        ("Done", "0"),
        ("Failed", "1"),
        ("Cancelled", "4"),
    ]
    assert 'href="?status=ERROR&amp;search=storm" data-go data-status="ERROR" data-count="1" aria-current="true"' in html
    assert "from=" not in html
