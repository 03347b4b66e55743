"""The real service, once for all of these tests: Ray, Serve, DuckDB and the engines that need no models, over HTTP on loopback."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.service import process as services
from pipeline import settings_loader
from pipeline.settings import Settings
from serve.client.client import Client
from serve.runtime import state_file

PATIENCE = 400.0  # s that one film of these tests may take on a busy machine; 15 on one that does nothing else


@dataclass(frozen=True, slots=True)
class Running:
    """The service, a client of it, and a folder that it takes for a library."""

    settings: Settings
    url: str
    password: str
    client: Client
    library: Path

    @property
    def environment(self) -> dict[str, str]:
        """What another process must be told to find the service as ./dubarr finds it, and nothing else in its place."""
        settings, home = self.settings, str(self.settings.data_dir.parent)
        access = {"API_USER": settings.api_user, "API_PASS": self.password}
        return {"DUBARR_HOME": home, "DATA_DIR": str(settings.data_dir), "PROFILE": settings.profile, **access}

    def ended(self, task_id: int) -> dict[str, Any]:
        """The task when it is DONE or in ERROR."""
        return self.until(task_id, lambda task: task["status"] in {"DONE", "ERROR", "CANCELLED", "SKIPPED"})

    def done(self, task_id: int) -> dict[str, Any]:
        """The task, which must become DONE."""
        task = self.ended(task_id)
        assert task["status"] == "DONE", task["error"]
        return task

    def until(self, task_id: int, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The task as soon as something holds of it."""
        deadline = time.monotonic() + PATIENCE
        while not holds(task := self.client.task(task_id)):
            assert time.monotonic() < deadline, f"task {task_id} is still {task['status']} at {task['progress']}"
            time.sleep(0.1)
        return task

    def pids(self, title: str) -> list[int]:
        """Our service's own processes whose title holds these words: other services may run beside it."""
        rows = [
            line.split(None, 2)
            for line in subprocess.check_output(["ps", "-ww", "-eo", "pid,ppid,args"], text=True).splitlines()[1:]
        ]
        parents = {int(pid): int(parent) for pid, parent, _ in rows}
        service = state_file.find_service(self.settings)
        assert service is not None

        def is_ours(pid: int) -> bool:
            return pid == service.pid or (pid in parents and is_ours(parents[pid]))

        return [int(pid) for pid, _, args in rows if title in args and is_ours(int(pid))]

    def executed(self, task_id: int, where: str = "true") -> dict[tuple[str, str], int]:
        """How often each stage really ran, over all attempts: (stage, language or "") → answers made."""
        rows = self.client.query(
            f"SELECT name, language, sum(executed) AS n FROM stage_runs WHERE task_id = {task_id} AND {where} GROUP BY ALL"
        ).to_pylist()
        return {(row["name"], row["language"]): int(row["n"]) for row in rows}

    def answers(self, task_id: int, stage: str) -> list[Any]:
        """The answers of a stage that a task has used, from the cache, in the order of their keys."""
        rows = self.client.query(
            f"SELECT answer FROM cache JOIN cache_uses USING (key) WHERE stage = '{stage}' AND task_id = {task_id} ORDER BY key"
        ).to_pylist()
        return [json.loads(row["answer"]) for row in rows]

    def finished(self, task_id: int) -> dict[tuple[str, str], int]:
        """The same, of the stages that have ended: one at work has a row too, and its answer is made later."""
        return self.executed(task_id, "status = 'DONE'")


@contextmanager
def real_service(home: Path, **settings_given: str) -> Iterator[Running]:
    """The service in a process of its own, with these settings beside those that keep it inside `home`."""
    library = home / "library"
    library.mkdir()
    given = {
        "DATA_DIR": str(home / "data"),
        "VIDEOS_DIR": str(home / "videos"),
        "LOGS_DIR": str(home / "logs"),
        "LIBRARY_ROOTS": str(library),
        "PORT": str(services.find_free_port("127.0.0.1")),
        "PROFILE": "draft",  # these tests are not about quality
        "API_PASS": "correct horse",
    } | settings_given
    settings = settings_loader.load_settings(given, folder=home)
    found = services.start_service(settings, given)
    try:
        with Client(found.url, settings.api_user, given["API_PASS"]) as client:
            yield Running(settings, found.url, given["API_PASS"], client, library)
    finally:
        services.stop_service(found)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with real_service(tmp_path_factory.mktemp("service")) as found:
        yield found
