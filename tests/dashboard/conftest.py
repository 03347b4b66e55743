"""A service over a real store in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import Store
from tests.support.dashboard import StoreService
from tests.support.site import Site, served


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
