"""The probes: public, quick whatever hangs, and with the reason of each check that fails."""

import threading
import time
from pathlib import Path

import pytest
from in_process_service import HEALTH, Served, served

from pipeline.errors import StoreError
from pipeline.values.tasks import Health
from serve.http.routes.monitoring import probe_routes
from serve.status.readiness import NotReady, ReadinessCheck, require_writable

UP = {"ok": True, "reason": None}


@pytest.fixture
def probed(service: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The service without a password, its readiness computed anew at each request."""
    service.client.auth = None
    monkeypatch.setattr(service.client.app.state.readiness, "_ttl_s", -1.0)
    return service


def fail_check(service: Served, **checks: object) -> None:
    """Let these checks of the readiness be others."""
    context = service.client.app.state.context
    readiness = ReadinessCheck(context.store, context.health, context.live, timeout_s=0.2)
    readiness._checks = dict(readiness._checks) | checks
    cache = service.client.app.state.readiness

    async def check() -> probe_routes.ReadinessOut:
        return probe_routes.ReadinessOut.of(await readiness.check())

    cache._compute = check


def test_a_healthy_service_is_alive_and_ready_without_a_password(probed: Served) -> None:
    assert probed.client.get("/livez").json() == {"status": "alive"}
    answer = probed.client.get("/readyz")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"status": "ready", "checks": {"store": UP, "worker": UP, "disk": UP}}
    assert probed.client.head("/readyz").status_code == probed.client.head("/livez").status_code == 200


def test_the_liveness_probe_asks_no_store(probed: Served) -> None:
    probed.store.close()
    assert probed.client.get("/livez").status_code == 200
    assert probed.client.get("/readyz").json()["checks"]["store"]["ok"] is False


def test_a_store_that_hangs_is_told_in_time_and_asked_once(probed: Served) -> None:
    release, asked = threading.Event(), []

    def hang() -> None:
        asked.append(1)
        release.wait(10)

    fail_check(probed, store=hang)
    try:
        began = time.monotonic()
        for _ in range(3):
            answer = probed.client.get("/readyz")
            assert answer.status_code == 503
            assert answer.json()["checks"] == {
                "store": {"ok": False, "reason": "no answer within 0.2 s"},
                "worker": UP,
                "disk": UP,
            }
        assert time.monotonic() - began < 5.0
        assert len(asked) == 1, "a check that hangs is not started again"
    finally:
        release.set()


def test_a_dead_worker_and_an_error_are_told_without_details(probed: Served) -> None:
    def refuse() -> None:
        raise StoreError("/secret/path/dubarr.duckdb cannot be opened")

    def find_no_worker() -> None:
        from serve.status.readiness import require_worker

        require_worker(Health(worker_alive=False, engine_statuses=HEALTH.engine_statuses))

    fail_check(probed, store=refuse, worker=find_no_worker)
    answer = probed.client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["worker"] == {"ok": False, "reason": "no worker has sent a heartbeat lately"}
    assert answer.json()["checks"]["store"]["ok"] is False and "secret" not in answer.text


def test_a_folder_that_is_gone_or_full_is_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_writable(tmp_path)
    assert not list(tmp_path.iterdir()), "nothing is left behind"
    with pytest.raises(NotReady, match="No such file") as gone:
        require_writable(tmp_path / "gone")
    assert str(tmp_path) not in str(gone.value)
    monkeypatch.setattr("serve.status.readiness.MIN_FREE_BYTES", 1 << 62)
    with pytest.raises(NotReady, match="free space"):
        require_writable(tmp_path)


def test_a_data_folder_that_is_gone_makes_the_service_not_ready(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        service.settings.data_dir.rename(tmp_path / "elsewhere")
        answer = service.client.get("/readyz")
        (tmp_path / "elsewhere").rename(service.settings.data_dir)
    assert answer.status_code == 503 and "DATA_DIR" in answer.json()["checks"]["disk"]["reason"]
