"""Settings from the environment and `.env`: read, refused, and shown."""

from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import OutputPlacement, PathMapping, Settings
from pipeline.settings_loader import explain_settings, load_settings


def loaded(folder: Path, **environment: str) -> Settings:
    return load_settings(environment, folder=folder)


def shown(folder: Path, **environment: str) -> dict[str, tuple[str, str]]:
    return {line.name: (line.value, line.source) for line in explain_settings(environment, folder=folder)}


class TestSources:
    def test_without_anything_set_the_defaults_hold_in_the_folder(self, tmp_path):
        settings = loaded(tmp_path)
        assert (settings.host, settings.port, settings.target_langs, settings.api_pass) == ("127.0.0.1", 8000, ("es",), None)
        assert (settings.data_dir, settings.videos_dir, settings.logs_dir) == (
            tmp_path / "data",
            tmp_path / "videos",
            tmp_path / "logs",
        )

    def test_the_environment_wins_over_the_env_file_and_that_over_the_default(self, tmp_path):
        (tmp_path / ".env").write_text("PORT=9000\nAPI_USER=filed\n")
        settings = loaded(tmp_path, PORT="9001")
        assert (settings.port, settings.api_user, settings.profile) == (9001, "filed", "embedded")

    def test_an_empty_value_counts_as_unset(self, tmp_path):
        (tmp_path / ".env").write_text("PORT=\nAPI_USER=filed\nPLACEMENT=\n")
        settings = loaded(tmp_path, API_USER="", TARGET_LANGS="")
        assert (settings.port, settings.api_user, settings.target_langs) == (8000, "filed", ("es",))

    def test_the_processs_own_environment_is_read_where_none_is_given(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PORT", "9002")
        monkeypatch.chdir(tmp_path)
        assert (load_settings().port, load_settings().data_dir) == (9002, tmp_path / "data")

    def test_every_setting_has_a_name_of_its_own_and_can_be_set(self, tmp_path):
        given = {f.metadata["env"]: "1" for f in fields(Settings)}
        given |= {
            "LIBRARY_ROOTS": "/films",
            "PATH_MAPPINGS": "/tv=/films",
            "PLACEMENT": "beside",
            "DEFAULT_TRACK": "dub",
            "ROOM_MATCH": "on",
        }
        given |= {"FOLLOW_LOUDNESS": "0", "FOLLOW_PITCH": "0", "FOLLOW_PACE": "0"}
        given |= {"VERIFY_TAKES": "all", "NOTIFY_ON": "done"}
        settings = loaded(tmp_path, **given)
        assert len(given) == len(fields(Settings))
        assert [f.name for f in fields(Settings) if getattr(settings, f.name) == getattr(Settings(), f.name)] == []


class TestValues:
    def test_lists_are_split_and_trimmed(self, tmp_path):
        settings = loaded(tmp_path, TARGET_LANGS=" es, pt-BR ,", ALLOWED_HOSTS="dubs.example.org,nas")
        assert (settings.target_langs, settings.allowed_hosts) == (("es", "pt-BR"), ("dubs.example.org", "nas"))

    def test_a_relative_folder_lies_in_the_folder_and_an_absolute_one_where_it_says(self, tmp_path):
        settings = loaded(tmp_path, DATA_DIR="../store", VIDEOS_DIR="/films/new", LOGS_DIR="~/logs")
        assert settings.data_dir == tmp_path / "../store"
        assert (settings.videos_dir, settings.logs_dir) == (Path("/films/new"), Path.home() / "logs")

    def test_library_roots_are_separated_by_colons(self, tmp_path):
        assert loaded(tmp_path, LIBRARY_ROOTS="/films:/tv shows:").library_roots == (Path("/films"), Path("/tv shows"))

    def test_path_mappings_name_other_machines_folders_as_they_do(self, tmp_path):
        mappings = loaded(tmp_path, PATH_MAPPINGS=r"D:\TV=/films/tv; \\nas\films = /films ;/data/x=/mnt/a=b").path_mappings
        assert mappings == (
            PathMapping(r"D:\TV", Path("/films/tv")),
            PathMapping(r"\\nas\films", Path("/films")),
            PathMapping("/data/x", Path("/mnt/a=b")),
        )

    def test_a_placement_is_one_of_three(self, tmp_path):
        assert loaded(tmp_path, PLACEMENT="in-place").placement is OutputPlacement.IN_PLACE

    @pytest.mark.parametrize(
        ("name", "value", "advice"),
        [
            ("PORT", "http", "give a port from 1 to 65535"),
            ("PORT", "0", "give a port from 1 to 65535"),
            ("PORT", "65536", "give a port from 1 to 65535"),
            ("PORT", "-1", "give a port from 1 to 65535"),
            ("LIBRARY_ROOTS", "films", "give absolute paths"),
            ("LIBRARY_ROOTS", "~nobody-of-this-name/films", "give a path whose home folder exists"),
            ("DATA_DIR", "~nobody-of-this-name/data", "give a path whose home folder exists"),
            ("PATH_MAPPINGS", "/tv", "give from=to pairs, separated by semicolons"),
            ("PATH_MAPPINGS", "=/tv", "give from=to pairs"),
            ("PATH_MAPPINGS", "/tv=", "give from=to pairs"),
            ("PATH_MAPPINGS", "/tv=films", "give absolute paths"),
            ("PLACEMENT", "In-Place", "give one of dubs, beside, sidecar, in-place"),
        ],
    )
    def test_what_cannot_be_used_is_named_with_a_way_out(self, tmp_path, name, value, advice):
        with pytest.raises(SettingsError, match=advice) as caught:
            loaded(tmp_path, **{name: value})
        assert str(caught.value).startswith(f"settings: {name}=")


class TestExplain:
    def test_every_setting_is_shown_with_its_source(self, tmp_path):
        (tmp_path / ".env").write_text("PROFILE=cluster\n")
        lines = shown(tmp_path, PORT="9001")
        assert len(lines) == len(fields(Settings))
        assert lines["PORT"] == ("9001", "environment")
        assert lines["PROFILE"] == ("cluster", str(tmp_path / ".env"))
        assert lines["TARGET_LANGS"] == ("es", "default")
        assert lines["TRANSCRIBER"] == ("", "default")

    def test_secrets_are_masked_whatever_their_length(self, tmp_path):
        lines = shown(tmp_path, API_PASS="s3cret", SONARR_API_KEY="k" * 32)
        assert lines["API_PASS"] == lines["SONARR_API_KEY"] == ("•" * 8, "environment")
        assert lines["RADARR_API_KEY"] == ("", "default")

    def test_lists_are_shown_as_they_are_understood(self, tmp_path):
        lines = shown(tmp_path, TARGET_LANGS="es,ca", PATH_MAPPINGS=r"D:\TV=/films/tv")
        assert (lines["TARGET_LANGS"][0], lines["PATH_MAPPINGS"][0]) == ("es, ca", r"D:\TV=/films/tv")
