"""Benchmark of a scrape of /metrics with 10,000 tasks in the store, and of the same with none.

Run: python -m pytest -q -s -m slow tests/benchmarks/metrics_scrape.py
"""

import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from in_process_service import Served, served

from pipeline.store.database.database import now
from pipeline.values.tasks import DubRequest, StageRun, StageStatus

TASKS = 10_000
SCRAPES = 40
LIMIT_MS = 50.0
STAGES = (
    "probe",
    "separate",
    "diarize",
    "transcribe",
    "segment",
    "translate",
    "cast_voices",
    "synthesize",
    "mix",
    "mux",
    "assess",
)


def fill(service: Served, tasks: int) -> None:
    """Tasks in all states, and runs of every stage."""
    with service.store._database.transaction():
        for number in range(tasks):
            service.store.tasks.submit(DubRequest(Path(f"/films/{number}.mkv"), 1, number, ("es",)))
        for _ in range(tasks // 50):
            claim = service.store.leases.claim_next_task("worker", 60.0)
            assert claim is not None
            for name in STAGES:
                run = StageRun(name, "es", 1, StageStatus.RUNNING, now(), engine="kokoro")
                service.store.stages.record_run(claim[1], run)
                service.store.stages.record_run(
                    claim[1], replace(run, status=StageStatus.DONE, seconds=claim[0].id % 300, executed=1)
                )
            service.store.leases.finish(claim[1], Path("/dub.mkv"))


@pytest.mark.slow
@pytest.mark.parametrize("tasks", [0, TASKS])
def test_a_scrape_takes_under_50_ms(tmp_path: Path, tasks: int) -> None:
    with served(tmp_path) as service:
        fill(service, tasks)
        for route in service.client.app.routes:  # a series for each
            service.client.get(getattr(route, "path", "/").replace("{task_id}", "1"))
        times = []
        for _ in range(SCRAPES):
            began = time.perf_counter()
            answer = service.client.get("/metrics")
            times.append(1e3 * (time.perf_counter() - began))
        series = sum(not line.startswith("#") for line in answer.text.splitlines())
        print(
            f"{tasks} tasks: {series} series, {len(answer.content)} bytes, median {median(times):.1f} ms, longest {max(times):.1f} ms"
        )
        assert median(times) < LIMIT_MS
