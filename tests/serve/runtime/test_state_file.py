"""Finding the service from anywhere: by DUBARR_HOME, else from the current folder upwards. (The state file: tests/cli/service/test_process.py.)"""

from pathlib import Path

import pytest
from httpx import BasicAuth

from pipeline import settings_loader
from pipeline.errors import NotPossible
from pipeline.settings import Settings
from serve.client.client import connect
from serve.runtime import state_file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that this process says it serves from, with a data folder that `.env` names."""
    for name in ("DUBARR_HOME", "DATA_DIR", "API_USER", "API_PASS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home" / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "home" / ".env").write_text("DATA_DIR=kept\nAPI_USER=ana\nPORT=8111\n")
    state_file.write_state(settings_loader.load_settings(folder=tmp_path / "home"), ready=True)
    return tmp_path / "home"


def test_the_nearest_folder_upwards_is_taken(home, monkeypatch):
    monkeypatch.chdir(home / "notes" / "deep")
    settings, service = state_file.find_nearest_service()
    assert settings.data_dir == home / "kept" and service.url == "http://127.0.0.1:8111"


def test_a_named_home_is_the_only_one_looked_into(home, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUBARR_HOME", str(home))
    assert state_file.find_nearest_service()[0].data_dir == home / "kept"
    monkeypatch.setenv("DUBARR_HOME", str(tmp_path))
    monkeypatch.chdir(home)
    with pytest.raises(NotPossible, match="no service runs here"):
        state_file.find_nearest_service()


def test_a_client_gets_address_user_and_password(home, monkeypatch):
    monkeypatch.chdir(home)
    (home / "kept" / "credentials").write_text("ana:correct horse\n")
    with connect() as dubarr:
        assert dubarr.url == "http://127.0.0.1:8111"
        assert dubarr._headers == {"Authorization": BasicAuth("ana", "correct horse")._auth_header}
    monkeypatch.setenv("API_PASS", "battery staple")
    with connect() as dubarr:
        assert dubarr._headers == {"Authorization": BasicAuth("ana", "battery staple")._auth_header}


def test_a_service_that_ended_is_not_found(home, monkeypatch):
    monkeypatch.chdir(home)
    state_file.forget_state(Settings(data_dir=home / "kept"))
    with pytest.raises(NotPossible, match=r"\./dubarr lab"):
        connect()
