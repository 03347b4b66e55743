"""The folders of real weights, for tests that need them."""

from pathlib import Path

import pytest

from pipeline import settings_loader
from pipeline.models.catalogue import shipped_catalogue
from pipeline.models.folders import Folders
from pipeline.models.verification import verify_model


def model_folder(name: str) -> Path:
    """The verified folder of a model in MODELS_DIR or in the user's cache; the test is skipped where it is not there."""
    status = verify_model(shipped_catalogue()[name], Folders(settings_loader.load_settings(folder=Path("/nowhere")).models_dir))
    if not status.is_usable or status.folder is None:
        pytest.skip(f"the model {name} is {status.state}: run ./dubarr setup")
    return status.folder
