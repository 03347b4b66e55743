"""What all tests share: recordings, and what may run on this machine."""

import os
from pathlib import Path

import pytest

MEDIA = Path(__file__).parents[2] / "shared" / "media"

# Ray would write a token into the home folder, and report its use.
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if Path("/dev/nvidiactl").exists():
        return
    no_gpu = pytest.mark.skip(reason="this machine has no GPU")
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(no_gpu)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings beside the checkout."""
    if not MEDIA.is_dir():
        pytest.skip(f"no recordings in {MEDIA}: they are not part of the project")
    return MEDIA
