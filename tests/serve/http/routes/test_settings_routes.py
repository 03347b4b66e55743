"""Settings over HTTP: read with their sources, changed as a whole or not at all, and secrets that never come back."""

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served, served

from pipeline.values.tasks import DubRequest
from tests.support.media_servers import KEY, FakeServer, media_server

SECRET = "s3cret-key-never-shown"


def read(service: Served) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in service.client.get("/api/settings").json()["settings"]}


def change(service: Served, **settings: str | None) -> Any:
    return service.client.patch("/api/settings", json={"settings": settings})


@pytest.fixture
def env(service: Served) -> Path:
    return service.settings.data_dir.parent / ".env"


@pytest.fixture
def sonarr() -> Iterator[FakeServer]:
    with media_server() as running:
        yield running


def test_a_value_is_written_taken_over_at_once_and_named_with_its_source(service: Served, env: Path) -> None:
    assert (read(service)["TARGET_LANGS"]["value"], read(service)["TARGET_LANGS"]["source"]) == ("es", "default")
    answer = change(service, TARGET_LANGS="es,ca", EXCLUDE="*sample*, *extra*")
    assert answer.status_code == 200 and answer.json()["pending"] == []
    found = read(service)
    assert (found["TARGET_LANGS"]["value"], found["TARGET_LANGS"]["source"]) == ("es,ca", "file")
    assert found["TARGET_LANGS"]["applies"] == "at once"
    assert "TARGET_LANGS=es,ca\n" in env.read_text() and stat.S_IMODE(env.stat().st_mode) == 0o600
    assert service.client.get("/api/languages").json()["usual"] == ["es", "ca"]  # the running service has them
    change(service, TARGET_LANGS=None)
    assert read(service)["TARGET_LANGS"]["source"] == "default"


def test_a_profile_waits_for_a_redeploy_which_a_button_starts(service: Served) -> None:
    assert change(service, PROFILE="embedded").json()["pending"] == ["PROFILE"]
    assert service.client.get("/api/settings/redeploy").json()["state"] == "none"
    assert service.client.post("/api/settings/redeploy").status_code == 202
    until = time.monotonic() + 10
    while (now := service.client.get("/api/settings/redeploy").json())["state"] == "running" and time.monotonic() < until:
        time.sleep(0.02)
    assert now == {"state": "done", "message": "replaced"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TARGET_LANGS", "es,klingonese", "Target languages"),
        ("LIBRARY_ROOTS", "/", "holds more than films"),
        ("LIBRARY_ROOTS", "/etc", "folder of the system"),
        ("LIBRARY_ROOTS", "/usr/../etc", "folder of the system"),
        ("LIBRARY_ROOTS", "/proc/self/cwd", "Library folders"),
        ("LIBRARY_ROOTS", "films", "give absolute paths"),
        ("LIBRARY_ROOTS", "/no/such/folder", "there is no folder /no/such/folder"),
        ("PATH_MAPPINGS", "/tv", "from=to"),
        ("PATH_MAPPINGS", "/tv=/no/such", "there is no folder /no/such"),
        ("PLACEMENT", "elsewhere", "give one of dubs, beside, sidecar, in-place"),
        ("STEREO_DUB", "perhaps", "give 1 or 0"),
        ("PROFILE", "/tmp/own.yaml", "Profile: give one of"),
        ("SYNTHESIZER", "espeak,espeak", "name each engine once"),
        ("SYNTHESIZER", "os:system", "named in the settings file"),
        ("DIARIZER", "ge2e,pyannote", "a diarizer is one engine"),
        ("SONARR_URL", "ftp://nas", "give an address such as"),
        ("SONARR_URL", "http://user:pass@nas", "without user and password"),
        ("NOTIFY_ON", "everything", "give some of done, failed"),
        ("NOTIFY_URLS", "nonsense", "number 1 is none that Apprise knows"),
        ("EXCLUDE", "a\nAPI_PASS=x", "line break"),
        ("PORT", "9000", "PORT is not changed here"),
        ("API_PASS", "x", "API_PASS is not changed here"),
        ("GLOSSARY", "/etc/passwd", "GLOSSARY is not changed here"),
        ("PATH", "/tmp", "no setting of Dubarr"),
    ],
)
def test_a_broken_value_is_refused_in_words_and_nothing_is_written(
    service: Served, env: Path, name: str, value: str, words: str
) -> None:
    before = env.read_bytes()
    answer = change(service, **{name: value, "SETTLE_S": "20"})
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["problems"][name] and answer.json()["problems"].keys() == {name}
    assert env.read_bytes() == before


def test_links_and_own_folders_are_no_library(service: Served, tmp_path: Path) -> None:
    link = tmp_path / "films"
    link.symlink_to("/etc")
    for folder, words in ((link, "folder of the system"), (service.settings.data_dir, "Dubarr's own data")):
        assert words in change(service, LIBRARY_ROOTS=str(folder)).json()["problems"]["LIBRARY_ROOTS"]


def test_several_broken_values_are_named_together(service: Served) -> None:
    answer = change(service, PLACEMENT="x", SETTLE_S="-1")
    assert answer.json()["problems"].keys() == {"PLACEMENT", "SETTLE_S"}


def test_secrets_never_come_back(service: Served, env: Path) -> None:
    changed = change(
        service, SONARR_URL="http://nas:8989", SONARR_API_KEY=SECRET, HF_TOKEN=SECRET, NOTIFY_URLS=f"json://nas/{SECRET}"
    )
    assert changed.status_code == 200, changed.text
    assert env.read_text().count(SECRET) == 3
    refused = change(service, NOTIFY_URLS=f"nonsense{SECRET} json://x", SONARR_API_KEY=f"{SECRET}\x01")
    assert refused.status_code == 422
    for answer in (changed, refused, service.client.get("/api/settings")):
        assert SECRET not in answer.text
    assert (read(service)["SONARR_API_KEY"]["value"], read(service)["SONARR_API_KEY"]["is_set"]) == ("", True)
    assert read(service)["API_PASS"]["value"] == ""


def test_a_stored_key_goes_to_no_other_host(service: Served, sonarr: FakeServer) -> None:
    assert change(service, SONARR_URL="http://nas:8989", SONARR_API_KEY=SECRET).status_code == 200
    assert "give its key again" in change(service, SONARR_URL=sonarr.url).json()["problems"]["SONARR_URL"]
    test = {"application": "sonarr", "url": sonarr.url}
    assert "give the key as well" in service.client.post("/api/settings/test-connection", json=test).json()["message"]
    assert sonarr.requests == []
    assert change(service, SONARR_URL="http://nas:8989/sonarr").status_code == 200
    assert change(service, SONARR_URL=sonarr.url, SONARR_API_KEY=KEY).status_code == 200


def test_the_environment_wins_and_says_so(tmp_path: Path) -> None:
    with served(tmp_path, {"PLACEMENT": "beside", "PLEX_TOKEN": SECRET}) as service:
        found = read(service)["PLACEMENT"]
        assert (found["value"], found["source"], found["editable"]) == ("beside", "environment", False)
        assert "environment" in found["reason"]
        token = read(service)["PLEX_TOKEN"]
        assert (token["value"], token["is_set"], token["editable"]) == ("", True, False)
        assert "environment, which wins" in change(service, PLACEMENT="dubs").json()["problems"]["PLACEMENT"]


def test_a_file_broken_by_hand_is_named_and_the_service_goes_on(service: Served, env: Path) -> None:
    env.write_text("SETTLE_S=soon\n")
    answer = service.client.get("/api/settings")
    assert answer.status_code == 409 and "SETTLE_S" in answer.json()["detail"] and str(env) in answer.json()["detail"]
    assert service.client.get("/api/languages").status_code == 200


@pytest.mark.parametrize(
    ("application", "key", "works", "words"),
    [
        ("sonarr", KEY, True, "Sonarr 4.0 answers"),
        ("sonarr", "wrong", False, "refuses the key"),
        ("radarr", KEY, False, "is not Radarr, but Sonarr"),
        ("plex", KEY, True, "libraries: Films"),
        ("jellyfin", KEY, True, "Jellyfin 10.11 answers"),
    ],
)
def test_a_connection_is_tested(service: Served, sonarr: FakeServer, application: str, key: str, works: bool, words: str) -> None:
    test = {"application": application, "url": sonarr.url, "key": key}
    answer = service.client.post("/api/settings/test-connection", json=test).json()
    assert answer["works"] is works and words in answer["message"]


def test_a_redirect_gets_no_key_and_a_closed_port_is_named(service: Served, sonarr: FakeServer) -> None:
    def ask(url: str) -> str:
        test = {"application": "sonarr", "url": url, "key": KEY}
        return service.client.post("/api/settings/test-connection", json=test).json()["message"]

    assert "the key is not sent there" in ask(f"{sonarr.url}/moved")
    assert [path for path, _ in sonarr.requests] == ["/moved/api/v3/system/status"]
    assert "cannot be reached" in ask("http://127.0.0.1:1")
    assert "give an address" in ask("file:///etc/passwd")


def test_the_setup_is_offered_to_an_untouched_service_until_it_is_dismissed(service: Served, env: Path) -> None:
    def offered() -> bool:
        return service.client.get("/api/settings").json()["offer_setup"]

    assert not offered()  # the file has library folders
    env.write_text("# nothing yet\n")
    assert offered()
    assert service.client.post("/api/settings/dismiss-setup").status_code == 204
    assert not offered()
    (service.settings.data_dir / "setup-dismissed").unlink()
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    assert not offered()
