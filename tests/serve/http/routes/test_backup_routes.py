"""Copies of the store over HTTP."""

from pathlib import Path

import pytest
from in_process_service import make_film, served

from pipeline.store.store import Store
from serve.http.routes import backup_routes


@pytest.fixture
def service(tmp_path):
    with served(tmp_path) as opened:
        yield opened


def test_a_backup_holds_what_was_acknowledged_and_is_listed(service) -> None:
    film = make_film(service.library / "film.mkv")
    assert service.client.post("/webhook", json={"path": str(film)}).status_code == 200
    made = service.client.post("/api/backups")
    assert made.status_code == 201
    copy = Path(made.json()["path"])
    assert made.json()["size"] == copy.stat().st_size and copy.is_relative_to(service.settings.data_dir)
    restored = Store(copy)
    assert [task.path for task in restored.tasks.list_newest()[0]] == [film]
    restored.close()
    assert [each["path"] for each in service.client.get("/api/backups").json()["backups"]] == [str(copy)]


def test_a_backup_that_cannot_be_written_is_told(service) -> None:
    (service.settings.data_dir / "backups").write_text("in the way")
    answer = service.client.post("/api/backups")
    assert answer.status_code == 503 and "cannot be written" in answer.json()["detail"]


def test_one_copy_is_made_at_a_time_and_another_is_told_to_come_back(service) -> None:
    with backup_routes._copying:  # somebody else's
        refused = service.client.post("/api/backups")
    assert refused.status_code == 429 and refused.headers["retry-after"]
    assert service.client.post("/api/backups").status_code == 201
