import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.urls import Film, Films, Part, System, Which, address, place
from pipeline.values.tasks import TaskStatus

PLACES = [
    Films(),
    Films(TaskStatus.ERROR, "a & b", 50),
    Film(7),
    Film(7, Part.VOICES, "pt-BR"),
    Film(0, Part.DUB, None, Which.PRESSED, "¿qué?", 100),
    System(),
    System("ERROR", "task=7"),
]


@pytest.mark.parametrize("where", PLACES)
def test_an_address_leads_back_to_its_place(where):
    assert place(address(where)) == where


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("?task=x", Films()),
        ("?task=-1", Films()),
        ("?task=99999999999999999999", Films()),
        ("?task=٣", Films()),
        ("?status=SOLVED&from=1e9", Films()),
        ("?task=7&part=cellar&lines=none", Film(7)),
        ("?page=system&level=DEBUG", System()),
        ("?search=%ff%00", Films(search="\ufffd\0")),
    ],
)
def test_what_an_address_says_wrongly_is_passed_over(query, where):
    assert place(query) == where


@given(some.text(max_size=300))
def test_whatever_an_address_says_there_is_a_place(query):
    assert place(address(place(query))) == place(query)
