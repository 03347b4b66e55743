"""`GET /api/system` over a real store: what it tells, and to whom."""

from pathlib import Path

from fakes import claimed
from in_process_service import Served

from pipeline.store.database.database import now
from pipeline.values.tasks import StageRun, StageStatus


def test_the_system_is_told_as_json(service: Served) -> None:
    task, lease = claimed(service.store)
    service.store.leases.fail(lease, "mux: no room; make some")
    told = service.client.get("/api/system").json()
    assert {engine["role"]: engine["status"] for engine in told["engines"]} == {
        "separator": "OFF",
        "transcriber": "READY",
        "aligner": "OFF",
        "diarizer": "READY",
        "translator": "READY",
        "synthesizer": "READY",
    }
    assert told["workers"] == {
        "alive": True,
        "running": 1,
        "starting": 0,
        "stopping": 0,
        "most": 1,
        "num_cpus": told["workers"]["num_cpus"],
    }
    assert told["cluster"] == {"nodes": 1, "cpus": 2.0, "cpus_free": 0.5, "gpus": 0.0, "gpus_free": 0.0}
    assert told["disk"]["path"] == str(service.settings.data_dir) and told["disk"]["free"] > 0
    assert told["queue"] == {"QUEUED": 0, "PROCESSING": 0, "DONE": 0, "ERROR": 1, "CANCELLED": 0, "SKIPPED": 0}
    (failure,) = told["failures"]
    assert (failure["task_id"], failure["name"], failure["error"]) == (task.id, "a.mkv", "mux: no room; make some")
    assert failure["at"].endswith("Z") and told["at"].endswith("Z")


def test_a_finished_film_is_told_with_its_factor(service: Served) -> None:
    _, lease = claimed(service.store)
    service.store.leases.record_probe(lease, source_lang="en", duration=80.0, has_subtitles=False)
    service.store.stages.record_run(lease, StageRun("mix", "es", 1, StageStatus.DONE, now(), 0.0, executed=1))
    service.store.leases.finish(lease, Path("/dubs/a.mkv"))
    (finished,) = service.client.get("/api/system").json()["finished"]
    assert (finished["film_seconds"], finished["languages"], finished["factor"]) == (80.0, 1, 0.0)


def test_it_is_for_those_with_the_password(service: Served) -> None:
    service.client.auth = None
    assert service.client.get("/api/system").status_code == 401


def test_health_says_no_more_than_before(service: Served) -> None:
    service.client.auth = None
    assert service.client.get("/health").json().keys() == {
        "status",
        "worker_alive",
        "queue_stats",
        "engine_statuses",
        "engine_roles",
        "workers",
    }


def test_tasks_are_found_by_a_part_of_their_path_and_their_state(service: Served) -> None:
    _, lease = claimed(service.store, Path("/films/Voyage 100%.mkv"))
    claimed(service.store, Path("/films/other.mkv"))
    service.store.leases.fail(lease, "it had to")

    def found(**params: str) -> list[str]:
        return [task["path"] for task in service.client.get("/api/tasks", params=params).json()["tasks"]]

    assert found(search="VOYAGE 100%") == ["/films/Voyage 100%.mkv"]
    assert found(search="films", status="PROCESSING") == ["/films/other.mkv"]
    assert found(search="voyage", status="PROCESSING") == []
    assert found(search="o%er") == [], "a wildcard is what it looks like"
    assert len(found(search="")) == 2
    assert found(path="/films/other.mkv", search="voyage") == []
