"""A service over a real store in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.store.store import Store
from tests.support.browsing import Window, chromium
from tests.support.browsing import window as opened
from tests.support.dashboard import StoreService
from tests.support.dashboard_server import PASSWORD, USER, Site, served


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StoreService]:
    store = Store(tmp_path / "test.duckdb")
    yield StoreService(store)
    store.close()


@pytest.fixture
def site(service: StoreService, tmp_path: Path) -> Iterator[Site]:
    """The dashboard on a port of its own, behind the real security gate, over plain uvicorn."""
    with served(service, tmp_path) as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while it is open, Playwright's event loop runs in this thread, and no other can."""
    with chromium() as found:
        yield found


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Window]:
    """A browser window on the site."""
    with opened(browser, site.url, (USER, PASSWORD)) as found:
        yield found
