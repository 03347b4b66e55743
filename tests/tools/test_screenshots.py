import pytest
from click.testing import CliRunner

from cli.main import dubarr
from dashboard.urls import FilmRoute, FilmTab, LibraryRoute, SystemRoute, parse_route
from pipeline.store.store import Store
from tests.support.browsing import needs_chromium
from tests.support.dashboard import StoreService
from tests.support.dashboard_server import PASSWORD, USER, served
from tools.screenshots import Shot, list_shots, take_screenshots


def test_every_page_has_its_picture_in_light_and_dark_and_on_a_phone():
    wanted = list_shots(7)
    assert len({shot.name for shot in wanted}) == len(wanted)
    places = {parse_route(shot.address.partition("?")[2]) for shot in wanted}
    assert {found.tab for found in places if isinstance(found, FilmRoute)} == set(FilmTab) and {
        SystemRoute(),
        LibraryRoute(),
    } <= places
    assert {shot.scheme for shot in wanted} == {"light", "dark"} and any(shot.size[0] < 400 for shot in wanted)


def test_help_says_what_it_does():
    assert "Take a picture of every page" in CliRunner().invoke(dubarr, ["screenshots", "--help"]).output


@pytest.mark.slow
@pytest.mark.browser
@needs_chromium
def test_a_picture_is_as_wide_as_it_was_asked_for(tmp_path):
    store = Store(tmp_path / "test.duckdb")
    with served(StoreService(store), tmp_path) as site:
        wanted = [Shot("films", "/", size=(390, 600)), Shot("system", "/?page=system", "dark", (800, 600))]
        pictures = list(take_screenshots(site.url, (USER, PASSWORD), wanted, tmp_path))
    store.close()
    assert [int.from_bytes(picture.read_bytes()[16:20], "big") for picture in pictures] == [390, 800]
    assert all(picture.stat().st_size > 10_000 for picture in pictures)
