"""The HTTP service and its films, for the tests of `serve`."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from in_process_service import Served, served
from in_process_service import make_film as made_film


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    """The service in this process."""
    with served(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """english.mkv, spanish.mkv, untagged.mkv, dub.mkv, and film.mkv with an English subtitle beside it."""
    folder = tmp_path_factory.mktemp("served")
    made_film(folder / "english.mkv")
    made_film(folder / "spanish.mkv", language="spa")
    made_film(folder / "untagged.mkv", language="und")
    return folder


@pytest.fixture
def put(service: Served, films: Path) -> Callable[..., Path]:
    """Put one of the films into the library under a name."""

    def copy(name: str = "film.mkv", film: str = "english.mkv") -> Path:
        path = service.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(films / film, path)
        return path

    return copy
