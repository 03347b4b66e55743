"""Two web servers over one store, as several ingress replicas are: whichever a request meets, the answer is the same."""

import base64
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from in_process_service import AUTH, Served
from starlette.testclient import TestClient

from serve.http.app import create_app
from serve.http.media.streaming import StreamSlots

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def other(service: Served) -> Iterator[TestClient]:
    """A client of the second one."""
    context = replace(service.client.app.state.context, streams=StreamSlots())
    with TestClient(create_app(context), base_url="http://localhost:8000", follow_redirects=False) as client:
        client.auth = AUTH
        yield client


def test_a_change_by_one_is_seen_by_the_other_at_once(service: Served, other: TestClient, films: Path) -> None:
    film = Path(shutil.copy(films / "english.mkv", service.library))
    for client in (service.client, other):
        assert client.get("/api/tasks").json()["total"] == 0  # both have it in their caches
    service.client.post("/webhook", json={"path": str(film)})
    (task,) = other.get("/api/tasks").json()["tasks"]
    assert other.post(f"/cancel/{task['id']}").status_code == 303
    assert service.client.get(f"/api/tasks/{task['id']}").json()["status"] == "CANCELLED"
    assert service.client.get("/api/tasks").json()["tasks"][0]["status"] == "CANCELLED"


def test_an_upload_goes_on_at_the_other(service: Served, other: TestClient, films: Path) -> None:
    film = (films / "english.mkv").read_bytes()
    about = {"Upload-Length": str(len(film)), "Upload-Metadata": f"filename {base64.b64encode(b'film.mkv').decode()}"}
    url = service.client.post("/api/uploads", headers=TUS | about).headers["location"]
    half = len(film) // 2
    part = TUS | {"Content-Type": "application/offset+octet-stream"}
    assert service.client.patch(url, content=film[:half], headers=part | {"Upload-Offset": "0"}).status_code == 204
    assert other.head(url, headers=TUS).headers["upload-offset"] == str(half)
    assert other.patch(url, content=film[half:], headers=part | {"Upload-Offset": str(half)}).status_code == 204
    assert len(service.tasks()) == 1


def test_a_session_holds_at_the_other_until_it_is_ended_at_one(service: Served, other: TestClient) -> None:
    ours = {"Origin": "http://localhost:8000"}
    service.client.auth = other.auth = None
    opened = service.client.post("/login", data={"username": AUTH[0], "password": AUTH[1]}, headers=ours)
    assert opened.status_code == 303
    other.cookies = service.client.cookies
    assert other.get("/api/tasks").status_code == 200
    assert service.client.post("/logout", headers=ours).status_code == 303
    other.cookies = dict(opened.cookies)
    assert other.get("/api/tasks").status_code == 401
