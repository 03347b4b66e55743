"""Real weights on this machine, for tests that assert what engines answer; skipped where set-up has not put them there."""

import os
from pathlib import Path

import pytest


def model_folder(name: str) -> Path:
    """The folder of a model: in MODELS_DIR where that is set, else in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    models = Path(os.environ["MODELS_DIR"]) if os.environ.get("MODELS_DIR") else cache / "dubarr" / "models"
    folder = models / name
    if not folder.is_dir():
        pytest.skip(f"no model {name} in {models}; run ./dubarr setup")
    return folder
