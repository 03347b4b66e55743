"""API keys over HTTP: made, shown once, used by each way that programs have, revoked, and never written down."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from in_process_service import AUTH, Served, make_film, served
from listening import listening

from pipeline.errors import NotFound, NotPossible, StoreError
from pipeline.values.access.api_key import ApiKey, KeyScope, digest_secret, make_secret
from serve.client.client import Client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("keys")) as running:
        yield running


@pytest.fixture
def service(shared: Served) -> Iterator[Served]:
    shared.client.auth = AUTH
    yield shared
    for key in shared.store.keys.list_keys():
        shared.store.keys.revoke_key(key.name)


def make_key(service: Served, scope: str, name: str = "program") -> str:
    answer = service.client.post("/api/keys", json={"name": name, "scope": scope})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


def test_a_key_is_shown_once_and_listed_without_its_secret(service: Served) -> None:
    answer = service.client.post("/api/keys", json={"name": "sonarr", "scope": "webhook"})
    assert answer.headers["cache-control"] == "no-store"
    secret = answer.json()["key"]
    listed = service.client.get("/api/keys")
    assert listed.json()["keys"] == [{name: value for name, value in answer.json().items() if name != "key"}]
    assert secret not in listed.text and digest_secret(secret) not in listed.text
    assert service.client.post("/api/keys", json={"name": "sonarr", "scope": "read"}).status_code == 409


@pytest.mark.parametrize(
    "body", [{"name": "a"}, {"name": "", "scope": "read"}, {"name": "a/b", "scope": "read"}, {"name": "a", "scope": "root"}]
)
def test_a_malformed_key_is_refused(service: Served, body: dict[str, str]) -> None:
    assert service.client.post("/api/keys", json=body).status_code == 422


@pytest.mark.parametrize("header", ["X-Api-Key", "Authorization"])
def test_a_program_sends_its_key_in_a_header(service: Served, header: str) -> None:
    secret = make_key(service, "read")
    service.client.auth = None
    given = {header: secret if header == "X-Api-Key" else f"Bearer {secret}"}
    assert service.client.get("/api/tasks", headers=given).status_code == 200
    with service.client.websocket_connect("ws://localhost:8000/ws/logs", headers=given):
        pass
    refused = service.client.post("/api/tasks/bulk", headers=given, json={})
    assert refused.status_code == 403
    assert "scope write" in refused.json()["detail"] and "program" in refused.json()["detail"]


def test_a_key_in_the_address_opens_the_webhook_alone(service: Served) -> None:
    secret = make_key(service, "admin")
    service.client.auth = None
    assert service.client.post(f"/webhook?apikey={secret}", json={"eventType": "Test"}).status_code == 200
    assert service.client.post(f"/webhook?audio_track=1&ApiKey={secret}", json={"eventType": "Test"}).status_code == 200
    assert service.client.get(f"/api/tasks?apikey={secret}").status_code == 401
    assert service.client.get(f"/webhook?apikey={secret}").status_code == 401
    assert service.client.post(f"/upload?apikey={secret}").status_code == 401


def test_a_key_of_the_webhook_queues_a_film_and_nothing_else(service: Served) -> None:
    secret = make_key(service, "webhook")
    service.client.auth = None
    film = make_film(service.library / "webhook.mkv")
    assert service.client.post(f"/webhook?apikey={secret}", json={"path": str(film)}).json()["status"] == "queued"
    for method, path in (
        ("GET", "/api/tasks"),
        ("POST", "/upload"),
        ("GET", "/metrics"),
        ("GET", "/api/keys"),
        ("GET", "/nowhere"),
    ):
        assert service.client.request(method, path, headers={"X-Api-Key": secret}).status_code == 403


def test_a_wrong_key_is_refused_although_the_password_is_right(service: Served, caplog: pytest.LogCaptureFixture) -> None:
    secret = make_secret()
    answer = service.client.get("/api/tasks", headers={"X-Api-Key": secret, "x-forwarded-for": "192.0.2.31"})
    assert answer.status_code == 401
    assert "no such API key" in answer.json()["detail"]
    assert "wrong API key from 192.0.2.31" in caplog.text
    assert secret not in caplog.text + answer.text


def test_a_revoked_key_is_refused_at_once_in_every_replica(service: Served) -> None:
    from starlette.testclient import TestClient

    from serve.http.app import create_app

    secret = make_key(service, "read")
    with TestClient(create_app(service.client.app.state.context), base_url="http://localhost:8000") as other:
        asked = {"X-Api-Key": secret}
        assert [client.get("/api/tasks", headers=asked).status_code for client in (service.client, other)] == [200, 200]
        assert service.client.delete("/api/keys/program").status_code == 204
        assert [client.get("/api/tasks", headers=asked).status_code for client in (other, service.client)] == [401, 401]
    assert service.client.delete("/api/keys/program").status_code == 404


def test_the_last_use_is_told_and_costs_no_write_per_request(service: Served) -> None:
    secret = make_key(service, "read")
    written: list[int] = []
    commits = service.client.app.state.authenticator._count_commits
    for _ in range(20):
        assert service.client.get("/api/tasks", headers={"X-Api-Key": secret}).status_code == 200
        written.append(commits())
    deadline = time.monotonic() + 5
    while (used := service.store.keys.list_keys()[0].last_used_at) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert used is not None
    assert commits() - written[0] <= 1
    service.store.keys.record_use(digest_secret(secret), used + timedelta(microseconds=1))  # as long ago as a moment
    before = commits()
    service.client.get("/api/tasks", headers={"X-Api-Key": secret})
    assert commits() == before


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_no_log_has_a_key_nor_has_an_error(tmp_path: Path) -> None:
    import httpx

    logs = Lines()
    with listening(tmp_path) as live:
        secret = make_secret()
        live.inner.store.keys.add_key("sonarr", KeyScope.WEBHOOK, digest_secret(secret))
        root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
        for each in (root, access):
            each.addHandler(logs)
        level, access.level = access.level, logging.INFO
        try:
            answers = [
                httpx.post(f"{live.url}/webhook?apikey={secret}", json={"path": "/nowhere/film.mkv"}),
                httpx.post(f"{live.url}/webhook?audio_track=x&apikey={secret}", json={"path": 3}),
                httpx.get(f"{live.url}/api/tasks?apikey={secret}"),
                httpx.get(f"{live.url}/api/tasks", headers={"X-Api-Key": secret}),
                httpx.get(f"{live.url}/api/tasks", headers={"Authorization": f"Bearer {secret}x"}),
            ]
        finally:
            access.level = level
            for each in (root, access):
                each.removeHandler(logs)
        assert [answer.status_code for answer in answers][2:] == [401, 403, 401]
        assert all(answer.status_code >= 400 for answer in answers)
        served_lines = [line for line in logs.lines if "HTTP/1.1" in line and "httpx" not in line]
        assert any('"POST /webhook' in line for line in served_lines), "uvicorn's access log was seen"
        text = "\n".join(line for line in logs.lines if not line.startswith("HTTP Request"))  # httpx's own, of the sender
        assert secret not in text + "".join(answer.text + str(answer.headers) for answer in answers)


def test_the_client_makes_uses_and_revokes_keys(tmp_path: Path) -> None:
    with listening(tmp_path) as live, Client(live.url, *AUTH) as owner:
        secret = owner.add_key("script", "read")["key"]
        with Client(live.url, key=secret) as script:
            assert script.tasks() == []
            with pytest.raises(Exception, match="scope admin"):
                script.list_keys()
        assert [each["name"] for each in owner.list_keys()] == ["script"]
        with pytest.raises(NotPossible):
            owner.add_key("script", "read")
        owner.revoke_key("script")
        with pytest.raises(NotFound):
            owner.revoke_key("script")


class BrokenKeys:
    """Keys of a store whose process died."""

    def list_keys(self) -> tuple[ApiKey, ...]:
        raise StoreError("the store's process died during this call and is restarting; try again")

    def record_use(self, digest: str, at: datetime) -> None:
        raise AssertionError("there is no key to use")


def test_a_store_that_does_not_answer_is_503_for_keys_and_no_matter_for_the_password(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        service.client.app.state.authenticator._keys = BrokenKeys()
        answer = service.client.get("/api/languages", headers={"X-Api-Key": make_secret()})
        assert answer.status_code == 503
        assert "try again" in answer.json()["detail"]
        assert service.client.get("/api/languages").status_code == 200
