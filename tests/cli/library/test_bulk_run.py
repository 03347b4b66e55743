"""Bulk runs of `./dubarr library`: the service's library, and its restarts."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.library import bulk_run
from pipeline.errors import FilmRefused, NotPossible
from pipeline.settings import Settings
from serve.runtime import state_file


def test_a_library_that_the_running_service_may_not_read_is_not_uploaded():
    class Elsewhere:
        def library(self, folder):
            raise FilmRefused(f"{folder} does not lie under a library root")

    with pytest.raises(NotPossible, match="add /films to LIBRARY_ROOTS"):
        bulk_run.require_in_library(Elsewhere(), Path("/films"))


def test_a_service_that_started_anew_has_another_ray(tmp_path):
    settings = Settings(data_dir=tmp_path)
    state_file.write_state(settings, ready=True, ray="127.0.0.1:1")
    found = state_file.find_service(settings)
    assert found is not None and not bulk_run.is_gone(settings, found)
    state_file.write_state(settings, ready=False)
    assert bulk_run.is_gone(settings, found)
    state_file.forget_state(settings)
    assert bulk_run.is_gone(settings, found)
    assert not bulk_run.is_gone(settings, replace(found, ray="")), "a Ray of our own outlives it"
