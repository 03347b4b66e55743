import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.urls import FilmListRoute, FilmRoute, FilmTab, LineFilter, SettingsRoute, SystemRoute, format_url, parse_route
from pipeline.values.tasks import TaskStatus

PLACES = [
    FilmListRoute(),
    FilmListRoute(TaskStatus.ERROR, "a & b", 50),
    FilmRoute(7),
    FilmRoute(7, FilmTab.VOICES, "pt-BR"),
    FilmRoute(0, FilmTab.DUB, None, LineFilter.TOO_FAST, "¿qué?", 100),
    SettingsRoute(),
    SystemRoute(),
    SystemRoute("ERROR", "task=7"),
]


@pytest.mark.parametrize("where", PLACES)
def test_an_address_leads_back_to_its_place(where):
    assert parse_route(format_url(where)) == where


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("?task=x", FilmListRoute()),
        ("?task=-1", FilmListRoute()),
        ("?task=99999999999999999999", FilmListRoute()),
        ("?task=٣", FilmListRoute()),
        ("?status=SOLVED&from=1e9", FilmListRoute()),
        ("?task=7&part=cellar&lines=none", FilmRoute(7)),
        ("?page=system&level=DEBUG", SystemRoute()),
        ("?search=%ff%00", FilmListRoute(search="\ufffd\0")),
    ],
)
def test_what_an_address_says_wrongly_is_passed_over(query, where):
    assert parse_route(query) == where


@given(some.text(max_size=300))
def test_whatever_an_address_says_there_is_a_place(query):
    assert parse_route(format_url(parse_route(query))) == parse_route(query)
