"""Real weights on this machine, for tests that skip where they are missing."""

import os
from pathlib import Path

import pytest


def model_folder(name: str) -> Path:
    """The folder of a model that `./dubarr setup` has fetched; skips the test where it is missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dubarr" / "models"
    folder = Path(os.environ.get("MODELS_DIR") or cache) / name
    if not folder.is_dir():
        pytest.skip(f"the model {name} is not on this machine; run ./dubarr setup")
    return folder
