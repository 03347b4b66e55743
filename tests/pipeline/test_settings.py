"""Folders, roots and the URL that follow from the settings."""

from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.settings_loader import load_settings


class TestPlaces:
    def test_what_the_service_writes_lies_in_its_folders(self):
        settings = Settings(data_dir=Path("/srv/data"), logs_dir=Path("/srv/logs"))
        assert settings.database.parent == Path("/srv/data") == settings.artifacts.parent
        assert settings.processing_log == Path("/srv/logs/processing.log")

    def test_the_database_may_lie_on_another_disk_than_the_rest(self, tmp_path):
        settings = load_settings({"DATA_DIR": "/mnt/shared", "DATABASE": "/srv/dubarr/tasks.duckdb"}, folder=tmp_path)
        assert (settings.database, settings.artifacts) == (Path("/srv/dubarr/tasks.duckdb"), Path("/mnt/shared/artifacts"))
        assert load_settings({"DATABASE": "own.duckdb"}, folder=tmp_path).database == tmp_path / "own.duckdb"

    def test_roots_are_real_paths_and_hold_the_uploads(self, tmp_path):
        (tmp_path / "disk").mkdir()
        (tmp_path / "library").symlink_to(tmp_path / "disk")
        settings = Settings(library_roots=(tmp_path / "library",), videos_dir=tmp_path / "videos")
        assert settings.roots == (tmp_path / "disk", tmp_path / "videos")

    @pytest.mark.parametrize(
        ("host", "url"),
        [
            ("127.0.0.1", "http://127.0.0.1:8000"),
            ("0.0.0.0", "http://127.0.0.1:8000"),
            ("nas.local", "http://nas.local:8000"),
            ("::", "http://[::1]:8000"),
            ("::1", "http://[::1]:8000"),
            ("fd00::7", "http://[fd00::7]:8000"),
        ],
    )
    def test_the_url_is_one_that_a_client_on_this_machine_can_call(self, host, url):
        assert Settings(host=host).url == url
