"""What all tests share: recordings, and what may run on this machine."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

MEDIA = Path(__file__).parents[2] / "shared" / "media"

# Ray would write a token into the home folder, and report its use.
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

settings.register_profile("house", deadline=None)  # what else the machine has to do would decide
settings.load_profile("house")

# What the engines for GPUs stand on; `./dubarr test` installs them before its third lane.
LIBRARIES = ("torch", "whisperx", "pyannote.audio", "TTS", "demucs", "audio_separator", "audioseal")


def is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False  # nor is the package around it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [module for module in LIBRARIES if not is_installed(module)]
    reasons = {
        "gpu": "" if Path("/dev/nvidiactl").exists() else "this machine has no GPU",
        "models": missing and f"not installed: {', '.join(missing)}; run WATERMARK=1 ./dubarr setup --profile cpu-models",
        "omnivoice": ""
        if is_installed("omnivoice")
        else "omnivoice is in an environment of its own, whose Python runs these tests",
    }
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def same_umask() -> Iterator[None]:
    """The process's umask after a test as before it: commands that are called in it restrict it."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings beside the checkout."""
    if not MEDIA.is_dir():
        pytest.skip(f"no recordings in {MEDIA}: they are not part of the project")
    return MEDIA
